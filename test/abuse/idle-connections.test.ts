/** What a connection costs that has had its answer and waits for its next request. */
import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { test } from "node:test";

import { needsProc } from "../support/large-bodies.ts";
import { lifeRequest } from "../support/life-server.ts";
import { inTurns, open } from "./crowd.ts";
import { type StandingServer, withStandingServer } from "./standing-server.ts";

const CONNECTIONS = 1_000;
/** Few enough for the queue of the server. */
const AT_ONCE = 20;
/** Of JavaScript, without what the system keeps; it is about 2,000 on Node 20 and 2,400 on Node 26. */
const MAY_COST_BYTES = 2_700;
const BOUND_MS = 10_000;

async function ask(socket: Socket): Promise<void> {
  socket.write(lifeRequest("/hello?id=idle"));
  const answer = await new Promise((resolve) => socket.once("data", resolve));
  assert.match(String(answer), /^HTTP\/1\.1 200 OK\r\n/);
}

async function openIdle({ port }: StandingServer, count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  await inTurns(count, AT_ONCE, async () => {
    const socket = await open(port);
    await ask(socket);
    sockets.push(socket);
  });
  return sockets;
}

test(
  "a connection that waits for a request keeps little, and serves the next one as before",
  { skip: needsProc },
  async () => {
    await withStandingServer({}, async (standing) => {
      const nothing = await standing.remains();
      for (const socket of await openIdle(standing, CONNECTIONS / 10)) socket.destroy();
      const before = await standing.settled(nothing);
      const sockets = await openIdle(standing, CONNECTIONS);
      const deadline = performance.now() + BOUND_MS;
      let cost = Infinity;
      while (cost > MAY_COST_BYTES && performance.now() < deadline) {
        cost = ((await standing.remains()).liveBytes - before.liveBytes) / CONNECTIONS;
      }
      assert.ok(cost <= MAY_COST_BYTES, `${cost} bytes each`);
      await inTurns(sockets.length, AT_ONCE, (index) => ask(sockets[index]!));
      for (const socket of sockets) socket.destroy();
    });
  },
);
