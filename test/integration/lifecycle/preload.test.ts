/** --preload: the application is loaded once, before the fork. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LIFE_APP, askPids, lifeRequest, withLifeServer } from "../../support/life-server.ts";
import { startLoad } from "../../support/load.ts";
import { until } from "../../support/server-processes.ts";
import { runCommand } from "../../support/server.ts";

test("--preload: all workers come from one import, and a reload is another one", async () => {
  await withLifeServer(["--preload", "--workers", "3"], async (life) => {
    const imports = async (): Promise<Set<string>> => {
      const seen = new Set<string>();
      const load = await startLoad(life, { connections: 6, ms: 2 });
      while (load.workers().size < 3) await load.further(10);
      assert.deepEqual(await load.stop(), []);
      for (let count = 0; count < 20; count++) {
        const client = await life.client();
        client.send(lifeRequest("/imported"));
        seen.add((await client.answer()).text);
      }
      return seen;
    };
    const before = await imports();
    const { parent } = await askPids(await life.client());
    assert.deepEqual([...before], [String(parent)]);
    process.kill(life.server.pid, "SIGHUP");
    await life.server.waitForLog(/Reloaded in/);
    const after = await imports();
    assert.equal(after.size, 1);
    assert.notDeepEqual(after, before);
  });
});

test("--preload: an application that raises ends the start with 4 and its traceback", async () => {
  const app = ["--chdir", "test/apps/process/faults", "raises"];
  const ended = await runCommand(["-b", "127.0.0.1:0", "--preload", ...app]);
  const plain = await runCommand(["-b", "127.0.0.1:0", ...app]);
  assert.equal(ended.code, 4, ended.stderr);
  assert.equal(ended.stderr, plain.stderr);
});

test("--preload: a reload to broken code leaves the old workers", async () => {
  await withLifeServer(
    ["--preload"],
    async (life) => {
      const asking = await life.client();
      const { worker } = await askPids(asking);
      life.tell();
      process.kill(life.server.pid, "SIGHUP");
      await life.server.waitForLog(/The reload failed, [^]*RuntimeError: told to fail/);
      assert.equal((await askPids(asking)).worker, worker);
      await until(5_000, () => (life.folder.processes().length === 2 ? null : "someone is left"));
      assert.doesNotMatch(life.server.stderr(), /that starts workers/);
    },
    { env: { FAIL_IMPORT: "1" } },
  );
});

test("--preload: an import that hangs is ended with --boot-timeout", async () => {
  const args = ["-b", "127.0.0.1:0", "--preload", "--boot-timeout", "0.5"];
  const env = { IMPORT_MS: "60000" };
  const ended = await runCommand([...args, ...LIFE_APP], { env });
  assert.equal(ended.code, 3, ended.stderr);
  assert.match(ended.stderr, /it was not ready after 0\.5 s \(--boot-timeout\)/);
});

test("--preload: TERM, and kill -9 of the front, while the application is imported anew leave nothing", async () => {
  for (const ending of ["term", "kill"]) {
    await withLifeServer(
      ["--preload"],
      async (life) => {
        process.kill(life.server.pid, "SIGHUP");
        await until(5_000, () => (life.folder.processes().length === 3 ? null : "no nursery"));
        if (ending === "kill") life.killFront();
        else assert.equal((await life.server.stop("SIGTERM")).code, 0);
        assert.deepEqual(await life.folder.allGone(8_000), []);
      },
      { env: { IMPORT_MS: "1500" } },
    );
  }
});

test(
  "--preload: no thread is left from before the fork",
  { skip: process.platform !== "linux" },
  async () => {
    await withLifeServer(["--preload"], async (life) => {
      const { parent } = await askPids(await life.client());
      const status = readFileSync(`/proc/${parent}/status`, "latin1");
      assert.match(status, /^Threads:\t1$/m);
    });
  },
);
