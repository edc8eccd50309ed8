import assert from "node:assert/strict";
import { test } from "node:test";

import { LeakyBucket } from "../../src/base/leaky-bucket.ts";

test("a burst may happen at once, and one more is too much", () => {
  const bucket = new LeakyBucket(3, 1);
  assert.deepEqual(
    [0, 0, 0, 0].map((at) => bucket.add(at)),
    [false, false, false, true],
  );
});

test("time makes room again, never for more than the burst", () => {
  const bucket = new LeakyBucket(2, 10);
  bucket.add(0);
  bucket.add(0);
  assert.equal(bucket.add(100), false);
  assert.equal(bucket.add(100), true);
  assert.deepEqual(
    [1e6, 1e6, 1e6].map((at) => bucket.add(at)),
    [false, false, true],
  );
});
