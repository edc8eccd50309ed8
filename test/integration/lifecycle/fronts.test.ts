/** `--fronts`: several processes that take connections, and one that looks after them. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { issue, certificateFolder } from "../../support/certificates.ts";
import {
  LIFE_APP,
  type LifeServer,
  lifeRequest,
  withLifeServer,
} from "../../support/life-server.ts";
import { startLoad } from "../../support/load.ts";
import { RawClient } from "../../support/raw-client.ts";
import { ServerFolder, hasEnded, until } from "../../support/server-processes.ts";
import { runCommand } from "../../support/server.ts";

const BOUND_MS = 30_000;
const TWO = ["--fronts", "2", "--workers", "2"];

/** The fronts of a main process: its children that run Node. */
function frontsOf(main: number): number[] {
  const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,stat=,args="], {
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return table.split("\n").flatMap((line) => {
    const [, pid, parent, state = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)/.exec(line) ?? [];
    const isFront = Number(parent) === main && line.includes("wizgy.js") && !state.startsWith("Z");
    return isFront ? [Number(pid)] : [];
  });
}

async function hasFronts(main: number, count: number): Promise<number[]> {
  await until(BOUND_MS, () => {
    const there = frontsOf(main).length;
    return there === count ? null : `${there} fronts`;
  });
  return frontsOf(main);
}

/** The workers that answer on new connections; asks until there are so many. */
async function askedWorkers(life: LifeServer, count: number): Promise<Set<string>> {
  const found = new Set<string>();
  await until(BOUND_MS, async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, life.client));
    for (const client of clients) client.send(lifeRequest("/close?id=x&ms=5"));
    for (const client of clients) {
      const { text } = await client.answer();
      found.add(text.split(" ").at(-1) ?? "");
      client.destroy();
    }
    return found.size >= count ? null : `only ${found.size} workers answer`;
  });
  return found;
}

test("--fronts: each front has its share of the workers, there is one start-up block, and TERM ends all", async () => {
  const folder = new ServerFolder();
  try {
    const path = join(folder.path, "s.sock");
    const pid = join(folder.path, "pid");
    const flags = ["--fronts", "2", "--workers", "3", "--pid", pid];
    const binds = ["--bind", "127.0.0.1:0", "--bind", `unix:${path}`];
    await withLifeServer([...flags, ...binds], async (life) => {
      const { server } = life;
      assert.equal(readFileSync(pid, "utf8"), `${server.pid}\n`);
      assert.equal(server.stderr().match(/is serving/g)?.length, 1);
      assert.match(server.stderr(), /^ {2}with {4}3 workers behind 2 fronts$/m);
      await hasFronts(server.pid, 2);
      await askedWorkers(life, 3);
      const client = await RawClient.open(path);
      client.send(lifeRequest("/environ?key=wsgi.multiprocess"));
      assert.equal((await client.answer()).text, "True");
      client.destroy();
      const fronts = frontsOf(server.pid);
      assert.equal((await server.stop()).code, 0);
      assert.ok(fronts.every(hasEnded));
      assert.ok(!existsSync(path));
      assert.ok(!existsSync(pid));
      assert.deepEqual(await life.folder.allGone(BOUND_MS), []);
    });
  } finally {
    folder.remove();
  }
});

test("--fronts: a front that dies is replaced, and the others go on", async () => {
  await withLifeServer(TWO, async (life) => {
    const { server } = life;
    for (let round = 0; round < 2; round++) {
      const [victim = 0] = await hasFronts(server.pid, 2);
      process.kill(victim, "SIGKILL");
      await server.waitForLog(
        new RegExp(
          `Front [12] of 2 \\(process ${victim}\\) has ended with SIGKILL; another one is started`,
        ),
      );
      // Whoever comes meanwhile is answered.
      const client = await life.client();
      client.send(lifeRequest("/close?id=a"));
      assert.match((await client.answer()).text, /^a /);
      await until(BOUND_MS, () => {
        const fronts = frontsOf(server.pid);
        return fronts.length === 2 && !fronts.includes(victim) ? null : "no new front";
      });
      await askedWorkers(life, 2);
    }
  });
});

test("--fronts: the file of a Unix socket stays when a front ends, and when USR2 replaces the server", async () => {
  const folder = new ServerFolder();
  try {
    const path = join(folder.path, "s.sock");
    const ask = async (): Promise<void> => {
      const client = await RawClient.open(path);
      client.send(lifeRequest("/close?id=a"));
      assert.match((await client.answer()).text, /^a /);
      client.destroy();
    };
    await withLifeServer([...TWO, "--bind", `unix:${path}`], async (life) => {
      const { server } = life;
      const [first = 0] = await hasFronts(server.pid, 2);
      // In order: it finishes what it has, and another one takes its place.
      process.kill(first, "SIGTERM");
      await until(BOUND_MS, () => {
        const fronts = frontsOf(server.pid);
        return fronts.length === 2 && !fronts.includes(first) ? null : "no new front";
      });
      await ask();
      process.kill(server.pid, "SIGUSR2");
      const text = await server.waitForLog(/USR2: process \d+ serves now/);
      const next = Number(/process (\d+)/.exec(text)?.[1]);
      await until(BOUND_MS, () => (hasEnded(server.pid) ? null : "the old one is there"));
      await ask();
      process.kill(next, "SIGTERM");
      await until(BOUND_MS, () => (hasEnded(next) ? null : "the new one is there"));
      assert.ok(!existsSync(path));
      assert.deepEqual(await life.folder.allGone(BOUND_MS), []);
    });
  } finally {
    folder.remove();
  }
});

test("--fronts: SIGKILL of the main process leaves no process, no folder, and the port free", async () => {
  await withLifeServer(TWO, async (life) => {
    const fronts = await hasFronts(life.server.pid, 2);
    const running = await life.client();
    running.send(lifeRequest("/wait?id=slow"));
    await life.noted("slow");
    life.killFront();
    await until(BOUND_MS, () => (fronts.every(hasEnded) ? null : "fronts are there"));
    assert.deepEqual(await life.folder.allGone(BOUND_MS), []);
    const other = createServer();
    await new Promise<void>((resolve, reject) => {
      other.once("error", reject);
      other.listen(life.server.port, "127.0.0.1", resolve);
    });
    other.close();
  });
});

test("--fronts: wizgy reload and HUP renew all fronts; broken code changes none, and says so once", async () => {
  await withLifeServer(
    TWO,
    async (life) => {
      const { server } = life;
      const load = await startLoad(life, { ms: 1 });
      const before = await askedWorkers(life, 2);
      const env = { TMPDIR: life.folder.path };
      const good = await runCommand(["reload"], { env });
      assert.equal(good.code, 0, good.stderr);
      assert.match(good.stdout, /^Reloaded in /);
      const after = await askedWorkers(life, 2);
      assert.ok(
        [...after].every((pid) => !before.has(pid)),
        "old workers answer",
      );
      process.kill(server.pid, "SIGHUP");
      await until(BOUND_MS, async () => {
        const now = await askedWorkers(life, 2);
        return [...now].some((pid) => after.has(pid)) ? "old workers answer" : null;
      });
      life.tell();
      const bad = await runCommand(["reload"], { env });
      assert.equal(bad.code, 1);
      assert.equal(bad.stderr.match(/^Traceback /gm)?.length, 1);
      assert.equal(server.stderr().match(/The reload failed/g)?.length, 1);
      await load.further(20);
      life.untell();
      assert.deepEqual(await load.stop(), []);
    },
    { env: { FAIL_IMPORT: "1" } },
  );
});

test("--fronts: TTIN and TTOU add and end a worker of the whole server", async () => {
  await withLifeServer(["--fronts", "2", "--workers", "3"], async (life) => {
    const workers = (): number => {
      const all = life.folder.processes();
      // Each front has a nursery, whose children the workers are.
      const nurseries = new Set(all.map(({ parent }) => parent));
      return all.filter(({ pid }) => !nurseries.has(pid)).length;
    };
    const has = (count: number): Promise<void> =>
      until(BOUND_MS, () => (workers() === count ? null : `${workers()} workers`));
    await has(3);
    process.kill(life.server.pid, "SIGTTIN");
    await has(4);
    process.kill(life.server.pid, "SIGTTOU");
    await has(3);
  });
});

test("--fronts: USR2 under load puts another main process with its fronts in the place, without a lost request", async () => {
  await withLifeServer(TWO, async (life) => {
    const { server } = life;
    const load = await startLoad(life, { ms: 2 });
    await load.further(50);
    const fronts = await hasFronts(server.pid, 2);
    process.kill(server.pid, "SIGUSR2");
    const text = await server.waitForLog(/USR2: process \d+ serves now/);
    const next = Number(/\d+ serves/.exec(text)?.[0].split(" ")[0]);
    await load.further(50);
    await until(BOUND_MS, () => (hasEnded(server.pid) ? null : "the old one is there"));
    assert.ok(fronts.every(hasEnded));
    await load.further(50);
    assert.deepEqual(await load.stop(), []);
    await hasFronts(next, 2);
    process.kill(next, "SIGTERM");
    await until(BOUND_MS, () => (hasEnded(next) ? null : "the new one is there"));
    assert.deepEqual(await life.folder.allGone(BOUND_MS), []);
  });
});

test("--fronts: the access log of all fronts has whole lines, in a file and on standard output", async () => {
  const folder = new ServerFolder();
  try {
    for (const target of ["-", join(folder.path, "access.log")]) {
      const flags = [...TWO, "--access-logfile", target];
      const count = 600;
      const filler = "f".repeat(200);
      let text = "";
      await withLifeServer(flags, async (life) => {
        const { server } = life;
        const clients = await Promise.all(Array.from({ length: 12 }, life.client));
        await Promise.all(
          clients.map(async (client, index) => {
            for (let number = index; number < count; number += clients.length) {
              client.send(lifeRequest(`/close?id=n${number}.${filler}`));
              assert.equal((await client.answer()).status, 200);
            }
          }),
        );
        if (target !== "-") {
          renameSync(target, `${target}.1`);
          process.kill(server.pid, "SIGUSR1");
          await until(BOUND_MS, () => (existsSync(target) ? null : "no new file"));
        }
        const { code, stdout } = await server.stop();
        assert.equal(code, 0);
        text =
          target === "-"
            ? stdout
            : readFileSync(`${target}.1`, "utf8") + readFileSync(target, "utf8");
      });
      const lines = text.trimEnd().split("\n");
      assert.equal(lines.length, count);
      const whole = new RegExp(
        `^127\\.0\\.0\\.1 - - \\[[^\\]]+\\] "GET /close\\?id=n(\\d+)\\.${filler} HTTP/1\\.1" 200 .*"$`,
      );
      const numbers = lines.map((line) => whole.exec(line)?.[1]);
      assert.equal(
        new Set(numbers).size,
        count,
        lines.find((line) => !whole.test(line)),
      );
    }
  } finally {
    folder.remove();
  }
});

test("--fronts: TLS is spoken by the fronts", async () => {
  const certificates = certificateFolder();
  try {
    const flags = [...TWO, ...certificates.pair("site", issue("site")), "--http2", "off"];
    await withLifeServer(flags, async ({ server }) => {
      const { stdout } = spawnSync(
        process.execPath,
        [
          "-e",
          `require("node:https").get({port:${server.port},host:"127.0.0.1",path:"/close?id=a",rejectUnauthorized:false},(r)=>r.pipe(process.stdout))`,
        ],
        { encoding: "utf8" },
      );
      assert.match(stdout, /^a /);
    });
  } finally {
    certificates.remove();
  }
});

test("--fronts: exit codes are those of one front, and what is wrong is told once", async () => {
  const missing = await runCommand([...TWO, "--bind", "127.0.0.1:0", "no_such_module_here"]);
  assert.equal(missing.code, 4, missing.stderr);
  assert.equal(missing.stderr.match(/can't be served/g)?.length, 1, missing.stderr);
  const few = await runCommand(["--fronts", "3", "--workers", "2", ...LIFE_APP]);
  assert.equal(few.code, 1);
  assert.match(few.stderr, /^wizgy: --fronts 3 needs as many workers at least/);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  const taken = await runCommand([...TWO, "--bind", `127.0.0.1:${port}`, ...LIFE_APP]);
  other.close();
  assert.equal(taken.code, 1);
  assert.match(
    taken.stderr,
    new RegExp(`^wizgy: http://127.0.0.1:${port} is in use by another program`),
  );
});

test("--fronts: a settings file whose number of fronts has changed counts with USR2, not with HUP", async () => {
  const folder = new ServerFolder();
  try {
    const config = join(folder.path, "wizgy.toml");
    writeFileSync(config, "workers = 2\n");
    await withLifeServer(["--config", config], async (life) => {
      const { server } = life;
      writeFileSync(config, "workers = 2\nfronts = 2\n");
      process.kill(server.pid, "SIGHUP");
      await server.waitForLog(/\[WARNING\] The setting fronts has changed: that needs a restart/);
      process.kill(server.pid, "SIGUSR2");
      const text = await server.waitForLog(/USR2: process \d+ serves now/);
      const next = Number(/\d+ serves/.exec(text)?.[0].split(" ")[0]);
      await hasFronts(next, 2);
      await until(BOUND_MS, () => (hasEnded(server.pid) ? null : "the old one is there"));
      // And back to one.
      writeFileSync(config, "workers = 2\n");
      process.kill(next, "SIGUSR2");
      const again = await server.waitForLog(
        new RegExp(`\\[${next}\\] \\[INFO\\] Stopping \\(USR2: process \\d+ serves now`),
      );
      const last = Number(/process (\d+)/.exec(again)?.[1]);
      await until(BOUND_MS, () => (hasEnded(next) ? null : "the second one is there"));
      const client = await life.client();
      client.send(lifeRequest("/close?id=a"));
      assert.match((await client.answer()).text, /^a /);
      client.destroy();
      process.kill(last, "SIGTERM");
      await until(BOUND_MS, () => (hasEnded(last) ? null : "the last one is there"));
      assert.deepEqual(await life.folder.allGone(BOUND_MS), []);
    });
  } finally {
    folder.remove();
  }
});
