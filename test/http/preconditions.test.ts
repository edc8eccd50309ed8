import assert from "node:assert/strict";
import { test } from "node:test";

import { imfFixdate } from "../../src/http/date.ts";
import {
  type Conditions,
  type Validators,
  type Verdict,
  evaluate,
  rangeApplies,
} from "../../src/http/preconditions.ts";

const CHANGED = Date.UTC(2026, 10, 20, 12, 0, 0, 700);
const NOW = CHANGED + 86_400_000;
const current: Validators = { etag: '"v1"', lastModifiedMs: CHANGED };

const AT = imfFixdate(CHANGED);
const BEFORE = imfFixdate(CHANGED - 1000);
const AFTER = imfFixdate(CHANGED + 1000);

function verdict(conditions: Partial<Conditions>, validators: Validators = current): Verdict {
  const none = { ifMatch: null, ifUnmodifiedSince: null, ifNoneMatch: null, ifModifiedSince: null };
  return evaluate({ ...none, ...conditions }, validators, NOW);
}

test("RFC 9110 §13.1.1: If-Match wants one of its tags, compared strongly", () => {
  assert.equal(verdict({ ifMatch: '"v0", "v1"' }), "perform");
  assert.equal(verdict({ ifMatch: "*" }), "perform");
  assert.equal(verdict({ ifMatch: '"v0"' }), "precondition-failed");
  assert.equal(verdict({ ifMatch: 'W/"v1"' }), "precondition-failed");
  assert.equal(verdict({ ifMatch: '"v1"' }, { ...current, etag: 'W/"v1"' }), "precondition-failed");
});

test("RFC 9110 §13.1.2: If-None-Match fails on one of its tags, compared weakly: 304", () => {
  assert.equal(verdict({ ifNoneMatch: '"v0", W/"v1"' }), "not-modified");
  assert.equal(verdict({ ifNoneMatch: "*" }), "not-modified");
  assert.equal(verdict({ ifNoneMatch: '"v0"' }), "perform");
  assert.equal(verdict({ ifNoneMatch: "no tag" }), "perform");
});

test("RFC 9110 §13.1.3: If-Modified-Since compares whole seconds; what is no date is ignored", () => {
  assert.equal(verdict({ ifModifiedSince: AT }), "not-modified");
  assert.equal(verdict({ ifModifiedSince: AFTER }), "not-modified");
  assert.equal(verdict({ ifModifiedSince: BEFORE }), "perform");
  assert.equal(verdict({ ifModifiedSince: "yesterday" }), "perform");
});

test("RFC 9110 §13.1.4: If-Unmodified-Since refuses what was changed since; what is no date is ignored", () => {
  assert.equal(verdict({ ifUnmodifiedSince: AT }), "perform");
  assert.equal(verdict({ ifUnmodifiedSince: AFTER }), "perform");
  assert.equal(verdict({ ifUnmodifiedSince: BEFORE }), "precondition-failed");
  assert.equal(verdict({ ifUnmodifiedSince: "yesterday" }), "perform");
});

test("RFC 9110 §13.2.2: tags count before dates, and what protects counts before what saves", () => {
  // If-Match is there: the date beside it is not looked at.
  assert.equal(verdict({ ifMatch: '"v1"', ifUnmodifiedSince: BEFORE }), "perform");
  // If-None-Match is there: the date beside it is not looked at.
  assert.equal(verdict({ ifNoneMatch: '"v0"', ifModifiedSince: AT }), "perform");
  assert.equal(verdict({ ifNoneMatch: '"v1"', ifModifiedSince: BEFORE }), "not-modified");
  assert.equal(verdict({ ifMatch: '"v0"', ifNoneMatch: '"v1"' }), "precondition-failed");
  assert.equal(verdict({ ifMatch: '"v1"', ifNoneMatch: '"v1"' }), "not-modified");
  assert.equal(verdict({ ifUnmodifiedSince: AT, ifModifiedSince: AT }), "not-modified");
});

test("RFC 9110 §13.1.5: If-Range lets a range pass for the very same tag or date only", () => {
  const applies = (ifRange: string | null, validators: Validators = current): boolean =>
    rangeApplies(ifRange, validators, NOW);
  assert.equal(applies(null), true);
  assert.equal(applies('"v1"'), true);
  assert.equal(applies('"v0"'), false);
  assert.equal(applies('W/"v1"'), false);
  assert.equal(applies('W/"v1"', { ...current, etag: 'W/"v1"' }), false);
  assert.equal(applies('"v0", "v1"'), false);
  assert.equal(applies(AT), true);
  assert.equal(applies(AFTER), false);
  assert.equal(applies(BEFORE), false);
  assert.equal(applies("v1"), false);
});

test("RFC 9110 §8.8.2.2: a date is no strong validator while the file is young", () => {
  assert.equal(rangeApplies(AT, current, CHANGED + 59_000), false);
  assert.equal(rangeApplies(AT, current, CHANGED + 61_000), true);
});
