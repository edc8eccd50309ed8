import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { DateLine, imfFixdate } from "../../src/http/date.ts";
import { dateLinePlainly } from "../plain/answer.ts";

test("RFC 9110 §5.6.7: an IMF-fixdate has a fixed length and two digits everywhere", () => {
  assert.equal(imfFixdate(784111777000), "Sun, 06 Nov 1994 08:49:37 GMT");
  assert.equal(imfFixdate(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  assert.equal(imfFixdate(951782399999), "Mon, 28 Feb 2000 23:59:59 GMT");
});

test("RFC 9110 §6.6.1: the Date line changes with the second and not within it", () => {
  const date = new DateLine();
  const first = date.at(784111777000);
  assert.equal(first, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
  assert.equal(date.at(784111777999), first);
  assert.equal(date.at(784111778000), "Date: Sun, 06 Nov 1994 08:49:38 GMT\r\n");
});

test("RFC 9110 §6.6.1: the Date line follows a clock that is set back", () => {
  const date = new DateLine();
  date.at(784111778000);
  assert.equal(date.at(784111777500), "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n");
});

test("property: whatever the clock does, the Date line is what rendering it each time gives", () => {
  const steps = fc.array(fc.integer({ min: -2500, max: 2500 }), { maxLength: 30 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_102_444_800_000 }), steps, (startMs, changes) => {
      const date = new DateLine();
      let nowMs = startMs;
      for (const change of changes) {
        nowMs = Math.max(0, nowMs + change);
        assert.equal(date.at(nowMs), dateLinePlainly(nowMs));
      }
    }),
  );
});
