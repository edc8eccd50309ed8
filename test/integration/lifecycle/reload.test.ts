/** HUP: new workers with new code take over, and no request notices. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { askPids, isAlive, lifeRequest, withLifeServer } from "../../support/life-server.ts";
import { startLoad } from "../../support/load.ts";
import { until } from "../../support/server-processes.ts";
import { runCommand } from "../../support/server.ts";
import { LIFE_APP } from "../../support/life-server.ts";

/** A line of the log for each reload that has worked. */
const RELOADED = /Reloaded in [\d.]+ s: \d+ new workers? serves?\./;

for (const [workers, threads] of [
  ["1", "1"],
  ["2", "4"],
] as const) {
  test(`HUP 20 times under full load, ${workers} workers of ${threads} threads: every answer is right`, async () => {
    await withLifeServer(["--workers", workers, "--threads", threads], async (life) => {
      const load = await startLoad(life);
      await load.further(50);
      const before = load.workers().size;
      for (let count = 1; count <= 20; count++) {
        process.kill(life.server.pid, "SIGHUP");
        await load.further(20);
      }
      await until(20_000, () => (load.workers().size >= before * 3 ? null : "too few reloads"));
      assert.deepEqual(await load.stop(), []);
      assert.doesNotMatch(life.server.stderr(), /\[(ERROR|WARNING)\]/);
      // Old generations are gone: one nursery and its workers are left.
      await until(10_000, () => {
        const left = life.folder.processes().length;
        return left === Number(workers) + 1 ? null : `${left} processes`;
      });
    });
  });
}

test("HUP: a request that runs is finished by the old worker, others are answered by the new one", async () => {
  await withLifeServer([], async (life) => {
    const asking = await life.client();
    const { worker } = await askPids(asking);
    const running = await life.client();
    running.send(lifeRequest("/stream-slowly?id=long&ms=2000"));
    await running.partialAnswer("0\n");
    const waiting = await life.client();
    waiting.send(lifeRequest("/work?id=waits"));
    process.kill(life.server.pid, "SIGHUP");
    await life.server.waitForLog(RELOADED);
    assert.match((await waiting.answer()).text, /^waits /);
    assert.notEqual((await askPids(asking)).worker, worker);
    const { text, complete } = await running.answer();
    assert.equal(text, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    assert.ok(complete);
    await until(5_000, () => (isAlive(worker) ? "the old worker lives" : null));
  });
});

test("HUP: an old request that does not end within --graceful-timeout is cut, and the log counts it", async () => {
  await withLifeServer(["--graceful-timeout", "0.5"], async (life) => {
    const asking = await life.client();
    const { worker } = await askPids(asking);
    const running = await life.client();
    running.send(lifeRequest("/work?id=long&ms=60000"));
    await life.noted("long");
    process.kill(life.server.pid, "SIGHUP");
    assert.equal((await running.answer()).status, 502);
    await life.server.waitForLog(
      /worker \d+ did not finish 1 request within 0\.5 s \(--graceful-timeout\) and is killed/,
    );
    assert.notEqual((await askPids(asking)).worker, worker);
  });
});

test("HUP to code that raises: the old workers go on, the log has the traceback; mended code is taken", async () => {
  await withLifeServer(
    ["--workers", "2"],
    async (life) => {
      const load = await startLoad(life, { connections: 4, ms: 1 });
      await load.further(50);
      const before = new Set(load.workers());
      life.tell();
      process.kill(life.server.pid, "SIGHUP");
      await life.server.waitForLog(
        /\[ERROR\] The reload failed, and the workers that are there go on: [^]*RuntimeError: told to fail/,
      );
      await load.further(50);
      assert.deepEqual(new Set(load.workers()), before);
      life.untell();
      process.kill(life.server.pid, "SIGHUP");
      await life.server.waitForLog(RELOADED);
      await load.further(50);
      assert.deepEqual(await load.stop(), []);
      assert.ok(load.workers().size > before.size);
    },
    { env: { FAIL_IMPORT: "1" } },
  );
});

test("HUP while the server starts is done when it has started", async () => {
  await withLifeServer([], async (life) => {
    const { worker } = await askPids(await life.client());
    // Ten at once: the ones that come while a reload runs are one more.
    for (let count = 0; count < 10; count++) process.kill(life.server.pid, "SIGHUP");
    await life.server.waitForLog(RELOADED);
    await until(10_000, () => (isAlive(worker) ? "the old worker lives" : null));
  });
});

test("TERM while a reload boots: the server ends in order, and no process is left", async () => {
  const env = { IMPORT_MS: "1000" };
  await withLifeServer(
    [],
    async ({ server, folder }) => {
      process.kill(server.pid, "SIGHUP");
      await until(5_000, () => (folder.processes().length === 4 ? null : "no new generation"));
      const ended = await server.stop("SIGTERM");
      assert.equal(ended.code, 0, ended.stderr);
      assert.deepEqual(await folder.allGone(1_000), []);
    },
    { env },
  );
});

test("HUP: when the parent of the old workers is killed while they leave, their requests are finished", async () => {
  await withLifeServer([], async (life) => {
    const { parent } = await askPids(await life.client());
    const running = await life.client();
    running.send(lifeRequest("/work?id=long&ms=1500"));
    await life.noted("long");
    process.kill(life.server.pid, "SIGHUP");
    await life.server.waitForLog(RELOADED);
    process.kill(parent, "SIGKILL");
    assert.match((await running.answer()).text, /^long /);
    await until(5_000, () => (life.folder.processes().length === 2 ? null : "someone is left"));
  });
});

test("--warmup: each new worker answers it before it gets requests of clients, also after a HUP", async () => {
  await withLifeServer(["--warmup", "/work?id=warm"], async (life) => {
    const asking = await life.client();
    await askPids(asking);
    assert.deepEqual(life.started().slice(0, 1), ["warm"]);
    process.kill(life.server.pid, "SIGHUP");
    await life.server.waitForLog(RELOADED);
    assert.equal(life.started().filter((note) => note === "warm").length, 2);
  });
});

test("--warmup that is answered with 500: the server does not start, and says so with exit code 3", async () => {
  const ended = await runCommand(["--bind", "127.0.0.1:0", "--warmup", "/nosuch", ...LIFE_APP]);
  assert.equal(ended.code, 3, ended.stderr);
  assert.match(ended.stderr, /KeyError: 'do_nosuch'/);
  assert.match(
    ended.stderr,
    /wizgy: life can't be served: the warm-up request GET \/nosuch \(--warmup\) failed/,
  );
});

test("--warmup that fails after a HUP: the old workers go on", async () => {
  await withLifeServer(["--warmup", "/warm?id=503"], async (life) => {
    const asking = await life.client();
    const { worker } = await askPids(asking);
    life.tell();
    process.kill(life.server.pid, "SIGHUP");
    await life.server.waitForLog(
      /The reload failed, .*the warm-up request GET \/warm\?id=503 \(--warmup\) was answered with 503/,
    );
    assert.equal((await askPids(asking)).worker, worker);
    life.untell();
    process.kill(life.server.pid, "SIGHUP");
    await life.server.waitForLog(RELOADED);
    assert.notEqual((await askPids(asking)).worker, worker);
  });
});

test("--warmup with something that is no request is refused at once", async () => {
  const ended = await runCommand(["--warmup", "health", ...LIFE_APP]);
  assert.equal(ended.code, 1);
  assert.match(ended.stderr, /--warmup: "health" is not accepted. It takes \/PATH or/);
});
