/** Clients that are slow, silent or suddenly gone: what they cost, and when the server gives up. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { isAlive, lifeRequest, withLifeServer } from "../support/life-server.ts";

/** Deadlines of a second are looked at twice a second; the machine may be busy. */
const SECOND_MS = 1_000;
const SOON_MS = 6_000;

const MIB = 1024 * 1024;
const STREAM_BYTES = 20 * MIB;

/** Resident memory of a process in bytes. */
function residentBytes(pid: number): number {
  const match = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1]) * 1024;
}

/** 20 MiB that end with the connection: their number tells whether they are all there. */
function streamRequest(id: string): string {
  return `GET /stream?id=${id} HTTP/1.0\r\n\r\n`;
}

/** Runs the wait and sees that it took about the second that a timeout was set to. */
async function takesASecond<T>(wait: Promise<T>): Promise<T> {
  const began = performance.now();
  const result = await wait;
  const tookMs = performance.now() - began;
  // Timers may fire a few milliseconds early by the other process's clock.
  assert.ok(tookMs > SECOND_MS - 50 && tookMs < SOON_MS, `${tookMs} ms`);
  return result;
}

test("RFC 9110 §15.5.9: a head that is not there after --header-timeout is answered with 408", async () => {
  await withLifeServer(["--header-timeout", "1"], async (life) => {
    const client = await life.client();
    client.send("GET /work?id=a HTTP/1.1\r\nHost: a\r\n");
    const answer = await takesASecond(client.answer());
    assert.equal(answer.status, 408);
    assert.equal(await client.ended(), "");
    assert.deepEqual(life.started(), []);
  });
});

test("a head that keeps dripping gets no more time than one that stands still", async () => {
  await withLifeServer(["--header-timeout", "1"], async (life) => {
    // Deadlines are looked at in steps that the first connection begins: the second one is between them.
    const clients = [await life.client(), await life.client()];
    for (const client of clients) client.send("GET /work?id=a HTTP/1.1\r\n");
    const drip = setInterval(() => {
      for (const client of clients) client.send("A: b\r\n");
    }, 50);
    try {
      const answers = Promise.all(clients.map((client) => client.answer()));
      for (const { status } of await takesASecond(answers)) assert.equal(status, 408);
    } finally {
      clearInterval(drip);
    }
  });
});

test("a connection on which nothing comes is closed without a word", async () => {
  await withLifeServer(["--header-timeout", "1"], async (life) => {
    const client = await life.client();
    assert.equal(await takesASecond(client.ended()), "");
  });
});

test("a kept connection is closed without a word after --keep-alive", async () => {
  await withLifeServer(["--keep-alive", "1"], async (life) => {
    const client = await life.client();
    for (const id of ["a", "b"]) {
      client.send(lifeRequest(`/work?id=${id}`));
      assert.equal((await client.answer()).status, 200);
    }
    assert.equal(await takesASecond(client.ended()), "");
  });
});

test("RFC 9110 §15.5.9: a body that stands still for --body-timeout is answered with 408", async () => {
  await withLifeServer(["--body-timeout", "1"], async (life) => {
    const client = await life.client();
    client.send("POST /work?id=a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfour");
    assert.equal((await takesASecond(client.answer())).status, 408);
    assert.equal(await client.ended(), "");
    assert.deepEqual(life.started(), []);
  });
});

test("a streamed body that stands still for --body-timeout raises in the application", async () => {
  await withLifeServer(["--body-timeout", "1", "--no-request-buffering"], async (life) => {
    const client = await life.client();
    client.send("POST /read?id=a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfour");
    assert.equal((await takesASecond(client.answer())).status, 408);
    await life.noted("raised a ClientDisconnected");
    client.socket.destroy();
    const other = await life.client();
    other.send(lifeRequest("/work?id=next"));
    assert.match((await other.answer()).text, /^next /);
  });
});

test("a client that vanishes while its body is streamed raises in the application", async () => {
  await withLifeServer(["--no-request-buffering"], async (life) => {
    const client = await life.client();
    client.send("POST /read?id=a HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nfour");
    await life.noted("a");
    client.socket.resetAndDestroy();
    await life.noted("raised a ClientDisconnected");
  });
});

test("a slow body keeps no worker: others are served while it comes", async () => {
  await withLifeServer([], async (life) => {
    const slow = await life.client();
    slow.send("POST /work?id=slow HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nfo");
    const other = await life.client();
    other.send(lifeRequest("/work?id=other"));
    assert.match((await other.answer()).text, /^other /);
    slow.send("ur");
    assert.match((await slow.answer()).text, /^slow four /);
  });
});

test(
  "slow readers of large answers keep neither the worker nor the front's memory",
  { skip: process.platform !== "linux" && "reads /proc" },
  async () => {
    await withLifeServer([], async (life) => {
      const readers = await Promise.all(Array.from({ length: 6 }, life.client));
      const other = await life.client();
      other.send(lifeRequest("/work?id=before"));
      await other.answer();
      const before = residentBytes(life.server.pid);
      for (const [index, reader] of readers.entries()) {
        reader.socket.pause();
        reader.send(streamRequest(String(index)));
      }
      // One worker: this one is answered behind all of them.
      other.send(lifeRequest("/work?id=after"));
      assert.match((await other.answer()).text, /^after /);
      const grown = residentBytes(life.server.pid) - before;
      assert.ok(grown < 48 * MIB, `${(grown / MIB).toFixed(1)} MiB for 120 MiB`);
      for (const reader of readers) {
        reader.socket.resume();
        await reader.ended();
        assert.equal((await reader.answer()).body.length, STREAM_BYTES);
      }
    });
  },
);

test("a reader that takes nothing for --write-timeout is cut, and close() of the body is called", async () => {
  await withLifeServer(["--write-timeout", "1", "--response-temp-limit", "1m"], async (life) => {
    const reader = await life.client();
    reader.socket.pause();
    reader.send(lifeRequest("/endless?id=a"));
    await life.noted("closed a");
    reader.socket.resume();
    const { complete } = await reader.answer();
    assert.ok(!complete);
    const other = await life.client();
    other.send(lifeRequest("/work?id=next"));
    assert.match((await other.answer()).text, /^next /);
  });
});

test("a reader that is slow but reads is not cut by --write-timeout", async () => {
  await withLifeServer(["--write-timeout", "1", "--response-temp-limit", "64k"], async (life) => {
    const reader = await life.client();
    // A quarter of a second of silence after each few megabytes: more than two seconds in all.
    let pauseAt = 0;
    reader.socket.on("data", () => {
      if (reader.receivedBytes < pauseAt) return;
      pauseAt = reader.receivedBytes + 2 * MIB;
      reader.socket.pause();
      setTimeout(() => reader.socket.resume(), 250);
    });
    reader.send(streamRequest("a"));
    await reader.ended();
    assert.equal((await reader.answer()).body.length, STREAM_BYTES);
  });
});

for (const how of ["closes", "resets"] as const) {
  test(`a client that ${how} its connection in an endless answer ends it: close() is called`, async () => {
    await withLifeServer(["--threads", "2"], async (life) => {
      const client = await life.client();
      client.send(lifeRequest("/endless?id=a"));
      await client.partialAnswer("xxx");
      if (how === "closes") client.socket.destroy();
      else client.socket.resetAndDestroy();
      await life.noted("closed a");
      const other = await life.client();
      other.send(lifeRequest("/work?id=next"));
      assert.match((await other.answer()).text, /^next /);
      assert.ok(isAlive(life.server.pid));
    });
  });
}

test("many clients that vanish in the middle of everything leave a server that serves", async () => {
  await withLifeServer(["--workers", "2"], async (life) => {
    const beginnings = [
      "GET /work?id=gone",
      "POST /work?id=gone HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbody",
      lifeRequest("/stream?id=gone"),
      lifeRequest("/endless?id=gone"),
      lifeRequest("/stream-slowly?ms=50&id=gone") + lifeRequest("/work?id=gone"),
    ];
    for (let round = 0; round < 10; round++) {
      const clients = await Promise.all(Array.from({ length: 20 }, life.client));
      for (const [index, client] of clients.entries()) {
        client.send(beginnings[index % beginnings.length]!);
        if (index % 3 === 0) client.socket.destroy();
        else client.socket.resetAndDestroy();
      }
    }
    const other = await life.client();
    other.send(lifeRequest("/work?id=next"));
    assert.match((await other.answer()).text, /^next /);
  });
});
