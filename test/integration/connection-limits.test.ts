/** How many connections may be open, what becomes of one more, and what happens when open files are scarce. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";

import { valuesOf } from "../support/answer.ts";
import { type LifeServer, lifeRequest, withLifeServer } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";
import { until } from "../support/server-processes.ts";

/** Connections whose requests run until `life.tell()`. */
async function busyClients(life: LifeServer, count: number): Promise<RawClient[]> {
  const clients = [];
  for (let index = 0; index < count; index++) {
    const client = await life.client();
    client.send(lifeRequest(`/wait?id=busy${index}`));
    await life.noted(`busy${index}`);
    clients.push(client);
  }
  return clients;
}

async function served(client: RawClient): Promise<string | null> {
  client.send(lifeRequest("/work?id=a"));
  const answer = await client.answerOrEnd();
  return answer?.status === 200 ? null : `status ${answer?.status}`;
}

test("RFC 9110 §15.6.4: one connection more than --max-connections gets 503 and Retry-After before it has sent a byte", async () => {
  await withLifeServer(["--threads", "4", "--max-connections", "3"], async (life) => {
    const busy = await busyClients(life, 3);
    for (let round = 0; round < 3; round++) {
      const more = await life.client();
      const answer = await more.answer();
      assert.equal(answer.status, 503);
      assert.equal(answer.text, "503 Service Unavailable\n");
      assert.deepEqual(valuesOf(answer, "retry-after"), ["1"]);
      assert.deepEqual(valuesOf(answer, "connection"), ["close"]);
      await more.ended();
    }
    life.tell();
    for (const client of busy) assert.equal((await client.answer()).status, 200);
    busy[0]!.destroy();
    await until(8_000, async () => served(await life.client()));
    const told = life.server.stderr().match(/.*--max-connections.*/g);
    assert.equal(told?.length, 1, "one line, however many there are");
    assert.match(told[0], /\[WARNING\] 3 connections are open \(--max-connections\)/);
  });
});

test("RFC 9112 §9.3: a connection that waits for a request gives way to a new one, one with a request does not", async () => {
  await withLifeServer(["--threads", "2", "--max-connections", "3"], async (life) => {
    const [busy] = await busyClients(life, 1);
    const idle = await life.client();
    assert.equal(await served(idle), null);
    const silent = await life.client();
    // Until the two have been idle for long enough.
    await until(8_000, async () => served(await life.client()));
    await until(8_000, async () => served(await life.client()));
    assert.equal(await idle.ended(), "");
    assert.equal(await silent.ended(), "");
    life.tell();
    assert.equal((await busy!.answer()).status, 200);
  });
});

/** On Linux all of 127.0.0.0/8 is this machine. */
function from(localAddress: string, port: number): Promise<RawClient> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", localAddress });
    socket.once("error", reject);
    socket.once("connect", () => {
      socket.off("error", reject);
      resolve(new RawClient(socket));
    });
  });
}

const otherAddresses = process.platform === "linux" ? false : "only one loopback address here";

test(
  "--max-connections-per-address: one more of that address gets 503, others are served",
  { skip: otherAddresses },
  async () => {
    await withLifeServer(["--max-connections-per-address", "2"], async (life) => {
      const { port } = life.server;
      const clients = [await from("127.0.0.2", port), await from("127.0.0.2", port)];
      for (const client of clients) assert.equal(await served(client), null);
      const more = await from("127.0.0.2", port);
      assert.equal((await more.answer()).status, 503);
      await life.server.waitForLog(
        /2 connections of 127\.0\.0\.2 are open \(--max-connections-per-/,
      );
      const other = await from("127.0.0.3", port);
      assert.equal(await served(other), null);
      // What may be a proxy is not counted.
      for (let i = 0; i < 4; i++) assert.equal(await served(await life.client()), null);
      clients[0]!.destroy();
      await until(8_000, async () => {
        const client = await from("127.0.0.2", port);
        const state = await served(client);
        client.destroy();
        return state;
      });
      for (const client of [...clients, more, other]) client.destroy();
    });
  },
);

/** CPU time that a process has used; ticks of 10 ms. */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]!.split(" ");
  return Number(fields[11]) + Number(fields[12]);
}

test(
  "few open files: the server takes as many connections as they allow, replaces a worker meanwhile, and serves again after",
  { skip: process.platform === "linux" ? false : "needs /proc" },
  async () => {
    const openFiles = 200;
    await withLifeServer(
      ["--max-connections", "1000", "--threads", "2"],
      async (life) => {
        await life.server.waitForLog(
          /allows this process 200 open files, so it takes 68 connections/,
        );
        const [busy] = await busyClients(life, 1);
        const many = await Promise.all(Array.from({ length: 400 }, life.client));
        for (const client of many) client.send("GET / HTTP/1.1\r\n");
        const outcomes = many.map(async (client) => {
          const answer = await client.answerOrEnd().catch(() => null);
          return answer?.status ?? 0;
        });
        // Those that are not answered are the ones that were taken; their heads are never completed.
        const first = await Promise.race(outcomes);
        assert.ok(first === 503 || first === 0, String(first));
        const [before, began] = [ticksOf(life.server.pid), performance.now()];
        await wait(1_000);
        const share = ((ticksOf(life.server.pid) - before) * 10) / (performance.now() - began);
        assert.ok(share < 0.5, `the front uses ${share} of a CPU while it has nothing to do`);
        const [worker] = life.folder.processes().filter(({ parent }) => parent !== life.server.pid);
        process.kill(worker!.pid, "SIGKILL");
        assert.equal((await busy!.answer()).status, 502);
        await until(8_000, () => {
          const workers = life.folder
            .processes()
            .filter(({ parent }) => parent !== life.server.pid);
          return workers.some(({ pid }) => pid !== worker!.pid) ? null : "no new worker";
        });
        for (const client of many) client.destroy();
        await Promise.allSettled(outcomes);
        await until(8_000, async () => served(await life.client()));
        assert.equal(life.server.stderr().match(/turned away/g)?.length, 1);
      },
      { openFiles },
    );
  },
);
