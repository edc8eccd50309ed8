/** Answers for clients that read slowly, on the real server: the worker is free before they are done. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import {
  BODIES_APP,
  blocks,
  hasTemporaryFiles,
  memoryMib,
  needsProc,
  readBlocks,
} from "../support/large-bodies.ts";
import { type LifeServer, withLifeServer } from "../support/life-server.ts";
import type { RawClient } from "../support/raw-client.ts";

/** 40 MiB: what the system keeps for a client that doesn't read (4 MiB and more) is far less. */
const MANY = 640;

function serving(args: readonly string[], use: (life: LifeServer) => Promise<void>): Promise<void> {
  return withLifeServer(args, use, { app: BODIES_APP });
}

function get(target: string, version = "1.1"): string {
  return `GET ${target} HTTP/${version}\r\nHost: a\r\n\r\n`;
}

async function sayHello(client: RawClient): Promise<void> {
  client.send(get("/hello"));
  assert.equal((await client.answer()).text, "hello");
}

/** 100 MiB: much more than a front that keeps it could hide. */
const STREAMED = 1600;

test(
  "a client that doesn't read a stream keeps no worker and little memory, and gets every byte",
  {
    skip: needsProc,
  },
  async () => {
    await serving([], async ({ client, server, noted }) => {
      const [slow, other] = [await client(), await client()];
      await sayHello(other);
      const before = memoryMib(server.pid);
      slow.socket.pause();
      slow.send(get(`/stream?id=slow&blocks=${STREAMED}`));
      await noted("done slow");
      await sayHello(other);
      await hasTemporaryFiles(server.pid, 1);
      const grown = memoryMib(server.pid) - before;
      assert.ok(grown < 60, `the front has grown by ${grown.toFixed()} MiB`);
      assert.ok((await readBlocks(slow, STREAMED)).body.equals(blocks(STREAMED)));
      await hasTemporaryFiles(server.pid, 0);
      await sayHello(slow);
    });
  },
);

test(
  "a client that doesn't read an answer of one piece keeps no worker, and gets every byte",
  {
    skip: needsProc,
  },
  async () => {
    await serving([], async ({ client, server }) => {
      const [slow, other] = [await client(), await client()];
      slow.socket.pause();
      slow.send(get(`/whole?id=slow&blocks=${MANY}`));
      await hasTemporaryFiles(server.pid, 1);
      await sayHello(other);
      assert.ok((await readBlocks(slow, MANY)).body.equals(blocks(MANY)));
      await hasTemporaryFiles(server.pid, 0);
      await sayHello(slow);
    });
  },
);

test("what follows such an answer comes behind it, in order", async () => {
  await serving([], async ({ client, noted }) => {
    const slow = await client();
    slow.socket.pause();
    slow.send(get(`/stream?id=slow&blocks=${MANY}`) + get("/hello") + get("/hello"));
    await noted("done slow");
    assert.ok((await readBlocks(slow, MANY)).body.equals(blocks(MANY)));
    for (let i = 0; i < 2; i++) assert.equal((await slow.answer()).text, "hello");
  });
});

test("RFC 9112 §9.6: the last answer of a connection comes whole to a slow reader", async () => {
  await serving([], async ({ client, noted }) => {
    const slow = await client();
    slow.socket.pause();
    slow.send(get(`/stream?id=slow&blocks=${MANY}`, "1.0"));
    await noted("done slow");
    slow.socket.resume();
    assert.equal(
      Buffer.from(await slow.ended(), "latin1")
        .subarray(-MANY * 64 * 1024)
        .equals(blocks(MANY)),
      true,
    );
  });
});

test(
  "--response-temp-limit: beyond it the worker waits, and nothing is lost",
  { skip: needsProc },
  async () => {
    const args = ["--response-buffer", "64k", "--response-temp-limit", "1m"];
    await serving(args, async ({ client, server, noted, started }) => {
      const slow = await client();
      slow.socket.pause();
      slow.send(get(`/stream?id=slow&blocks=${MANY}`));
      await noted("slow sent 10");
      await hasTemporaryFiles(server.pid, 1);
      assert.equal(started().includes("done slow"), false);
      assert.ok((await readBlocks(slow, MANY)).body.equals(blocks(MANY)));
      assert.equal(started().includes("done slow"), true);
      await hasTemporaryFiles(server.pid, 0);
    });
  },
);

test("a folder that can't be written: the worker waits, the client gets everything, the log says why", async () => {
  const gone = mkdtempSync(join(tmpdir(), "wizgy-test-gone-"));
  await serving(["--body-temp-dir", gone], async ({ client, server }) => {
    rmSync(gone, { recursive: true });
    const slow = await client();
    slow.socket.pause();
    slow.send(get(`/stream?id=slow&blocks=${MANY}`));
    await server.waitForLog(/the rest of the answer can't be kept in a temporary file .*ENOENT/);
    assert.ok((await readBlocks(slow, MANY)).body.equals(blocks(MANY)));
    assert.equal(server.stderr().split("can't be kept").length, 2, "told once");
  });
});

test("a client that goes away leaves no file", { skip: needsProc }, async () => {
  await serving(["--access-logfile", "-"], async ({ client, server, noted }) => {
    const [slow, other] = [await client(), await client()];
    slow.socket.pause();
    slow.send(get(`/stream?id=slow&blocks=${MANY}`));
    await noted("done slow");
    await hasTemporaryFiles(server.pid, 1);
    slow.socket.resetAndDestroy();
    await hasTemporaryFiles(server.pid, 0);
    await sayHello(other);
  });
});

test(
  "--write-timeout: who takes nothing for so long is given up",
  { skip: needsProc },
  async () => {
    await serving(["--write-timeout", "0.5"], async ({ client, server, noted }) => {
      const slow = await client();
      slow.socket.pause();
      slow.send(get(`/stream?id=slow&blocks=${MANY}`));
      await noted("done slow");
      await hasTemporaryFiles(server.pid, 1);
      await hasTemporaryFiles(server.pid, 0);
      slow.socket.resume();
      assert.equal((await slow.answer()).complete, false);
    });
  },
);

test("who sends requests and takes no answers is not served further until it does", async () => {
  const requests = 400;
  await serving([], async ({ client, started, noted }) => {
    const [slow, other] = [await client(), await client()];
    slow.socket.pause();
    slow.send(get("/whole?id=some&blocks=2").repeat(requests));
    await noted("began some");
    await sayHello(other);
    await sayHello(other);
    const served = started().filter((note) => note === "began some").length;
    assert.ok(served < requests / 2, `${served} answers of 128 KiB are under way`);
    slow.socket.resume();
    const expected = blocks(2);
    for (let i = 0; i < requests; i++) assert.ok((await slow.answer()).body.equals(expected));
  });
});
