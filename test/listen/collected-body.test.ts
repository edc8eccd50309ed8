import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { type BodyOwner, CollectedBody } from "../../src/listen/collected-body.ts";
import { BufferMemory } from "../../src/listen/buffer-memory.ts";
import { HeldFiles } from "./held-files.ts";

const KIB = 1024;

test("a body up to the buffer stays in memory, in whatever pieces it comes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ minLength: 1, maxLength: 9000 }), { maxLength: 20 }),
      (pieces) => {
        const whole = Buffer.concat(pieces);
        const { body, events, files } = collect(-1, Math.max(1, whole.length));
        // The memory that a piece came in is used again.
        const shared = Buffer.alloc(9000);
        for (const piece of pieces) {
          shared.set(piece);
          body.add(shared.subarray(0, piece.length));
        }
        shared.fill(0xff);
        body.end();
        assert.deepEqual(events, [whole.length === 0 ? null : whole]);
        assert.equal(files.made.length, 0);
      },
    ),
  );
});

test("the memory of a body whose length is known comes from the pool, and goes back when it is told", () => {
  const memory = new BufferMemory(Infinity);
  const before = memory.pool.take(64 * KIB);
  memory.pool.give(before);
  const content = Buffer.from(Array.from({ length: 60 * KIB }, (_, i) => i & 0xff));
  const { body, events } = collect(content.length, 64 * KIB, memory);
  // Small pieces first: no memory for the whole before the client has shown that it sends.
  body.add(content.subarray(0, 10));
  body.add(content.subarray(10, 3000));
  assert.equal(memory.pool.take(64 * KIB), before, "nothing was taken yet");
  memory.pool.give(before);
  body.add(content.subarray(3000, 20_000));
  body.add(content.subarray(20_000, 20_001));
  body.add(content.subarray(20_001));
  body.end();
  assert.deepEqual(events, [content]);
  assert.equal((events[0] as Buffer).buffer, before.buffer);
  body.reuse();
  assert.equal(memory.pool.take(64 * KIB), before);
});

test("where memory is short, a large body gets none for the whole, and what has some counts with it", () => {
  const memory = new BufferMemory(100 * KIB);
  const first = collect(200 * KIB, 1024 * KIB, memory);
  first.body.add(Buffer.alloc(4 * KIB));
  assert.equal(memory.isShort, true);
  const second = collect(200 * KIB, 1024 * KIB, memory);
  second.body.add(Buffer.alloc(65 * KIB));
  assert.equal(second.files.made.length, 1);
  first.body.release();
  assert.equal(memory.isShort, false);
});

test("many small pieces are put together: memory for the bytes, not for each piece", () => {
  const { body, events } = collect(-1, 100 * KIB);
  for (let i = 0; i < 50 * KIB; i++) body.add(Buffer.from([i & 0xff]));
  body.end();
  const [whole] = events as Buffer[];
  assert.equal(whole?.length, 50 * KIB);
  assert.ok(whole.every((byte, i) => byte === (i & 0xff)));
});

test("beyond the buffer the body goes to a file, and is told when all of it is written", () => {
  const { body, events, files } = collect(-1, 10);
  body.add(Buffer.from("hello "));
  assert.equal(files.made.length, 0);
  body.add(Buffer.from("world"));
  const [file] = files.made;
  assert.ok(file);
  body.add(Buffer.from("!"));
  body.end();
  assert.deepEqual(events, []);
  file.finishAll();
  assert.deepEqual(events, ["/held 12"]);
  assert.equal(file.content.toString(), "hello world!");
  assert.equal(file.released, false, "the worker has to open it");
  body.release();
  assert.equal(file.released, true);
});

test("a body that is announced as too large needs no more memory than one write", () => {
  const { body, files } = collect(1024 * KIB, 512 * KIB);
  body.add(Buffer.alloc(64 * KIB));
  assert.equal(files.made.length, 0);
  body.add(Buffer.alloc(1));
  assert.equal(files.made.length, 1);
});

test("the client waits while the disk is slower, and goes on when it has caught up", () => {
  const { body, events, files } = collect(-1, 64 * KIB);
  for (let i = 0; i < 4; i++) body.add(Buffer.alloc(64 * KIB));
  assert.deepEqual(events, []);
  body.add(Buffer.alloc(64 * KIB));
  assert.deepEqual(events, ["pause"]);
  body.add(Buffer.alloc(64 * KIB));
  assert.deepEqual(events, ["pause"], "told once");
  files.made[0]?.finishWrite();
  assert.deepEqual(events, ["pause", "resume"]);
});

test("small pieces that follow are written in larger ones", () => {
  const { body, files } = collect(-1, 10);
  body.add(Buffer.alloc(64 * KIB));
  const [file] = files.made;
  file?.finishWrite();
  for (let i = 0; i < 1000; i++) body.add(Buffer.alloc(64));
  assert.equal(file?.writesWaiting, 0);
  for (let i = 0; i < 24; i++) body.add(Buffer.alloc(64));
  assert.equal(file?.writesWaiting, 1);
});

test("a file that can't be written is told once; nothing of the body follows", () => {
  const { body, events, files } = collect(-1, 10);
  body.add(Buffer.alloc(64 * KIB));
  const [file] = files.made;
  file?.fail(new Error("no space"));
  file?.finishWrite();
  body.add(Buffer.alloc(64 * KIB));
  body.end();
  assert.deepEqual(events, ["no space"]);
  assert.equal(file?.released, true);
});

test("a client that goes away leaves no file", () => {
  const { body, events, files } = collect(-1, 10);
  body.add(Buffer.alloc(64 * KIB));
  body.release();
  body.add(Buffer.alloc(64 * KIB));
  body.end();
  assert.equal(files.made.length, 1);
  assert.equal(files.made[0]?.released, true);
  assert.deepEqual(events, []);
});

test("where the memory of all connections is short, a body beyond a small one goes to a file", () => {
  const memory = new BufferMemory(100 * KIB);
  const first = collect(-1, 1024 * KIB, memory);
  first.body.add(Buffer.alloc(90 * KIB));
  const second = collect(-1, 1024 * KIB, memory);
  second.body.add(Buffer.alloc(64 * KIB));
  assert.equal(second.files.made.length, 0, "small ones never do");
  second.body.add(Buffer.alloc(1));
  assert.equal(second.files.made.length, 1);
  assert.equal(first.files.made.length, 0);
  second.files.made[0]?.finishAll();
  assert.equal(memory.isShort, false, "what is in the file is not in memory");
});

test("a body that was handed on counts as memory until it is released", () => {
  const memory = new BufferMemory(100 * KIB);
  const { body, events } = collect(-1, 1024 * KIB, memory);
  body.add(Buffer.alloc(90 * KIB));
  body.end();
  assert.equal(events.length, 1);
  memory.add(11 * KIB);
  assert.equal(memory.isShort, true);
  body.release();
  assert.equal(memory.isShort, false);
  memory.add(89 * KIB);
  assert.equal(memory.isShort, false);
});

function collect(announcedBytes: number, bufferBytes: number, memory = new BufferMemory(Infinity)) {
  const events: (Buffer | string | null)[] = [];
  const owner: BodyOwner = {
    bodyCollected: (whole) => events.push(whole),
    bodyFiled: ({ path }, bytes) => events.push(`${path} ${bytes}`),
    bodyNotKept: (error) => events.push(error.message),
    pauseBody: () => events.push("pause"),
    resumeBody: () => events.push("resume"),
  };
  const files = new HeldFiles();
  return {
    body: new CollectedBody(owner, files, memory, announcedBytes, bufferBytes),
    events,
    files,
  };
}
