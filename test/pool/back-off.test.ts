import assert from "node:assert/strict";
import { test } from "node:test";

import { BackOff } from "../../src/pool/back-off.ts";

const HEALTHY_MS = 5_000;

test("the first worker that dies young is replaced at once, the next ones after longer and longer", () => {
  const backOff = new BackOff();
  const delays = Array.from({ length: 12 }, () => backOff.delayAfter(10));
  assert.deepEqual(
    delays,
    [0, 100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000],
  );
});

test("the wait has an upper bound, however often workers die", () => {
  const backOff = new BackOff();
  for (let i = 0; i < 5000; i++) backOff.delayAfter(0);
  assert.equal(backOff.delayAfter(0), 30_000);
});

test("a worker that lived for a while is replaced at once, and the counting starts anew", () => {
  const backOff = new BackOff();
  for (let i = 0; i < 5; i++) backOff.delayAfter(HEALTHY_MS - 1);
  assert.equal(backOff.delayAfter(HEALTHY_MS), 0);
  assert.deepEqual([backOff.delayAfter(0), backOff.delayAfter(0)], [0, 100]);
});

test("a worker that became ready and answered ends the counting", () => {
  const backOff = new BackOff();
  for (let i = 0; i < 5; i++) backOff.delayAfter(0);
  backOff.reset();
  assert.deepEqual([backOff.delayAfter(0), backOff.delayAfter(0)], [0, 100]);
});
