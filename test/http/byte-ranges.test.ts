import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { MAX_RANGES, readRanges } from "../../src/http/byte-ranges.ts";

/** As `0-3 7-9`, or the word. */
function read(value: string, sizeBytes: number): string {
  const ranges = readRanges(value, sizeBytes);
  if (typeof ranges === "string") return ranges;
  return ranges.map(({ first, last }) => `${first}-${last}`).join(" ");
}

test("RFC 9110 §14.1.2: first and last byte, to the end, the last bytes", () => {
  const table: readonly [string, string][] = [
    ["bytes=0-499", "0-499"],
    ["bytes=500-999", "500-999"],
    ["bytes=-500", "9500-9999"],
    ["bytes=9500-", "9500-9999"],
    ["bytes=0-0,-1", "0-0 9999-9999"],
    ["bytes= 0-999, 4500-5499, -1000", "0-999 4500-5499 9000-9999"],
    ["bytes=500-600,601-999", "500-600 601-999"],
    ["bytes=0-99999", "0-9999"],
    ["bytes=-99999", "0-9999"],
    ["bytes=0-99999999999999999999999999", "0-9999"],
    ["BYTES=1-2", "1-2"],
    ["bytes=,1-2,,", "1-2"],
  ];
  for (const [value, expected] of table) assert.equal(read(value, 10_000), expected, value);
});

test("RFC 9110 §14.1.1: a range that is none makes the whole field void", () => {
  for (const value of [
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=1",
    "bytes=2-1",
    "bytes=1-2;3-4",
    "bytes=0x1-2",
    "bytes=1-2,x",
    "bytes=--1",
    "bytes=+1-2",
  ]) {
    assert.equal(read(value, 100), "whole", value);
  }
});

test("RFC 9110 §14.1: a unit that isn't known is ignored", () => {
  for (const value of ["items=0-1", "=0-1", "bytes =0-1"]) {
    assert.equal(read(value, 100), "whole", value);
  }
});

test("RFC 9110 §15.5.17: nothing of what is asked for is there", () => {
  for (const value of ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=100-,-0"]) {
    assert.equal(read(value, 100), "unsatisfiable", value);
  }
  assert.equal(read("bytes=0-", 0), "unsatisfiable");
  // Some of it is there.
  assert.equal(read("bytes=100-,5-6", 100), "5-6");
});

test("RFC 9110 §14.1.2: the last bytes of nothing are the whole of it", () => {
  assert.equal(read("bytes=-5", 0), "whole");
});

test("RFC 9110 §14.2: many ranges, and more bytes than there are, get the whole", () => {
  const some = (count: number): string =>
    `bytes=${Array.from({ length: count }, (_, i) => `${i * 2}-${i * 2}`).join()}`;
  assert.equal(read(some(MAX_RANGES), 1000).split(" ").length, MAX_RANGES);
  assert.equal(read(some(MAX_RANGES + 1), 1000), "whole");
  assert.equal(read(`bytes=${"0-,".repeat(20_000)}0-`, 1000), "whole");
  assert.equal(read("bytes=0-,0-,0-", 1000), "whole");
  assert.equal(read("bytes=0-600,300-999", 1000), "whole");
});

test("RFC 9110 §14.2: whatever is sent, ranges lie inside the file and are no more than it", () => {
  const spec = fc.oneof(
    fc.tuple(fc.nat(300), fc.nat(300)).map(([a, b]) => `${a}-${b}`),
    fc.nat(300).map((a) => `${a}-`),
    fc.nat(300).map((a) => `-${a}`),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(spec, { maxLength: 6 }), fc.nat(200), (specs, size) => {
      const ranges = readRanges(`bytes=${specs.join()}`, size);
      if (typeof ranges === "string") return;
      let total = 0;
      for (const { first, last } of ranges) {
        assert.ok(Number.isInteger(first) && first >= 0 && first <= last && last < size);
        total += last - first + 1;
      }
      assert.ok(total > 0 && total <= size);
    }),
  );
});
