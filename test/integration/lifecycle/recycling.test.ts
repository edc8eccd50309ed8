/** Workers that have served long enough are replaced, and no request notices. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import {
  type LifeServer,
  askPids,
  isAlive,
  lifeRequest,
  withLifeServer,
} from "../../support/life-server.ts";
import { startLoad } from "../../support/load.ts";
import { until } from "../../support/server-processes.ts";

for (const [workers, threads] of [
  ["1", "1"],
  ["2", "4"],
] as const) {
  test(`--max-requests under full load, ${workers} workers of ${threads} threads: many are replaced, every answer is right`, async () => {
    const args = ["--workers", workers, "--threads", threads, "--max-requests", "100"];
    await withLifeServer([...args, "--max-requests-jitter", "20"], async (life) => {
      const load = await startLoad(life);
      while (load.workers().size < 6) await load.further(100);
      assert.deepEqual(await load.stop(), []);
      assert.match(life.server.stderr(), /has had 1[012]\d requests \(--max-requests\); another/);
      assert.doesNotMatch(life.server.stderr(), /\[(ERROR|WARNING)\]/);
    });
  });
}

test("--max-requests: a request that runs when its worker is replaced is finished there, others go on", async () => {
  await withLifeServer(["--threads", "2", "--max-requests", "3"], async (life) => {
    const asking = await life.client();
    const { worker } = await askPids(asking);
    const running = await life.client();
    running.send(lifeRequest("/close?id=long&ms=1500"));
    await life.noted("long");
    await askPids(asking);
    // The old one is still running its request when the new one answers.
    let present = worker;
    while (present === worker) present = (await askPids(asking)).worker;
    assert.ok(isAlive(worker));
    assert.equal((await running.answer()).text, `long  ${worker}`);
    await life.noted("closed long");
    await until(5_000, () => (isAlive(worker) ? "the old worker lives" : null));
  });
});

test("--max-requests: the old worker serves on while the new one boots", async () => {
  // Each import takes half a second; with one worker nobody else could answer meanwhile.
  const env = { IMPORT_MS: "500" };
  await withLifeServer(
    ["--max-requests", "20"],
    async (life) => {
      const load = await startLoad(life, { connections: 2 });
      await life.server.waitForLog(/another one takes its place/);
      const [first] = load.workers();
      const before = load.answered();
      while (load.workers().size === 1) await load.further(1);
      assert.ok(load.answered() > before, "nothing was answered while the new worker booted");
      assert.deepEqual(await load.stop(), []);
      assert.ok(first !== undefined);
    },
    { env },
  );
});

test("--max-worker-lifetime: a worker is replaced when its time is over, one after the other", async () => {
  await withLifeServer(["--workers", "3", "--max-worker-lifetime", "0.5"], async (life) => {
    const before = new Set(workersOf(life));
    assert.equal(before.size, 3);
    const load = await startLoad(life, { connections: 4, ms: 2 });
    await until(10_000, () => {
      const workers = workersOf(life);
      assert.ok(workers.length <= 4, `${workers.length} workers at a time`);
      return workers.some((pid) => before.has(pid)) ? "an old worker is left" : null;
    });
    assert.deepEqual(await load.stop(), []);
  });
});

test("--max-worker-memory: a worker that grew is replaced; the request that made it grow is answered", async () => {
  await withLifeServer(["--max-worker-memory", "150m"], async (life) => {
    const asking = await life.client();
    const { worker } = await askPids(asking);
    asking.send(lifeRequest("/grow?id=200"));
    assert.equal((await asking.answer()).text, "200");
    await life.server.waitForLog(/worker \d+ takes \d+ MiB of memory \(--max-worker-memory\);/);
    await until(8_000, () => (isAlive(worker) ? "the old worker lives" : null));
    assert.notEqual((await askPids(asking)).worker, worker);
  });
});

test("--max-worker-memory-hard: a worker that grows beyond it is killed while it runs, and another one comes", async () => {
  await withLifeServer(["--max-worker-memory-hard", "150m"], async (life) => {
    const asking = await life.client();
    const { worker } = await askPids(asking);
    const growing = await life.client();
    growing.send(lifeRequest("/grow?id=200&ms=60000"));
    assert.equal((await growing.answer()).status, 502);
    await life.server.waitForLog(/\[ERROR\] worker \d+ takes \d+ MiB of memory .* is killed/);
    assert.notEqual((await askPids(asking)).worker, worker);
  });
});

test("a successor that can't boot changes nothing: the old worker goes on, and the log says why", async () => {
  await withLifeServer(
    ["--max-requests", "3"],
    async (life) => {
      life.tell();
      const asking = await life.client();
      const { worker } = await askPids(asking);
      for (let count = 0; count < 20; count++) {
        assert.equal((await askPids(asking)).worker, worker);
      }
      await life.server.waitForLog(/worker \d+ can't load: .*/);
      assert.equal((await askPids(asking)).worker, worker);
      life.untell();
      while ((await askPids(asking)).worker === worker);
    },
    { env: { FAIL_IMPORT: "1" } },
  );
});

test("a worker that dies while its successor boots leaves one worker", async () => {
  const env = { IMPORT_MS: "700" };
  await withLifeServer(
    ["--max-requests", "3"],
    async (life) => {
      const asking = await life.client();
      for (let count = 0; count < 3; count++) await askPids(asking);
      const { worker } = await askPids(asking);
      await until(5_000, () => (workersOf(life).length === 2 ? null : "no successor"));
      process.kill(worker, "SIGKILL");
      const { worker: next } = await askPids(asking);
      assert.notEqual(next, worker);
      await until(5_000, () => (workersOf(life).length === 1 ? null : "too many workers"));
    },
    { env },
  );
});

test("a worker that is ready before its fork was reported takes its place like any other", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-slow-parent-"));
  writeFileSync(
    join(folder, "sitecustomize.py"),
    `import os, time
fork = os.fork
def slow_parent():
    pid = fork()
    if pid:
        time.sleep(1)
    return pid
os.fork = slow_parent
`,
  );
  try {
    await withLifeServer(
      ["--max-requests", "3"],
      async (life) => {
        const asking = await life.client();
        const { worker } = await askPids(asking);
        await until(30_000, async () => {
          return (await askPids(asking)).worker === worker ? "the first worker answers" : null;
        });
        await until(30_000, () => (workersOf(life).includes(worker) ? "it does not leave" : null));
      },
      { env: { PYTHONPATH: folder } },
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

/** Process ids of the workers. */
function workersOf({ folder, server }: LifeServer): number[] {
  const nursery = folder.nursery(server.pid);
  return folder
    .processes()
    .filter(({ parent }) => parent === nursery)
    .map(({ pid }) => pid);
}
