import assert from "node:assert/strict";
import { test } from "node:test";

import { BufferMemory, KEPT_BYTES, type WaitingTarget } from "../../src/listen/buffer-memory.ts";

const TOTAL = 4 * KEPT_BYTES;

class Target implements WaitingTarget {
  writableLength = 0;
  close: () => void = () => {};
  closeListeners = 0;

  once(_event: "close", listener: () => void): void {
    this.close = listener;
    this.closeListeners++;
  }
}

/** A clock that the test moves. */
function make(): { memory: BufferMemory; clock: { nowMs: number } } {
  const clock = { nowMs: 1_000 };
  return { memory: new BufferMemory(TOTAL, () => clock.nowMs), clock };
}

test("memory is short above the total, and no more when enough was given back", () => {
  const { memory } = make();
  memory.add(TOTAL);
  assert.equal(memory.isShort, false);
  memory.add(1);
  assert.equal(memory.isShort, true);
  memory.add(-1);
  assert.equal(memory.isShort, false);
});

test("a target has room up to its own limit, and up to a small share when memory is short", () => {
  const { memory } = make();
  const target = new Target();
  for (const [waiting, limit, held, expected] of [
    [2 * KEPT_BYTES, 2 * KEPT_BYTES, 0, true],
    [2 * KEPT_BYTES + 1, 2 * KEPT_BYTES, 0, false],
    [2 * KEPT_BYTES, 8 * KEPT_BYTES, TOTAL, false],
    [KEPT_BYTES, 8 * KEPT_BYTES, TOTAL + 1, true],
    [KEPT_BYTES, 100, 0, false],
  ] as const) {
    memory.add(held);
    target.writableLength = waiting;
    assert.equal(memory.hasRoomIn(target, limit), expected, `${waiting} of ${limit}`);
    memory.add(-held);
  }
});

test("a write that is larger than the small share needs room among all", () => {
  const { memory } = make();
  const target = new Target();
  memory.add(TOTAL + 1);
  assert.equal(memory.hasRoomIn(target, Infinity, KEPT_BYTES), true);
  assert.equal(memory.hasRoomIn(target, Infinity, KEPT_BYTES + 1), false);
  memory.add(-KEPT_BYTES - 1);
  assert.equal(memory.hasRoomIn(target, Infinity, KEPT_BYTES + 1), false, "not for all of it");
  memory.add(-1);
  assert.equal(memory.hasRoomIn(target, Infinity, KEPT_BYTES + 1), true);
});

test("what was written to a target counts until it has taken it, and for nothing when it has at once", () => {
  const { memory, clock } = make();
  const targets = [new Target(), new Target()];
  for (const target of targets) memory.wroteTo(target);
  assert.equal(targets[0]!.closeListeners, 0);
  targets[0]!.writableLength = TOTAL;
  memory.wroteTo(targets[0]!);
  assert.equal(memory.isShort, false);
  targets[1]!.writableLength = 1;
  memory.wroteTo(targets[1]!);
  assert.equal(memory.isShort, true);
  targets[1]!.writableLength = 0;
  clock.nowMs += 1_000;
  assert.equal(memory.isShort, false);
});

test("what targets hold counts as often as it is seen, and each of them once", () => {
  const { memory, clock } = make();
  const targets = [new Target(), new Target()];
  for (let round = 0; round < 3; round++) {
    for (const target of targets) {
      target.writableLength = 2 * KEPT_BYTES;
      assert.equal(memory.hasRoomIn(target, Infinity), true);
    }
  }
  targets[0]!.writableLength++;
  clock.nowMs += 1_000;
  assert.equal(memory.hasRoomIn(targets[0]!, Infinity), false);
  assert.deepEqual(
    targets.map(({ closeListeners }) => closeListeners),
    [1, 1],
  );
});

test("targets are looked at again before memory counts as short, but not all the time", () => {
  const { memory, clock } = make();
  const targets = [new Target(), new Target()];
  for (const target of targets) {
    target.writableLength = TOTAL;
    memory.hasRoomIn(target, Infinity);
  }
  assert.equal(memory.isShort, true);
  for (const target of targets) target.writableLength = 0;
  assert.equal(memory.isShort, true, "it was just looked at");
  clock.nowMs += 1_000;
  assert.equal(memory.isShort, false);
});

test("a target that is closed holds nothing", () => {
  const { memory } = make();
  const target = new Target();
  target.writableLength = TOTAL + 1;
  assert.equal(memory.hasRoomIn(target, Infinity), false);
  target.close();
  assert.equal(memory.isShort, false);
  memory.add(TOTAL);
  assert.equal(memory.isShort, false);
});
