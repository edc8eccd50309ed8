/** Large request bodies, on the real server: collected before a worker has anything to do with them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { BODIES_APP, hasTemporaryFiles, needsProc } from "../support/large-bodies.ts";
import { type LifeServer, isAlive, withLifeServer } from "../support/life-server.ts";
import type { RawClient } from "../support/raw-client.ts";
import { until } from "../support/server-processes.ts";

const MIB = 1024 * 1024;

type Use = (life: LifeServer) => Promise<void>;

function serving(args: readonly string[], use: Use, app = BODIES_APP): Promise<void> {
  return withLifeServer(args, use, { app });
}

function postHead(target: string, bytes: number): string {
  return `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes}\r\n\r\n`;
}

function sha256(data: Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

async function sayHello(client: RawClient): Promise<void> {
  client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal((await client.answer()).text, "hello");
}

test("a body beyond --request-buffer comes whole, from a file that can be rewound", async () => {
  await serving(["--request-buffer", "64k"], async ({ client, server }) => {
    const body = randomBytes(5 * MIB);
    const digest = sha256(body);
    const sender = await client();
    for (const size of [64 * 1024, 64 * 1024 + 1, body.length]) {
      const part = body.subarray(0, size);
      sender.send(postHead("/digest", size));
      await sender.sendAll(part);
      const kind = size > 64 * 1024 ? "BufferedReader" : "BytesIO";
      const expected = `${sha256(part)} ${sha256(part)} ${size} ${kind}`;
      assert.equal((await sender.answer("POST")).text, expected);
    }
    sender.send("POST /digest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (let at = 0; at < body.length; at += 100_000) {
      const chunk = body.subarray(at, at + 100_000);
      sender.send(`${chunk.length.toString(16)}\r\n`);
      await sender.sendAll(chunk);
      sender.send("\r\n");
    }
    sender.send("0\r\n\r\n");
    const counted = `${digest} ${digest} ${body.length} BufferedReader`;
    assert.equal((await sender.answer("POST")).text, counted);
    if (needsProc === false) await hasTemporaryFiles(server.pid, 0);
  });
});

test("RFC 9110 §10.1.1: a client that waits for 100 is told at once, also with a large body", async () => {
  await serving(["--request-buffer", "64k"], async ({ client }) => {
    const sender = await client();
    const body = Buffer.alloc(MIB, "x");
    const head = postHead("/digest", body.length);
    sender.send(head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n"));
    await sender.received("HTTP/1.1 100 Continue\r\n\r\n");
    await sender.sendAll(body);
    const answer = await sender.answer("POST");
    assert.deepEqual(answer.interim, [100]);
    assert.ok(answer.text.startsWith(sha256(body)));
  });
});

test("a slow upload keeps no worker: others are served, and the application begins at its end", async () => {
  await serving(["--request-buffer", "64k"], async ({ client, started, noted }) => {
    const [slow, other] = [await client(), await client()];
    const body = Buffer.alloc(MIB, "y");
    slow.send(postHead("/digest?id=slow", body.length));
    await slow.sendAll(body.subarray(0, MIB - 1));
    await sayHello(other);
    await sayHello(other);
    assert.equal(started().includes("began slow"), false);
    slow.send(body.subarray(MIB - 1));
    await noted("began slow");
    assert.ok((await slow.answer("POST")).text.startsWith(sha256(body)));
  });
});

test("a client that goes away in its body leaves no file", { skip: needsProc }, async () => {
  await serving(["--request-buffer", "64k"], async ({ client, server, started }) => {
    const [one, two, other] = [await client(), await client(), await client()];
    for (const sender of [one, two]) {
      sender.send(postHead("/digest?id=gone", MIB));
      await sender.sendAll(Buffer.alloc(MIB / 2));
    }
    await hasTemporaryFiles(server.pid, 2);
    one.socket.resetAndDestroy();
    two.destroy();
    await hasTemporaryFiles(server.pid, 0);
    await sayHello(other);
    assert.equal(started().includes("began gone"), false);
  });
});

test(
  "a client that goes away while its request waits or runs leaves no file either",
  {
    skip: needsProc,
  },
  async () => {
    await serving(["--request-buffer", "64k"], async ({ client, server, noted }) => {
      const [busy, sender] = [await client(), await client()];
      busy.send("GET /hello?id=busy&ms=1000 HTTP/1.1\r\nHost: a\r\n\r\n");
      await noted("began busy");
      sender.send(postHead("/digest", MIB));
      await sender.sendAll(Buffer.alloc(MIB));
      await hasTemporaryFiles(server.pid, 1);
      sender.destroy();
      await hasTemporaryFiles(server.pid, 0);
      assert.equal((await busy.answer()).text, "hello");
    });
  },
);

test("wire §6.2: a request that waits keeps its file when the worker dies, and runs elsewhere", async () => {
  await serving(["--request-buffer", "64k"], async ({ client, server, folder, noted }) => {
    const [busy, sender] = [await client(), await client()];
    busy.send("GET /hello?id=busy&ms=60000 HTTP/1.1\r\nHost: a\r\n\r\n");
    await noted("began busy");
    const body = randomBytes(MIB);
    sender.send(postHead("/digest", body.length));
    await sender.sendAll(body);
    if (needsProc === false) await hasTemporaryFiles(server.pid, 1);
    const nursery = folder.nursery(server.pid);
    const worker = folder.processes().find(({ parent }) => parent === nursery);
    assert.ok(worker);
    process.kill(worker.pid, "SIGKILL");
    assert.equal((await busy.answer()).status, 502);
    assert.ok((await sender.answer("POST")).text.startsWith(sha256(body)));
    await until(8_000, () => (isAlive(worker.pid) ? "the worker lives" : null));
    if (needsProc === false) await hasTemporaryFiles(server.pid, 0);
  });
});

test("a folder that can't be written: 507 for the request that needs it, and a line that says why", async () => {
  const gone = mkdtempSync(join(tmpdir(), "wizgy-test-gone-"));
  const args = ["--request-buffer", "64k", "--body-temp-dir", gone];
  await serving(args, async ({ client, server, started }) => {
    rmSync(gone, { recursive: true });
    const [sender, other] = [await client(), await client()];
    sender.send(postHead("/digest?id=large", MIB));
    await sender.sendAll(Buffer.alloc(MIB));
    const refused = await sender.answer("POST");
    assert.equal(refused.status, 507);
    await server.waitForLog(/its body can't be kept in a temporary file .*ENOENT/);
    await sayHello(other);
    other.send(postHead("/digest", 3) + "abc");
    assert.match((await other.answer("POST")).text, / BytesIO$/);
    assert.equal(started().includes("began large"), false);
  });
});

test("a full disk: 507 for the request that needs it, and room again for the next one", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-test-full-"));
  const disk = join(folder, "disk");
  mkdirSync(disk);
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", disk], { stdio: "ignore" });
  } catch {
    rmSync(folder, { recursive: true });
    context.skip("needs the right to mount a small disk");
    return;
  }
  try {
    const args = ["--request-buffer", "64k", "--body-temp-dir", disk];
    await serving(args, async ({ client, server }) => {
      const sender = await client();
      sender.send(postHead("/digest", 3 * MIB));
      sender.send(Buffer.alloc(3 * MIB));
      assert.equal((await sender.answer("POST")).status, 507);
      await server.waitForLog(/its body can't be kept in a temporary file .*ENOSPC/);
      const other = await client();
      const body = Buffer.alloc(512 * 1024, "z");
      other.send(postHead("/digest", body.length));
      await other.sendAll(body);
      assert.ok((await other.answer("POST")).text.startsWith(sha256(body)));
    });
  } finally {
    execFileSync("umount", [disk]);
    rmSync(folder, { recursive: true });
  }
});

test(
  "--no-request-buffering: the application reads while the client sends",
  { skip: needsProc },
  async () => {
    await serving(["--no-request-buffering"], async ({ client, server, noted }) => {
      const sender = await client();
      sender.send(`${postHead("/first_byte", 2 * MIB)}k`);
      await noted("read k");
      await hasTemporaryFiles(server.pid, 0);
      await sender.sendAll(Buffer.alloc(2 * MIB - 1));
      assert.equal((await sender.answer("POST")).text, String(2 * MIB));
      sender.send(postHead("/digest", 3) + "abc");
      const whole = await sender.answer("POST");
      assert.match(whole.text, / BytesIO$/, "what has come in one piece is handed on in one");
      sender.send(
        "POST /digest HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
      );
      sender.send("0\r\n\r\n");
      assert.ok((await sender.answer("POST")).text.startsWith(sha256(Buffer.from("abc"))));
    });
  },
);

test("--body-min-rate: who sends, but too slowly on the whole, gets 408", async () => {
  const args = ["--body-timeout", "0.6", "--body-min-rate", "1m"];
  await serving(args, async ({ client, started }) => {
    const sender = await client();
    sender.send(postHead("/digest?id=slow", MIB));
    const trickle = setInterval(() => sender.send("x"), 50);
    try {
      assert.equal((await sender.answer("POST")).status, 408);
    } finally {
      clearInterval(trickle);
    }
    assert.equal(started().includes("began slow"), false);
  });
});
