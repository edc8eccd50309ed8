/** What a client costs that sends a byte at a time: memory for what it has sent, not for each piece. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { needsProc } from "../support/large-bodies.ts";
import { frontHasRead } from "../support/life-server.ts";
import { open } from "./crowd.ts";
import { withStandingServer } from "./standing-server.ts";

const CONNECTIONS = 300;
const PIECES = 100;
/**
 * Of JavaScript and buffers, the connection and its request included; it is about 4,000 to 6,000. An
 * object for each of a hundred pieces would be 10,000 more.
 */
const MAY_COST_BYTES = 9_000;
/** The request waits in the queue, too, and its body in a page of memory; it is about 11,000. */
const QUEUED_MAY_COST_BYTES = 14_000;
const BOUND_MS = 20_000;

const LENGTH = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n";
const CHUNKED = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
/** The head of the second one comes in pieces, while or after the first one runs. */
const AHEAD =
  "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1GET /hello HTTP/1.1\r\nX: ";

for (const [what, beginning, piece, mayCost, args] of [
  ["heads", "GET /hello HTTP/1.1\r\nHost: a\r\nX: ", "x", MAY_COST_BYTES, []],
  ["bodies", LENGTH, "x", MAY_COST_BYTES, []],
  ["chunked bodies", CHUNKED, "1\r\nx\r\n", MAY_COST_BYTES, []],
  ["streamed bodies", LENGTH, "x", QUEUED_MAY_COST_BYTES, ["--no-request-buffering"]],
  ["requests behind others", AHEAD, "x", MAY_COST_BYTES, []],
] as const) {
  test(
    `${what} that come a byte at a time cost what was sent, not an object for each byte`,
    { skip: needsProc },
    async () => {
      await withStandingServer({ args: [...args, "--queue-size", "500"] }, async (standing) => {
        const { port, life } = standing;
        const before = await standing.remains();
        const sockets: Socket[] = [];
        while (sockets.length < CONNECTIONS) {
          const socket = (await open(port)).setNoDelay(true);
          socket.resume().write(beginning);
          sockets.push(socket);
        }
        for (let count = 0; count < PIECES; count++) {
          for (const socket of sockets) socket.write(piece);
          await turn();
        }
        await frontHasRead(life);
        const deadline = performance.now() + BOUND_MS;
        let cost = Infinity;
        while (cost > mayCost && performance.now() < deadline) {
          cost = ((await standing.remains()).liveBytes - before.liveBytes) / CONNECTIONS;
        }
        assert.ok(cost <= mayCost, `${cost} bytes each`);
        for (const socket of sockets) socket.destroy();
        await standing.settled(before);
      });
    },
  );
}
