import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { BufferPool } from "../../src/base/buffer-pool.ts";

const KIB = 1024;

test("a buffer is at least as large as it was asked for, and the next size up at most", () => {
  const pool = new BufferPool(0);
  for (const bytes of [1, 4 * KIB, 4 * KIB + 1, 64 * KIB, 100_000, 1024 * KIB, 1024 * KIB + 1]) {
    const { length } = pool.take(bytes);
    assert.ok(length >= bytes, `${length} for ${bytes}`);
    assert.ok(length < Math.max(2 * bytes, 4 * KIB + 1), `${length} for ${bytes}`);
  }
});

test("what was given back is taken again, by any size that it serves", () => {
  const pool = new BufferPool(64 * KIB);
  const buffer = pool.take(5 * KIB);
  assert.notEqual(pool.take(8 * KIB), buffer);
  pool.give(buffer);
  assert.notEqual(pool.take(9 * KIB), buffer);
  assert.equal(pool.take(8 * KIB), buffer);
  assert.notEqual(pool.take(8 * KIB), buffer, "it is out");
});

test("no more lies unused than is allowed, and nothing that is too large", () => {
  const pool = new BufferPool(16 * KIB);
  const buffers = [1, 2, 3].map(() => pool.take(8 * KIB));
  for (const buffer of buffers) pool.give(buffer);
  const again = [1, 2, 3].map(() => pool.take(8 * KIB));
  assert.equal(again.filter((buffer) => buffers.includes(buffer)).length, 2);
  const generous = new BufferPool(64 * 1024 * KIB);
  const huge = generous.take(2 * 1024 * KIB);
  generous.give(huge);
  assert.notEqual(generous.take(2 * 1024 * KIB), huge);
});

test("property: whatever is taken and given back, each has memory of its own, as if it were made anew", () => {
  const step = fc.record({
    bytes: fc.integer({ min: 1, max: 3000 * KIB }),
    gives: fc.boolean(),
    which: fc.nat(20),
  });
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 25 }),
      fc.constantFrom(0, 64 * KIB, 4096 * KIB),
      (steps, maxFree) => {
        const pool = new BufferPool(maxFree);
        const out: { buffer: Buffer; mark: number }[] = [];
        for (const [mark, { bytes, gives, which }] of steps.entries()) {
          if (gives && out.length > 0) {
            pool.give(out.splice(which % out.length, 1)[0]!.buffer);
            continue;
          }
          const buffer = pool.take(bytes);
          assert.ok(buffer.length >= bytes);
          buffer[0] = buffer[bytes - 1] = mark;
          out.push({ buffer, mark });
          assert.equal(new Set(out.map((taken) => taken.buffer.buffer)).size, out.length);
          for (const taken of out) assert.equal(taken.buffer[0], taken.mark);
        }
      },
    ),
    { seed: 9, numRuns: 60 },
  );
});
