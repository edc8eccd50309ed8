/** Answers to clients that stop reading. */
import { lifeRequest } from "../support/life-server.ts";
import type { Abuse } from "./abuse.ts";
import { open } from "./crowd.ts";

let lastId = 0;

export const answerAbuses: readonly Abuse[] = [
  {
    title: "an answer to a client that stops reading",
    args: ["--write-timeout", "1", "--response-temp-limit", "16m"],
    shortSize: 64,
    fullSize: 2 * 1024,
    unit: "MiB",
    run: async ({ port, life }, size) => {
      const id = `stopped${++lastId}`;
      const socket = await open(port);
      socket.write(lifeRequest(`/megabytes?id=${id}&count=${size}`));
      await new Promise((resolve) => socket.once("readable", resolve));
      socket.read(1);
      await life.noted(`closed ${id}`);
      socket.destroy();
    },
  },
  {
    title: "an answer of one piece to a client that stops reading",
    args: ["--write-timeout", "1"],
    shortSize: 64,
    fullSize: 1024,
    unit: "MiB",
    run: async ({ port }, size) => {
      const socket = await open(port);
      const over = new Promise((resolve) => socket.once("close", resolve));
      socket.write(lifeRequest(`/whole?count=${size}`));
      await new Promise((resolve) => socket.once("readable", resolve));
      socket.read(1);
      // The server resets it: a client that reads nothing sees that only when it writes.
      const nudge = setInterval(() => socket.write("x"), 200);
      await over;
      clearInterval(nudge);
    },
  },
];
