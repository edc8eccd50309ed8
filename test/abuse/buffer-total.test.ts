/** What slow readers and slow senders hold in memory, all of them together. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { needsProc, openTemporaryFiles } from "../support/large-bodies.ts";
import { type Answer, valuesOf } from "../support/answer.ts";
import { lifeRequest } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";
import { until } from "../support/server-processes.ts";
import { open } from "./crowd.ts";
import { type Remains, type StandingServer, withStandingServer } from "./standing-server.ts";

const MIB = 1024 * 1024;
const CLIENTS = 24;
const BOUND_MS = 20_000;
/** Three times as many heads of 56 KiB as fit. */
const LARGE_HEADS = 60;
/** More than the system takes for a client that doesn't read. */
const ANSWER_MIB = 16;
/** What a server holds by itself (about 2 MiB), and 64 KiB for each client, in a socket, a queue and a read each. */
const MAY_HOLD_BYTES = 3 * MIB + CLIENTS * 3 * 64 * 1024;

test(
  "--buffer-total: many slow readers hold little more than that in memory",
  { skip: needsProc },
  async () => {
    await withStandingServer({}, async (standing) => {
      const { port, life } = standing;
      const before = await atRest(standing);
      const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(port)));
      for (const [index, socket] of sockets.entries()) {
        socket.pause();
        socket.write(lifeRequest(`/megabytes?id=slow${index}&count=${ANSWER_MIB}`));
      }
      for (const index of sockets.keys()) await life.noted(`closed slow${index}`);
      await assertLittleIsHeld(standing, before);
      // None of it is lost by that.
      const [first] = sockets;
      let bytes = 0;
      first?.on("data", (piece: Buffer) => (bytes += piece.length)).resume();
      await until(BOUND_MS, () => (bytes > ANSWER_MIB * MIB ? null : `${bytes} bytes came`));
      await leave(standing, before, sockets);
    });
  },
);

test(
  "--buffer-total: many slow senders hold little more than that in memory",
  { skip: needsProc },
  async () => {
    await withStandingServer({}, async (standing) => {
      const { port, life } = standing;
      const before = await atRest(standing);
      const sockets = await Promise.all(Array.from({ length: CLIENTS }, () => open(port)));
      const length = 900 * 1024;
      for (const socket of sockets) {
        socket.resume();
        socket.write(`POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
        socket.write("x".repeat(length - 1));
      }
      await until(BOUND_MS, () => {
        const files = openTemporaryFiles(life.server.pid).length;
        return files >= CLIENTS - 2 ? null : `${files} files`;
      });
      await assertLittleIsHeld(standing, before);
      await leave(standing, before, sockets);
    });
  },
);

for (const [what, end] of [
  ["heads that are not completed", ""],
  ["heads whose bodies do not come", "\r\nContent-Length: 9\r\n\r\n"],
] as const) {
  test(
    `--buffer-total: many large ${what} hold little more than that; the rest get 503, and small heads are served`,
    { skip: needsProc },
    async () => {
      await withStandingServer({}, async (standing) => {
        const { port, life } = standing;
        const before = await atRest(standing);
        const head = `POST /echo HTTP/1.1\r\nHost: a\r\n${`X: ${"x".repeat(7_000)}\r\n`.repeat(8)}Y: y${end}`;
        const clients = await Promise.all(Array.from({ length: LARGE_HEADS }, life.client));
        for (const client of clients) client.send(head);
        // None more is kept than fit, whichever they are.
        const most = Math.ceil(MIB / head.length) + 1;
        const turnedAway = (): RawClient[] =>
          clients.filter(({ receivedBytes }) => receivedBytes > 0);
        await until(BOUND_MS, () => {
          const count = turnedAway().length;
          return count >= LARGE_HEADS - most ? null : `${count} are turned away`;
        });
        for (const client of turnedAway()) {
          const answer = await client.answer();
          assert.equal(answer.status, 503);
          assert.deepEqual(valuesOf(answer, "retry-after"), ["1"]);
        }
        const small = await life.client();
        small.send(lifeRequest("/hello"));
        assert.equal((await small.answer()).status, 200);
        small.destroy();
        await assertLittleIsHeld(standing, before);
        await leave(standing, before, clients);
        assert.equal((await RawClient.open(port).then(served)).status, 200);
      });
    },
  );
}

/** What is held when all has been used once. */
async function atRest(standing: StandingServer): Promise<Remains> {
  await standing.assertAllIsFree();
  return standing.remains();
}

async function assertLittleIsHeld(standing: StandingServer, before: Remains): Promise<void> {
  const held = (await standing.remains()).liveBytes - before.liveBytes;
  assert.ok(held < MAY_HOLD_BYTES, `${(held / MIB).toFixed(1)} MiB are held`);
}

/** The clients go, and all that they had is free again. */
async function leave(
  standing: StandingServer,
  before: Remains,
  clients: readonly { destroy(): void }[],
): Promise<void> {
  for (const client of clients) client.destroy();
  await standing.settled(before);
  await standing.assertAllIsFree();
}

/** A head of the same size is taken again. */
async function served(client: RawClient): Promise<Answer> {
  const fields = `X: ${"x".repeat(7_000)}\r\n`.repeat(8);
  client.send(`GET /hello HTTP/1.1\r\nHost: a\r\n${fields}`);
  await new Promise(setImmediate);
  client.send("\r\n");
  const answer = await client.answer();
  client.destroy();
  return answer;
}
