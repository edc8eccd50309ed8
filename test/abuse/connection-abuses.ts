/** Connections that are given up: before a request, within one, and while it is answered. */
import { lifeRequest } from "../support/life-server.ts";
import type { Abuse } from "./abuse.ts";
import { closed, inTurns, open } from "./crowd.ts";

const ABANDONED_AT_ONCE = 1_000;
const RESETS_AT_ONCE = 100;

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
];
