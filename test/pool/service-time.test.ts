import assert from "node:assert/strict";
import { test } from "node:test";

import { ServiceTime } from "../../src/pool/service-time.ts";

test("a worker counts as slow until it has shown otherwise", () => {
  assert.ok(new ServiceTime().quantileMs > 1);
});

test("it follows a change within a few hundred requests, in both directions", () => {
  const time = new ServiceTime();
  repeat(300, () => time.observe(0.05, 1));
  assertNear(time.quantileMs, 0.05);
  repeat(100, () => time.observe(40, 1));
  assertNear(time.quantileMs, 40);
});

test("one request in three that is slow decides, one in a hundred does not", () => {
  const often = new ServiceTime();
  const seldom = new ServiceTime();
  for (let i = 0; i < 3000; i++) {
    often.observe(i % 3 === 0 ? 50 : 0.1, 1);
    seldom.observe(i % 100 === 0 ? 50 : 0.1, 1);
  }
  assert.ok(often.quantileMs > 10, `${often.quantileMs}`);
  assert.ok(seldom.quantileMs < 0.5, `${seldom.quantileMs}`);
});

test("a batch weighs more than one request, but can't decide alone", () => {
  const one = new ServiceTime();
  const few = new ServiceTime();
  const many = new ServiceTime();
  one.observe(0.01, 1);
  few.observe(0.01, 8);
  many.observe(0.01, 64);
  assert.ok(few.quantileMs < one.quantileMs);
  assert.equal(many.quantileMs, few.quantileMs);
  assert.ok(many.quantileMs > 1);
});

test("it stays between a microsecond and a minute", () => {
  const time = new ServiceTime();
  repeat(2000, () => time.observe(0, 64));
  assert.equal(time.quantileMs, 0.001);
  repeat(2000, () => time.observe(1e9, 64));
  assert.equal(time.quantileMs, 60_000);
});

function repeat(times: number, what: () => void): void {
  for (let i = 0; i < times; i++) what();
}

function assertNear(actual: number, expected: number): void {
  assert.ok(
    actual > expected / 1.3 && actual < expected * 1.3,
    `${actual} is not near ${expected}`,
  );
}
