/** TTIN, TTOU, USR1, and what TERM does with --drain-delay. */
import assert from "node:assert/strict";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { valuesOf } from "../../support/answer.ts";
import {
  type LifeServer,
  askPids,
  lifeRequest,
  withLifeServer,
} from "../../support/life-server.ts";
import { startLoad } from "../../support/load.ts";
import { RawClient } from "../../support/raw-client.ts";
import { until } from "../../support/server-processes.ts";

/** Resolves when the server has so many workers. */
function hasWorkers({ folder }: LifeServer, count: number): Promise<void> {
  return until(10_000, () => {
    const workers = folder.processes().length - 1;
    return workers === count ? null : `${workers} workers`;
  });
}

test("TTIN adds a worker, TTOU ends one, never the last; under load every answer is right", async () => {
  await withLifeServer([], async (life) => {
    const load = await startLoad(life, { ms: 1 });
    for (const [signal, count] of [
      ["SIGTTIN", 2],
      ["SIGTTIN", 3],
      ["SIGTTOU", 2],
      ["SIGTTOU", 1],
      ["SIGTTOU", 1],
      ["SIGTTIN", 2],
    ] as const) {
      process.kill(life.server.pid, signal);
      await hasWorkers(life, count);
      await load.further(20);
    }
    assert.deepEqual(await load.stop(), []);
    assert.doesNotMatch(life.server.stderr(), /\[(ERROR|WARNING)\]/);
  });
});

test("PEP 3333 environ Variables: a worker that was the only one is replaced when TTIN adds another", async () => {
  await withLifeServer([], async (life) => {
    const asking = await life.client();
    const multiprocess = async (): Promise<string> => {
      asking.send(lifeRequest("/environ?key=wsgi.multiprocess"));
      return (await asking.answer()).text;
    };
    assert.equal(await multiprocess(), "False");
    const { worker } = await askPids(asking);
    process.kill(life.server.pid, "SIGTTIN");
    await until(10_000, () => {
      const pids = life.folder.processes().map(({ pid }) => pid);
      return pids.length === 3 && !pids.includes(worker) ? null : "the first worker is there";
    });
    for (let count = 0; count < 10; count++) assert.equal(await multiprocess(), "True");
  });
});

test("HUP brings the number of workers back to --workers", async () => {
  await withLifeServer([], async (life) => {
    process.kill(life.server.pid, "SIGTTIN");
    await hasWorkers(life, 2);
    process.kill(life.server.pid, "SIGHUP");
    await life.server.waitForLog(/Reloaded in/);
    await hasWorkers(life, 1);
  });
});

test("USR1 opens the access log again: after a rename lines go to a new file of the old name", async () => {
  await withLifeServer([], async (first) => {
    const path = join(first.folder.path, "access.log");
    await withLifeServer(["--access-logfile", path], async (life) => {
      const asking = await life.client();
      const ask = async (id: string): Promise<void> => {
        asking.send(lifeRequest(`/work?id=${id}`));
        await asking.answer();
      };
      const has = (file: string, id: string): Promise<void> =>
        until(5_000, () => {
          const text = readFileSync(file, "utf8");
          return text.includes(`id=${id} `) ? null : `${id} is not in ${file}: ${text}`;
        });
      await ask("first");
      await has(path, "first");
      renameSync(path, `${path}.1`);
      await ask("second");
      process.kill(life.server.pid, "SIGUSR1");
      await has(`${path}.1`, "second");
      await until(5_000, () => {
        try {
          readFileSync(path);
          return null;
        } catch {
          return "no new file";
        }
      });
      await ask("third");
      await has(path, "third");
      assert.ok(!readFileSync(`${path}.1`, "utf8").includes("third"));
    });
  });
});

test("--drain-delay: after TERM new connections are served for so long, and each answer ends its connection", async () => {
  await withLifeServer(["--drain-delay", "2"], async (life) => {
    const used = await life.client();
    await askPids(used);
    process.kill(life.server.pid, "SIGTERM");
    await life.server.waitForLog(/Stopping in 2 s \(--drain-delay\) \(SIGTERM\)/);
    for (const client of [used, await life.client()]) {
      client.send(lifeRequest("/work?id=late"));
      const answer = await client.answer();
      assert.match(answer.text, /^late /);
      assert.deepEqual(valuesOf(answer, "connection"), ["close"]);
    }
    const ended = await life.server.stop("SIGCONT");
    assert.equal(ended.code, 0, ended.stderr);
    await assert.rejects(RawClient.open(life.server.port), { code: "ECONNREFUSED" });
  });
});

test("--drain-delay: a second signal ends it at once", async () => {
  await withLifeServer(["--drain-delay", "600"], async (life) => {
    process.kill(life.server.pid, "SIGTERM");
    await life.server.waitForLog(/Stopping in 600 s/);
    const ended = await life.server.stop("SIGTERM");
    assert.equal(ended.code, 0, ended.stderr);
  });
});

test("TERM: what is cut after --graceful-timeout is counted in the log, running and waiting requests alike", async () => {
  await withLifeServer(["--graceful-timeout", "0.5"], async (life) => {
    for (const id of ["a", "b", "c"]) {
      const client = await life.client();
      client.send(lifeRequest(`/work?id=${id}&ms=60000`));
      if (id === "a") await life.noted("a");
    }
    const ended = await life.server.stop("SIGTERM");
    assert.equal(ended.code, 0);
    assert.match(
      ended.stderr,
      /3 requests did not end within 0\.5 s \(--graceful-timeout\) and are cut/,
    );
  });
});
