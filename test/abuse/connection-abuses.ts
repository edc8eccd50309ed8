/** Connections that are given up: before a request, within one, and while it is answered. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";

import { lifeRequest } from "../support/life-server.ts";
import { until } from "../support/server-processes.ts";
import type { Abuse } from "./abuse.ts";
import { closed, inTurns, open } from "./crowd.ts";

const ABANDONED_AT_ONCE = 1_000;
const RESETS_AT_ONCE = 100;
/** More than the server below can take. */
const FILES_AT_ONCE = 300;
const BOUND_MS = 20_000;

/** How far they get. */
const BEGINNINGS = [
  "",
  "GET /hello HT",
  "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nbegun",
  "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nbe",
  "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n",
];

const REQUESTS = [
  lifeRequest("/hello").repeat(5),
  lifeRequest("/echo", "x".repeat(70_000)),
  lifeRequest("/megabytes?count=2"),
  lifeRequest("/whole?count=2"),
];

/** The beginning of a body that goes to a file: its connection takes two descriptors. */
const WITH_FILE = `POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n${"x".repeat(100_000)}`;

let lastId = 0;

export const connectionAbuses: readonly Abuse[] = [
  {
    title: "connections that are opened and abandoned",
    args: ["--header-timeout", "1", "--body-timeout", "1", "--keep-alive", "1"],
    shortSize: 600,
    fullSize: 20_000,
    unit: "connections",
    run: ({ port }, size) =>
      inTurns(size, ABANDONED_AT_ONCE, async (index) => {
        const socket = await open(port);
        socket.write(BEGINNINGS[index % BEGINNINGS.length] ?? "");
        // By turns: left to the server's timeouts, ended in order, reset.
        const way = index % 3;
        if (way === 1) socket.end();
        else if (way === 2) setImmediate(() => socket.resetAndDestroy());
        await closed(socket);
      }),
  },
  {
    title: "requests whose connections are reset in the middle",
    args: [],
    shortSize: 1_000,
    fullSize: 100_000,
    unit: "requests",
    run: ({ port }, size) =>
      inTurns(size, RESETS_AT_ONCE, async (index) => {
        const socket = await open(port);
        socket.write(REQUESTS[index % REQUESTS.length] ?? "");
        await new Promise<void>((resolve) => {
          const reset = (): void => {
            socket.resetAndDestroy();
            resolve();
          };
          // At once, a turn of the event loop later, or when the answer begins.
          if (index % 3 === 0) reset();
          else if (index % 3 === 1) setImmediate(reset);
          else for (const event of ["data", "close"]) socket.once(event, reset);
        });
      }),
  },
  {
    title: "more connections, each with a file, than the system lets the server open",
    args: ["--max-connections", "1000", "--request-buffer", "1k"],
    openFiles: 220,
    shortSize: 600,
    fullSize: 20_000,
    unit: "connections",
    run: async ({ port, life }, size) => {
      for (let count = 0; count < size; count += FILES_AT_ONCE) {
        const id = `unharmed${++lastId}`;
        const busy = await life.client();
        busy.send(lifeRequest(`/hold?id=${id}`));
        await life.noted(id);
        let turnedAway = 0;
        const crowd: Socket[] = [];
        await inTurns(FILES_AT_ONCE, FILES_AT_ONCE, async () => {
          const socket = await open(port);
          socket.once("close", () => turnedAway++);
          socket.resume().once("end", () => socket.end());
          socket.write(WITH_FILE);
          crowd.push(socket);
        });
        await until(BOUND_MS, () => (turnedAway >= FILES_AT_ONCE / 2 ? null : `${turnedAway}`));
        // Whoever was there before is answered meanwhile.
        life.tell();
        assert.equal((await busy.answer()).status, 200);
        life.untell();
        busy.destroy();
        // Not reset: what is half written keeps Node 20 busy at the end of the process then.
        for (const socket of crowd) socket.destroy();
        await until(BOUND_MS, async () => {
          const client = await life.client();
          client.send(lifeRequest("/hello"));
          const answer = await client.answerOrEnd().catch(() => null);
          client.destroy();
          return answer?.status === 200 ? null : "the server does not come back";
        });
      }
    },
  },
];
