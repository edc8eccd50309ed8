/**
 * No process outlives its server (wire §1.2): whoever is killed, whatever the workers are doing.
 * And what may die without harm: a worker's parent.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { type LifeServer, askPids, lifeRequest, withLifeServer } from "../support/life-server.ts";
import { spawnImporting, until } from "../support/server-processes.ts";

/** What may pass between the death of the front and that of its last worker. */
const ORPHAN_MS = 8_000;

const THREADS = ["--threads", "4"];
const SLEEP = "/work?ms=60000";

/** What the workers are doing, by name: the server's arguments and the requests that run. */
const OCCUPATIONS = {
  "nothing runs": { args: [], targets: [] },
  "two workers, nothing runs": { args: ["--workers", "2"], targets: [] },
  "a request sleeps": { args: [], targets: [SLEEP] },
  "a request spins": { args: [], targets: ["/spin"] },
  "all threads sleep": { args: THREADS, targets: [SLEEP, SLEEP, SLEEP, SLEEP] },
  "one of four threads sleeps": { args: THREADS, targets: [SLEEP] },
  "two of four threads spin": { args: THREADS, targets: ["/spin", "/spin"] },
  "a thread of the application never ends": { args: [], targets: ["/thread"] },
} as const;

/** Sends the requests and waits until the application has started them. */
async function occupy({ client, noted }: LifeServer, targets: readonly string[]): Promise<void> {
  for (const [index, target] of targets.entries()) {
    const busy = await client();
    busy.send(lifeRequest(`${target}${target.includes("?") ? "&" : "?"}id=${index}`));
    await noted(String(index));
  }
}

for (const [name, { args, targets }] of Object.entries(OCCUPATIONS)) {
  test(`wire §1.2: while ${name}, kill -9 of the front leaves no process and no folder`, async () => {
    await Promise.all([
      withLifeServer(args, async (life) => {
        await occupy(life, targets);
        life.killFront();
        assert.deepEqual(await life.folder.allGone(ORPHAN_MS), []);
      }),
      withLifeServer(args, async (life) => {
        await occupy(life, targets);
        const nursery = life.folder.nursery(life.server.pid);
        // Stopped first, so that it can't start another nursery in between.
        process.kill(life.server.pid, "SIGSTOP");
        process.kill(nursery, "SIGKILL");
        life.killFront();
        assert.deepEqual(await life.folder.allGone(ORPHAN_MS), []);
      }),
    ]);
  });
}

test("wire §1.2: kill -9 of a front whose application is still being imported leaves nothing", async () => {
  for (const withNursery of [false, true]) {
    const { pid, folder } = await spawnImporting("hangs_at_boot");
    try {
      process.kill(pid, "SIGSTOP");
      if (withNursery) process.kill(folder.nursery(pid), "SIGKILL");
      process.kill(pid, "SIGKILL");
      assert.deepEqual(await folder.allGone(ORPHAN_MS), []);
    } finally {
      folder.remove();
    }
  }
});

for (const threads of [1, 4]) {
  test(`wire §6.3: kill -9 of a worker's parent, ${threads} threads: the worker goes on, and is replaced when it dies`, async () => {
    await withLifeServer(["--threads", String(threads)], async ({ server, folder, client }) => {
      const asking = await client();
      const before = await askPids(asking);
      process.kill(before.parent, "SIGKILL");
      await server.waitForLog(/the Python process that starts workers ended with signal SIGKILL/);
      assert.equal((await askPids(asking)).worker, before.worker);
      await until(5_000, () => (folder.processes().length === 2 ? null : "no new nursery"));
      process.kill(before.worker, "SIGKILL");
      await server.waitForLog(/worker \d+ ended; another one starts now/);
      const after = await askPids(await client());
      assert.notEqual(after.worker, before.worker);
      assert.equal(after.parent, folder.nursery(server.pid));
    });
  });
}

test("wire §6.3: a request that runs while its worker's parent is killed gets its answer", async () => {
  await withLifeServer([], async ({ server, client, noted }) => {
    const { parent } = await askPids(await client());
    const running = await client();
    running.send(lifeRequest("/work?id=a&ms=300"));
    await noted("a");
    process.kill(parent, "SIGKILL");
    await server.waitForLog(/the Python process that starts workers ended/);
    assert.match((await running.answer()).text, /^a /);
  });
});

test("wire §6.3: without a ledger, what a dead worker had is lost and what waits is answered", async () => {
  await withLifeServer([], async ({ server, client, noted }) => {
    const { worker, parent } = await askPids(await client());
    const running = await client();
    running.send(lifeRequest("/work?id=a&ms=60000"));
    await noted("a");
    process.kill(parent, "SIGKILL");
    await server.waitForLog(/the Python process that starts workers ended/);
    const waiting = await client();
    waiting.send(lifeRequest("/work?id=b"));
    process.kill(worker, "SIGKILL");
    assert.equal((await running.answer()).status, 502);
    assert.match((await waiting.answer()).text, /^b /);
  });
});

test("kill -9 of a worker's parent, then TERM while a request is stuck: nothing is left", async () => {
  await withLifeServer(["--graceful-timeout", "1"], async (life) => {
    const { server, folder, client } = life;
    const { parent } = await askPids(await client());
    await occupy(life, ["/spin"]);
    process.kill(parent, "SIGKILL");
    await server.waitForLog(/the Python process that starts workers ended/);
    const ended = await server.stop("SIGTERM");
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(await folder.allGone(1_000), []);
  });
});

test("a worker's parent that is killed five times over is started anew each time", async () => {
  await withLifeServer([], async ({ server, folder, client }) => {
    const asking = await client();
    const { worker } = await askPids(asking);
    let nursery = 0;
    for (let kills = 0; kills < 5; kills++) {
      const killed = nursery;
      await until(8_000, () => {
        const processes = folder.processes().filter(({ pid }) => pid !== killed);
        nursery = processes.find(({ parent }) => parent === server.pid)?.pid ?? 0;
        return nursery === 0 ? "no nursery" : null;
      });
      process.kill(nursery, "SIGKILL");
    }
    assert.equal((await askPids(asking)).worker, worker);
  });
});

for (const threads of [1, 4]) {
  test(`a process that the application forks never acts as the worker, ${threads} threads`, async () => {
    await withLifeServer(["--threads", String(threads)], async ({ server, client, started }) => {
      const asking = await client();
      const { worker } = await askPids(asking);
      for (const [target, text] of [
        ["/fork?id=a", "a parent"],
        ["/fork-in-close?id=b", "b"],
      ] as const) {
        asking.send(lifeRequest(target) + lifeRequest("/work?id=next"));
        assert.equal((await asking.answer()).text, text);
        assert.match((await asking.answer()).text, /^next /);
        await server.waitForLog(/\[ERROR\] worker \d+: a process that the application forked/);
      }
      assert.deepEqual(started(), ["a", "next", "b", "next"]);
      assert.equal((await askPids(asking)).worker, worker);
      // wire §6.1: the ledger is shared memory; the child must not have written into it.
      asking.send(lifeRequest("/fork-and-die?id=c"));
      assert.equal((await asking.answer()).status, 502);
    });
  });
}

for (const threads of [1, 4]) {
  test(`TERM to a worker, ${threads} threads: it finishes what it runs, the rest runs elsewhere, another one comes`, async () => {
    await withLifeServer(["--threads", String(threads)], async ({ server, client, noted }) => {
      const { worker } = await askPids(await client());
      const running = await Promise.all(Array.from({ length: threads }, client));
      for (const [index, busy] of running.entries()) {
        busy.send(lifeRequest(`/work?id=${index}&ms=${300 + index * 100}`));
        await noted(String(index));
      }
      const waiting = await Promise.all(Array.from({ length: 4 }, client));
      for (const asking of waiting) asking.send(lifeRequest("/work?id=waited"));
      process.kill(worker, "SIGTERM");
      for (const [index, busy] of running.entries()) {
        assert.ok((await busy.answer()).text.startsWith(`${index} `), `${index} was lost`);
      }
      for (const asking of waiting) assert.match((await asking.answer()).text, /^waited /);
      await server.waitForLog(/worker \d+ ended with exit code 0; another one starts now/);
      assert.notEqual((await askPids(await client())).worker, worker);
    });
  });
}

test("TERM to an idle worker: another one takes its place, no request is lost", async () => {
  for (const threads of ["1", "4"]) {
    await withLifeServer(["--threads", threads], async ({ server, client }) => {
      const asking = await client();
      const { worker } = await askPids(asking);
      process.kill(worker, "SIGTERM");
      await server.waitForLog(/worker \d+ ended with exit code 0; another one starts now/);
      assert.notEqual((await askPids(asking)).worker, worker);
    });
  }
});

test("a server whose log nobody reads any more goes on serving", async () => {
  await withLifeServer(["--access-logfile", "-"], async ({ server, client }) => {
    server.closeOutput();
    for (let round = 0; round < 2; round++) {
      const asking = await client();
      asking.send(lifeRequest("/exit?id=a"));
      assert.equal((await asking.answer()).status, 502);
    }
    assert.notEqual((await askPids(await client())).worker, 0);
  });
});
