import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { imfFixdate } from "../../src/http/date.ts";
import { parseHttpDate } from "../../src/http/parse-date.ts";

const NOW = Date.UTC(2026, 10, 21);
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

test("RFC 9110 §5.6.7: the three forms of one date are read alike", () => {
  for (const text of [
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Sunday, 06-Nov-94 08:49:37 GMT",
    "Sun Nov  6 08:49:37 1994",
  ]) {
    assert.equal(parseHttpDate(text, NOW), EXAMPLE, text);
  }
});

test("RFC 9110 §5.6.7: a year of two digits is at most 50 years ahead", () => {
  const year = (text: string): number =>
    new Date(parseHttpDate(`Sunday, 06-Nov-${text} 08:49:37 GMT`, NOW) ?? 0).getUTCFullYear();
  assert.deepEqual(["26", "76", "77", "99", "00"].map(year), [2026, 2076, 1977, 1999, 2000]);
});

test("RFC 9110 §5.6.7: what has none of the forms, or names no day, is no date", () => {
  for (const text of [
    "",
    "0",
    "1994-11-06T08:49:37Z",
    "Sun, 6 Nov 1994 08:49:37 GMT",
    "sun, 06 nov 1994 08:49:37 gmt",
    "Sun, 06 Nov 1994 08:49:37 UTC",
    "Sun, 06 Nov 1994 24:00:00 GMT",
    "Sun, 06 Nov 1994 08:60:00 GMT",
    "Wed, 31 Feb 2024 00:00:00 GMT",
    "Sun, 00 Nov 1994 08:49:37 GMT",
    " Sun, 06 Nov 1994 08:49:37 GMT",
    "Sun, 06 Nov 0099 08:49:37 GMT",
    `Sun, 06 Nov 1994 08:49:37 GMT${" ".repeat(100_000)}`,
  ]) {
    assert.equal(parseHttpDate(text, NOW), null, text.slice(0, 60));
  }
});

test("RFC 9110 §5.6.7: what is rendered is read back, for every second", () => {
  fc.assert(
    fc.property(fc.integer({ min: -2_000_000_000, max: 200_000_000_000 }), (seconds) => {
      assert.equal(parseHttpDate(imfFixdate(seconds * 1000), NOW), seconds * 1000);
    }),
  );
});
