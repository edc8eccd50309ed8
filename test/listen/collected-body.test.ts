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

test("property: bodies that share memory never mix, however pieces, writes and ends follow each other", () => {
  const size = fc.oneof(
    fc.integer({ min: 1, max: 200 }),
    fc.integer({ min: 4 * KIB - 1, max: 20 * KIB }),
    fc.integer({ min: 60 * KIB, max: 70 * KIB }),
  );
  const step = fc.record({
    which: fc.integer({ min: 0, max: 2 }),
    size,
    what: fc.constantFrom("add", "add", "add", "write", "end"),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.constantFrom(0, 30 * KIB, 150 * KIB),
      fc.constantFrom(-1, 1),
      (steps, bufferBytes, sign) => {
        const memory = new BufferMemory(Infinity);
        const shared = Buffer.alloc(70 * KIB);
        const open = (announced: number) => ({
          ...collect(announced, bufferBytes, memory),
          sent: [0],
        });
        // Known lengths beyond the buffer, or no known ones.
        const start = (): ReturnType<typeof open> => open(sign * 1024 * KIB);
        const bodies = [start(), start(), start()];
        let value = 0;
        const finish = (at: number): void => {
          const { body, events, files, sent } = bodies[at]!;
          body.end();
          files.made[0]?.finishAll();
          const whole = Buffer.concat(sent.slice(1).map((entry) => bytesOf(entry)));
          const [end] = events.filter((event) => event !== "pause" && event !== "resume");
          if (files.made.length === 0) assert.deepEqual(end, whole.length === 0 ? null : whole);
          else assert.equal(Buffer.compare(files.made[0]!.content, whole), 0);
          body.reuse();
          bodies[at] = start();
        };
        for (const { which, size: bytes, what } of steps) {
          const { body, files, sent } = bodies[which]!;
          if (what === "write") files.made[0]?.finishWrite();
          else if (what === "end") finish(which);
          else {
            const entry = bytes * 256 + (++value & 0xff);
            sent.push(entry);
            bytesOf(entry).copy(shared);
            body.add(shared.subarray(0, bytes));
            shared.fill(0xee);
          }
        }
        for (const at of [0, 1, 2]) finish(at);
      },
    ),
    { seed: 3, numRuns: 150 },
  );
});

/** A number that stands for so many bytes of one value. */
function bytesOf(entry: number): Buffer {
  return Buffer.alloc(Math.floor(entry / 256), entry & 0xff);
}

test("memory from the pool that a file was written from goes back", () => {
  const memory = new BufferMemory(Infinity);
  const before = memory.pool.take(64 * KIB);
  memory.pool.give(before);
  const { body, files } = collect(1024 * KIB, 64 * KIB, memory);
  body.add(Buffer.alloc(64 * KIB, 1));
  body.add(Buffer.alloc(10, 2));
  const other = memory.pool.take(64 * KIB);
  assert.notEqual(other.buffer, before.buffer, "it is being written");
  files.made[0]?.finishWrite();
  assert.equal(memory.pool.take(64 * KIB), before);
  body.release();
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
