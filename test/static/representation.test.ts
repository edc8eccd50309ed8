import assert from "node:assert/strict";
import { test } from "node:test";

import { type FileFacts, represent } from "../../src/static/representation.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const facts: FileFacts = {
  sizeBytes: 300,
  modifiedNs: 0x1700000000000000n,
  mediaType: "text/css; charset=utf-8",
  coding: "",
  hasForms: false,
  cacheControl: "no-cache",
};

test("RFC 9110 §8.8.3: size, time and coding make the tag", () => {
  const tags = [
    facts,
    { ...facts, sizeBytes: 301 },
    { ...facts, modifiedNs: facts.modifiedNs + 1n },
    { ...facts, coding: "br" },
  ].map((each) => represent(each, NOW).etag);
  assert.equal(new Set(tags).size, 4);
  assert.equal(tags[0], '"12c-1700000000000000"');
});

test("RFC 9110 §8.8.1: a file that was just changed has a weak tag", () => {
  const changed = { ...facts, modifiedNs: BigInt(NOW - 500) * 1_000_000n };
  assert.match(represent(changed, NOW).etag, /^W\/"/);
  assert.match(represent(changed, NOW + 1000).etag, /^"/);
});

test("RFC 9110 §8.8.2.1: Last-Modified is never in the future", () => {
  const changed = { ...facts, modifiedNs: BigInt(NOW + 60_000) * 1_000_000n };
  assert.match(represent(changed, NOW).wholeHead, /Last-Modified: Sat, 21 Nov 2026 12:00:00 GMT/);
});

test("RFC 9110 §12.5.5: Vary stands wherever there was a choice, also for the file as it is", () => {
  assert.doesNotMatch(represent(facts, NOW).wholeHead, /Vary/);
  for (const coding of ["", "gzip"]) {
    const { wholeHead, commonLines } = represent({ ...facts, coding, hasForms: true }, NOW);
    assert.match(wholeHead, /\r\nVary: Accept-Encoding\r\n/);
    assert.match(commonLines, /Vary: Accept-Encoding\r\n/);
    assert.equal(/\r\nContent-Encoding: gzip\r\n/.test(wholeHead), coding === "gzip");
  }
});
