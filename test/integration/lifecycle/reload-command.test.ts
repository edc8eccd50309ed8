/** `wizgy reload`, --control-socket and --pid. */
import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import {
  type LifeServer,
  LIFE_APP,
  askPids,
  isAlive,
  withLifeServer,
} from "../../support/life-server.ts";
import { until } from "../../support/server-processes.ts";
import { type Ended, runCommand } from "../../support/server.ts";

/** Runs `wizgy reload` where the server has its folder. */
function reload({ folder }: LifeServer, ...args: string[]): Promise<Ended> {
  return runCommand(["reload", ...args], { env: { TMPDIR: folder.path } });
}

test("wizgy reload finds the server of this user and ends with 0 when new workers serve", async () => {
  await withLifeServer([], async (life) => {
    const asking = await life.client();
    const { worker } = await askPids(asking);
    const ended = await reload(life);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^Reloaded in [\d.]+ s: 1 new worker serves\.\n$/);
    assert.notEqual((await askPids(asking)).worker, worker);
  });
});

test("wizgy reload ends with 1 and the traceback when the new code is broken; the old workers go on", async () => {
  await withLifeServer(
    [],
    async (life) => {
      const asking = await life.client();
      const { worker } = await askPids(asking);
      life.tell();
      const ended = await reload(life);
      assert.equal(ended.code, 1);
      assert.match(
        ended.stderr,
        /^Traceback [^]*RuntimeError: told to fail\n\nwizgy: The reload failed/,
      );
      assert.equal((await askPids(asking)).worker, worker);
    },
    { env: { FAIL_IMPORT: "1" } },
  );
});

test("--control-socket: nobody but the server's user can open it, and wizgy reload takes its path", async () => {
  await withLifeServer([], async ({ folder }) => {
    const path = join(folder.path, "wizgy.ctl");
    await withLifeServer(["--control-socket", path], async (life) => {
      assert.equal(statSync(path).mode & 0o777, 0o600);
      const ended = await reload(life, "--control-socket", path);
      assert.equal(ended.code, 0, ended.stderr);
    });
    assert.ok(!existsSync(path));
  });
});

test("--control-socket off: there is none, and wizgy reload says so", async () => {
  await withLifeServer(["--no-control-socket"], async (life) => {
    const sockets = readdirSync(life.folder.path, { recursive: true, encoding: "utf8" });
    assert.deepEqual(
      sockets.filter((name) => name.endsWith("/control")),
      [],
    );
    const ended = await reload(life, "--control-socket", "off");
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /a server without one can't be asked\. Send it HUP\./);
  });
});

test("--control-socket: what a killed server left is no obstacle", async () => {
  await withLifeServer([], async ({ folder }) => {
    const path = join(folder.path, "wizgy.ctl");
    await withLifeServer(["--control-socket", path], async (life) => {
      life.killFront();
      assert.deepEqual(await life.folder.allGone(8_000), []);
    });
    assert.ok(existsSync(path));
    await withLifeServer(["--control-socket", path], async (life) => {
      assert.equal((await reload(life, "--control-socket", path)).code, 0);
    });
  });
});

test("wizgy reload with several servers lists them; --pid chooses one", async () => {
  await withLifeServer([], async (first) => {
    const path = join(first.folder.path, "second.pid");
    const env = { TMPDIR: first.folder.path };
    await withLifeServer(
      ["--pid", path],
      async (second) => {
        assert.equal(readFileSync(path, "latin1"), `${second.server.pid}\n`);
        const asked = await reload(first);
        assert.equal(asked.code, 1);
        assert.match(asked.stderr, /2 servers run\. Choose one with --pid FILE/);
        for (const { server } of [first, second]) {
          assert.ok(asked.stderr.includes(`${server.pid}  life  ${server.origin}`), asked.stderr);
        }
        const chosen = await reload(first, "--pid", path);
        assert.equal(chosen.code, 0, chosen.stderr);
        await second.server.waitForLog(/Reloaded/);
        assert.doesNotMatch(first.server.stderr(), /Reload/);
      },
      { env },
    );
    assert.ok(!existsSync(path));
  });
});

test("wizgy reload without a server, or of one that others could have faked, says so with exit code 1", async () => {
  await withLifeServer([], async (life) => {
    const [name] = readFolder(life);
    chmodSync(join(life.folder.path, name!), 0o755);
    const ended = await reload(life);
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /^wizgy: No server of this user runs in /);
    const other = await reload(life, "--control-socket", join(life.folder.path, "nosuch"));
    assert.equal(other.code, 1);
    assert.match(other.stderr, /nosuch: no server answers here/);
  });
});

test("--pid: a file that names a process which lives ends the start; one of a dead process is taken over", async () => {
  await withLifeServer([], async (life) => {
    const path = join(life.folder.path, "wizgy.pid");
    writeFileSync(path, `${process.pid}\n`);
    const refused = await runCommand(["-b", "127.0.0.1:0", "--pid", path, ...LIFE_APP]);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /--pid .*: the process \d+ that it names is still there/);
    assert.equal(readFileSync(path, "latin1"), `${process.pid}\n`);
    writeFileSync(path, "4194305\n");
    await withLifeServer(["--pid", path], async ({ server }) => {
      assert.equal(readFileSync(path, "latin1"), `${server.pid}\n`);
    });
    assert.ok(!existsSync(path));
  });
});

test("the control socket goes with the front, also when that is killed", async () => {
  await withLifeServer([], async (life) => {
    const { worker } = await askPids(await life.client());
    assert.ok(existsSync(join(life.folder.path, readFolder(life)[0]!, "control")));
    life.killFront();
    assert.deepEqual(await life.folder.allGone(8_000), []);
    await until(5_000, () => (isAlive(worker) ? "the worker lives" : null));
  });
});

/** The folders that servers have made in the folder of this one. */
function readFolder({ folder }: LifeServer): string[] {
  return readdirSync(folder.path).filter((name) => name.startsWith("wizgy-"));
}
