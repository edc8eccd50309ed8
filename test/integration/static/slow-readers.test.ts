/** Slow readers of a large file: what they cost, and that nobody else notices. */
import assert from "node:assert/strict";
import { openSync, ftruncateSync, closeSync, readdirSync } from "node:fs";
import { after, before, test } from "node:test";

import { memoryMib, needsProc } from "../../support/large-bodies.ts";
import { RawClient } from "../../support/raw-client.ts";
import { type RunningServer } from "../../support/server.ts";
import { until } from "../../support/server-processes.ts";
import { Www } from "./www.ts";

const READERS = 300;
const FILE_BYTES = 64 * 1024 * 1024;
/** A buffer of 64 KiB and a connection for each, and the large buffers that there are. */
const MAX_GROWTH_MIB = READERS * 0.15 + 32 + 40;

const www = new Www();
let server: RunningServer;

before(async () => {
  www.write("huge.bin", "");
  const fd = openSync(www.path("huge.bin"), "r+");
  ftruncateSync(fd, FILE_BYTES); // Takes no room on the disk.
  closeSync(fd);
  server = await www.serve();
});
after(async () => {
  await server.stop();
  www.remove();
});

test(
  "readers that stand still in a large file hold small buffers and one descriptor",
  { skip: needsProc },
  async () => {
    const other = await RawClient.open(server.port);
    const ask = async (): Promise<string> => {
      other.send("GET /static/hello.txt HTTP/1.1\r\nHost: a\r\n\r\n");
      return (await other.answer()).text;
    };
    assert.equal(await ask(), "Hello, world\n");
    const memoryBefore = memoryMib(server.pid);
    const descriptorsBefore = readdirSync(`/proc/${server.pid}/fd`).length;
    const readers = await Promise.all(
      Array.from({ length: READERS }, () => RawClient.open(server.port)),
    );
    for (const { socket } of readers) socket.pause();
    for (const reader of readers) reader.send("GET /static/huge.bin HTTP/1.1\r\nHost: a\r\n\r\n");
    // All have begun when the file is open, and the system takes no more when nothing moves.
    await until(10_000, () => {
      const open = readdirSync(`/proc/${server.pid}/fd`).length - descriptorsBefore;
      return open > READERS ? null : `${open} descriptors`;
    });
    assert.equal(await ask(), "Hello, world\n");
    // A look at a file opens it for a moment.
    await until(10_000, () => {
      const open = readdirSync(`/proc/${server.pid}/fd`).length - descriptorsBefore;
      return open === READERS + 1 ? null : `${open} descriptors`;
    });
    const growth = memoryMib(server.pid) - memoryBefore;
    assert.ok(growth < MAX_GROWTH_MIB, `${growth.toFixed(0)} MiB more`);

    // One of them wakes up and gets all of it.
    const [first] = readers;
    let taken = 0;
    first?.socket.on("data", (piece: Buffer) => (taken += piece.length));
    first?.socket.resume();
    await until(20_000, () => (taken > FILE_BYTES ? null : `${taken} bytes`));
    for (const reader of readers) reader.destroy();
    await until(10_000, () => {
      const left = readdirSync(`/proc/${server.pid}/fd`).length - descriptorsBefore;
      return left <= 1 ? null : `${left} descriptors`;
    });
    assert.equal(await ask(), "Hello, world\n");
    other.destroy();
  },
);

test("a file that becomes shorter while it is sent ends its connection, and the log says why", async () => {
  www.write("shrinks.bin", Buffer.alloc(32 * 1024 * 1024, "x"));
  const client = await RawClient.open(server.port);
  client.socket.pause();
  client.send("GET /static/shrinks.bin HTTP/1.1\r\nHost: a\r\n\r\n");
  await new Promise((resolve) => client.socket.once("readable", resolve));
  const fd = openSync(www.path("shrinks.bin"), "r+");
  ftruncateSync(fd, 1000);
  closeSync(fd);
  let taken = 0;
  client.socket.on("data", (piece: Buffer) => (taken += piece.length));
  client.socket.resume();
  await until(20_000, () => (client.hasEnded ? null : `${taken} bytes`));
  assert.ok(taken < 32 * 1024 * 1024, `${taken} bytes`);
  await server.waitForLog(
    /shrinks\.bin: the file can't be sent to its end: the file became shorter/,
  );
});
