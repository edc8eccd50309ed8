/** USR2: another server takes the place of the one that runs, on the same sockets. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { test } from "node:test";

import { certificateFolder, issue } from "../../support/certificates.ts";
import {
  type LifeServer,
  askPids,
  lifeRequest,
  withLifeServer,
} from "../../support/life-server.ts";
import { startLoad } from "../../support/load.ts";
import { RawClient } from "../../support/raw-client.ts";
import { ServerFolder, hasEnded, until } from "../../support/server-processes.ts";
import { openTls, serverName } from "../../support/tls-client.ts";

const BOUND_MS = 30_000;

/** Sends USR2 to the server with this number; resolves with that of the one that serves then. */
async function replace(life: LifeServer, pid: number): Promise<number> {
  process.kill(pid, "SIGUSR2");
  const text = await life.server.waitForLog(
    new RegExp(`\\[${pid}\\] \\[INFO\\] Stopping \\(USR2: process \\d+ serves now\\)`),
  );
  return Number(/process (\d+)/.exec(text)?.[1]);
}

function gone(pid: number): Promise<void> {
  return until(BOUND_MS, () => (hasEnded(pid) ? null : `process ${pid} is there`));
}

/** Ends a server that the test did not start itself. */
async function end(life: LifeServer, pid: number): Promise<void> {
  process.kill(pid, "SIGTERM");
  await gone(pid);
  assert.deepEqual(await life.folder.allGone(BOUND_MS), []);
}

test("USR2 x 3 under load: every answer is right, no connection is refused, and each server is gone after it", async () => {
  await withLifeServer(["--workers", "2"], async (life) => {
    const load = await startLoad(life, { ms: 2 });
    // Connections of the load are closed by the server that leaves; new ones must always be taken.
    let front = life.server.pid;
    for (let round = 0; round < 3; round++) {
      await load.further(50);
      const next = await replace(life, front);
      await load.further(50);
      await gone(front);
      front = next;
    }
    assert.deepEqual(await load.stop(), []);
    await end(life, front);
  });
});

test("USR2: a request that runs is finished by the server that leaves; files of sockets and numbers pass on", async () => {
  const folder = new ServerFolder();
  try {
    const path = join(folder.path, "s.sock");
    const pidFile = join(folder.path, "pid");
    const control = join(folder.path, "control");
    const flags = ["--bind", "127.0.0.1:0", "--bind", `unix:${path}`];
    const files = ["--pid", pidFile, "--control-socket", control];
    await withLifeServer([...flags, ...files], async (life) => {
      const old = life.server.pid;
      const running = await RawClient.open(path);
      running.send(lifeRequest("/wait?id=slow"));
      await life.noted("slow");
      const next = await replace(life, old);
      assert.equal(readFileSync(pidFile, "utf8"), `${next}\n`);
      await until(BOUND_MS, () => (existsSync(`${pidFile}.oldbin`) ? null : "no .oldbin"));
      assert.equal(readFileSync(`${pidFile}.oldbin`, "utf8"), `${old}\n`);
      const other = await RawClient.open(path);
      const { worker } = await askPids(other);
      life.tell();
      const { status, text } = await running.answer();
      assert.equal(status, 200);
      assert.notEqual(text, `slow  ${worker}`);
      await gone(old);
      assert.deepEqual(
        [existsSync(path), existsSync(control), existsSync(`${pidFile}.oldbin`)],
        [true, true, false],
      );
      assert.equal((await askPids(other)).worker, worker);
      for (const client of [running, other]) client.destroy();
      await end(life, next);
      await until(BOUND_MS, () => (existsSync(path) ? "the socket is there" : null));
      assert.ok(!existsSync(pidFile));
      assert.ok(!existsSync(control));
    });
  } finally {
    folder.remove();
  }
});

test("USR2: settings are read anew, and addresses that were added and removed count", async () => {
  const folder = new ServerFolder();
  try {
    const config = join(folder.path, "wizgy.toml");
    const first = join(folder.path, "1.sock");
    const second = join(folder.path, "2.sock");
    const third = join(folder.path, "3.sock");
    writeFileSync(
      config,
      `bind = ["unix:${first}", "unix:${second}"]\nenv = { GREETING = "one" }\n`,
    );
    // PORT is the lowest of all sources, so the file counts.
    const options = { env: { PORT: "1" } };
    await withLifeServer(
      ["--config", config],
      async (life) => {
        const ask = async (path: string): Promise<string> => {
          const client = await RawClient.open(path);
          client.send(lifeRequest("/environ?variable=GREETING"));
          const { text } = await client.answer();
          client.destroy();
          return text;
        };
        assert.equal(await ask(first), "one");
        writeFileSync(
          config,
          `bind = ["unix:${third}", "unix:${second}"]\nenv = { GREETING = "two" }\n`,
        );
        const old = life.server.pid;
        const next = await replace(life, old);
        await gone(old);
        assert.equal(await ask(second), "two");
        assert.equal(await ask(third), "two");
        await assert.rejects(ask(first));
        await end(life, next);
      },
      options,
    );
  } finally {
    folder.remove();
  }
});

test("USR2: a new server that can't start changes nothing, and the log says why", async () => {
  const options = { env: { FAIL_IMPORT: "1" } };
  await withLifeServer(
    [],
    async (life) => {
      const load = await startLoad(life);
      life.tell();
      process.kill(life.server.pid, "SIGUSR2");
      await life.server.waitForLog(
        /\[ERROR\] The new server can't serve, and this one goes on: it ended with exit code 4; /,
      );
      assert.match(life.server.stderr(), /RuntimeError: told to fail/);
      await load.further(50);
      // The next one is tried like the first.
      life.untell();
      const old = life.server.pid;
      const next = await replace(life, old);
      await load.further(50);
      assert.deepEqual(await load.stop(), []);
      await gone(old);
      await end(life, next);
    },
    options,
  );
});

test("USR2 while a new server boots is refused; TERM ends both", async () => {
  await withLifeServer(
    [],
    async (life) => {
      life.tell();
      process.kill(life.server.pid, "SIGUSR2");
      const text = await life.server.waitForLog(
        /new server boots on the same sockets, process \d+/,
      );
      const booting = Number(/\d+$/.exec(text)?.[0]);
      process.kill(life.server.pid, "SIGUSR2");
      await life.server.waitForLog(/\[WARNING\] USR2: process \d+ boots already as the new server/);
      const { code } = await life.server.stop();
      assert.equal(code, 0);
      assert.ok(hasEnded(booting));
      assert.deepEqual(await life.folder.allGone(BOUND_MS), []);
    },
    { env: { IMPORT_MS: "3000" } },
  );
});

test("USR2: when the old server is killed meanwhile, the new one serves all the same", async () => {
  await withLifeServer(
    [],
    async (life) => {
      process.kill(life.server.pid, "SIGUSR2");
      const text = await life.server.waitForLog(
        /new server boots on the same sockets, process \d+/,
      );
      const next = Number(/\d+$/.exec(text)?.[0]);
      life.killFront();
      // Whoever is too early waits.
      const client = await life.client();
      client.send(lifeRequest("/work?id=a"));
      assert.match((await client.answer()).text, /^a /);
      client.destroy();
      await end(life, next);
    },
    { env: { IMPORT_MS: "1500" } },
  );
});

/** One request on a stream of its own; resolves with its body. */
function askHttp2(session: ClientHttp2Session, path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    const stream = session.request({ ":path": path });
    stream.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    stream.on("end", () => resolve(text));
    stream.on("error", reject);
  });
}

/** The name in the certificate that a new connection gets. */
async function certificateName(port: number): Promise<string> {
  const socket = await openTls({ port, rejectUnauthorized: false });
  const name = serverName(socket);
  socket.destroy();
  return name;
}

test("RFC 9113 §6.8: USR2 with TLS and HTTP/2: running streams are finished, GOAWAY follows, new connections get the new certificate", async () => {
  const certificates = certificateFolder();
  try {
    const flags = certificates.pair("site", issue("first"));
    await withLifeServer(flags, async (life) => {
      const { port } = life.server;
      assert.equal(await certificateName(port), "first");
      const session = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
      const wentAway = new Promise((resolve) => session.once("goaway", resolve));
      const closed = new Promise((resolve) => session.once("close", resolve));
      const running = askHttp2(session, "/wait?id=slow");
      await life.noted("slow");
      certificates.pair("site", issue("second"));
      const old = life.server.pid;
      const next = await replace(life, old);
      assert.equal(await certificateName(port), "second");
      await wentAway;
      life.tell();
      assert.match(await running, /^slow /);
      await closed;
      await gone(old);
      const other = connectHttp2(`https://127.0.0.1:${port}`, { rejectUnauthorized: false });
      assert.match(await askHttp2(other, "/close?id=after"), /^after /);
      other.destroy();
      await end(life, next);
    });
  } finally {
    certificates.remove();
  }
});
