import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { AnswerBacklog, type BacklogOwner } from "../../src/listen/answer-backlog.ts";
import { BufferMemory } from "../../src/listen/buffer-memory.ts";
import { HeldFiles } from "./held-files.ts";

const KIB = 1024;

test("every byte arrives once and in order, whatever comes when, and however small the ring is", () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ add: fc.integer({ min: 1, max: 300 * KIB }) }),
      fc.constantFrom("wrote" as const, "read" as const, "drained" as const),
    ),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 0, max: 700 * KIB }), (actions, ringBytes) => {
      const { backlog, target, files, events } = make(ringBytes);
      const sent: Buffer[] = [];
      for (const action of actions) {
        const file = files.made[0];
        if (action === "wrote") file?.finishWrite();
        else if (action === "read") file?.finishRead();
        else if (action === "drained") target.drain(backlog);
        else sent.push(add(backlog, action.add, sent.length));
      }
      backlog.end();
      while (!events.includes("sent")) {
        files.made[0]?.finishAll();
        target.drain(backlog);
      }
      assert.ok(Buffer.concat(target.got).equals(Buffer.concat(sent)));
      assert.ok((files.made[0]?.content.length ?? 0) <= ringBytes);
      assert.ok(files.made.every((file) => file.released));
    }),
    { numRuns: 60 },
  );
});

test("what is less than a write stays in memory and needs no file", () => {
  const { backlog, target, files, events } = make(1024 * KIB);
  add(backlog, 10, 0);
  add(backlog, 10, 1);
  assert.equal(backlog.hasRoom, true);
  backlog.end();
  assert.equal(target.got.length, 0);
  target.drain(backlog);
  target.drain(backlog);
  assert.equal(events.at(-1), "sent");
  assert.equal(files.made.length, 0);
});

test("a reader who has caught up gets each block at once, also after the file could not be written", () => {
  for (const fails of [false, true]) {
    const { backlog, target, files } = make(1024 * KIB);
    add(backlog, 100 * KIB, 0);
    if (fails) files.made[0]?.fail(new Error("no space"));
    files.made[0]?.finishWrite();
    target.drain(backlog);
    files.made[0]?.finishAll();
    target.drain(backlog);
    target.drain(backlog);
    assert.equal(Buffer.concat(target.got).length, 100 * KIB);
    const before = target.got.length;
    add(backlog, 10, 1);
    assert.equal(target.got.length, before + 1);
  }
});

test("there is room when the file has taken it, before the client has", () => {
  const { backlog, target, files, events } = make(1024 * KIB);
  add(backlog, 256 * KIB, 0);
  add(backlog, 256 * KIB, 1);
  assert.equal(backlog.hasRoom, false);
  files.made[0]?.finishWrite();
  assert.equal(backlog.hasRoom, true);
  assert.deepEqual(events, ["room"]);
  assert.equal(target.got.length, 0);
});

test("a full ring lets the worker wait until the client has taken something", () => {
  const { backlog, target, files, events } = make(256 * KIB);
  add(backlog, 256 * KIB, 0);
  files.made[0]?.finishWrite();
  add(backlog, 256 * KIB, 1);
  assert.equal(backlog.hasRoom, false);
  assert.equal(files.made[0]?.writesWaiting, 0);
  events.length = 0;
  target.drain(backlog);
  files.made[0]?.finishRead();
  assert.equal(files.made[0]?.writesWaiting, 1);
  files.made[0]?.finishWrite();
  assert.deepEqual(events, ["room"]);
});

test("a file that can't be written holds up the worker, and loses nothing", () => {
  const { backlog, target, files, events } = make(1024 * KIB);
  const first = add(backlog, 100 * KIB, 0);
  const second = add(backlog, 100 * KIB, 1);
  files.made[0]?.fail(new Error("no space"));
  files.made[0]?.finishWrite();
  assert.deepEqual(events, ["not kept: no space"]);
  assert.equal(backlog.hasRoom, false);
  for (let pieces = 0; pieces < 4; pieces++) target.drain(backlog);
  assert.equal(events.shift(), "not kept: no space");
  assert.ok(events.length > 0 && events.every((event) => event === "room"), events.join());
  assert.ok(Buffer.concat(target.got).equals(Buffer.concat([first, second])));
});

test("what can't be read back ends it, once", () => {
  const { backlog, target, files, events } = make(1024 * KIB);
  add(backlog, 100 * KIB, 0);
  files.made[0]?.finishWrite();
  target.drain(backlog);
  files.made[0]?.fail(new Error("input/output error"));
  files.made[0]?.finishRead();
  target.drain(backlog);
  assert.deepEqual(events, ["room", "lost: input/output error"]);
  assert.equal(files.made[0]?.released, true);
  assert.equal(target.got.length, 0);
});

/**
 * Takes one write, then wants to be drained, as a socket whose client reads nothing. What it got is
 * read when it is drained: until then the memory must not be used for anything else.
 */
class SlowTarget {
  readonly #taken: Buffer[] = [];
  #waiting: { data: Buffer; done: () => void } | null = null;
  writableNeedDrain = true;

  write(data: Buffer, done: () => void): void {
    assert.equal(this.#waiting, null);
    this.#waiting = { data, done };
    this.writableNeedDrain = true;
  }

  /** Everything that was written. */
  get got(): readonly Buffer[] {
    return this.#waiting === null ? this.#taken : [...this.#taken, this.#waiting.data];
  }

  drain(backlog: AnswerBacklog): void {
    this.writableNeedDrain = false;
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) {
      this.#taken.push(Buffer.from(waiting.data));
      waiting.done();
    }
    backlog.drained();
  }
}

test("what waits here counts as memory until it is written, taken, or not needed any more", () => {
  const memory = new BufferMemory(100 * KIB);
  const { backlog, files, target } = make(1024 * KIB, memory);
  add(backlog, 101 * KIB, 0);
  assert.equal(memory.isShort, true, "it is being written");
  files.made[0]?.finishWrite();
  assert.equal(memory.isShort, false);
  for (let i = 0; i < 3; i++) add(backlog, 63 * KIB, i);
  assert.equal(memory.isShort, true);
  backlog.release();
  memory.add(100 * KIB);
  assert.equal(memory.isShort, false);
  const small = make(1024 * KIB, memory);
  add(small.backlog, 1, 0);
  assert.equal(memory.isShort, true);
  small.target.drain(small.backlog);
  assert.equal(memory.isShort, false, "the target has it");
  assert.equal(target.got.length, 0);
});

test("where memory is short less is read from the file at a time", () => {
  const memory = new BufferMemory(1000 * KIB);
  const { backlog, files, target } = make(1024 * KIB, memory);
  add(backlog, 900 * KIB, 0);
  files.made[0]?.finishWrite();
  for (const [held, read] of [
    [0, 256],
    [1001, 64],
  ] as const) {
    memory.add(held * KIB);
    target.drain(backlog);
    files.made[0]?.finishRead();
    assert.equal(target.got.at(-1)?.length, read * KIB);
  }
});

/** Bytes that tell where they belong. */
function add(backlog: AnswerBacklog, size: number, index: number): Buffer {
  const data = Buffer.alloc(size, index + 1);
  data.writeUInt8(size & 0xff, 0);
  backlog.add(data);
  return data;
}

function make(ringBytes: number, memory = new BufferMemory(Infinity)) {
  const events: string[] = [];
  const owner: BacklogOwner = {
    backlogHasRoom: () => events.push("room"),
    backlogSent: () => events.push("sent"),
    backlogNotKept: (error) => events.push(`not kept: ${error.message}`),
    backlogLost: (error) => events.push(`lost: ${error.message}`),
  };
  const target = new SlowTarget();
  const files = new HeldFiles();
  const backlog = new AnswerBacklog(owner, target, files, ringBytes, memory);
  return { backlog, target, files, events };
}
