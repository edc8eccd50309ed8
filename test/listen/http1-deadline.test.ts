import assert from "node:assert/strict";
import { test } from "node:test";

import { Http1Deadline } from "../../src/listen/http1-deadline.ts";

const TIMEOUTS = { headerMs: 100, bodyMs: 50, bodyByteMs: 2, writeMs: 70, keepAliveMs: 500 };
const START_MS = 1_000;

function make(): Http1Deadline {
  return new Http1Deadline(TIMEOUTS, START_MS);
}

/** The millisecond in which it passes, counted from `START_MS`; -1: never. */
function passesAt(deadline: Http1Deadline): number {
  for (let ms = 0; ms < 5_000; ms++) if (deadline.hasPassed(START_MS + ms)) return ms;
  return -1;
}

test("a connection on which nothing comes waits as long as for a head, and is idle meanwhile", () => {
  const deadline = make();
  assert.equal(passesAt(deadline), 100);
  assert.equal(deadline.idleSinceMs, START_MS);
});

test("a head has its time from its first byte; later ones give it no more", () => {
  const deadline = make();
  deadline.awaitHead(TIMEOUTS, START_MS + 30);
  deadline.awaitHead(TIMEOUTS, START_MS + 90);
  deadline.awaitHead(TIMEOUTS, START_MS + 500);
  assert.equal(passesAt(deadline), 130);
  assert.equal(deadline.idleSinceMs, Infinity);
});

test("while a request is answered no time runs for the client", () => {
  const deadline = make();
  deadline.requestBegan();
  assert.equal(passesAt(deadline), -1);
  assert.equal(deadline.idleSinceMs, Infinity);
});

test("RFC 9110 §15.5.9: each piece of a body has its time, and what has come decides about the whole", () => {
  const deadline = make();
  deadline.requestBegan();
  deadline.awaitBody(TIMEOUTS, START_MS);
  assert.equal(passesAt(deadline), 50);
  // Ten bytes give 20 ms more for all of it: 70 in all.
  deadline.bodyCame(10, TIMEOUTS);
  deadline.awaitBody(TIMEOUTS, START_MS + 10);
  assert.equal(passesAt(deadline), 60, "the next piece");
  deadline.awaitBody(TIMEOUTS, START_MS + 40);
  assert.equal(passesAt(deadline), 70, "the whole");
  deadline.bodyCame(1_000, TIMEOUTS);
  deadline.awaitBody(TIMEOUTS, START_MS + 60);
  assert.equal(passesAt(deadline), 110, "the next piece again");
  deadline.awaitNothing();
  assert.equal(passesAt(deadline), -1);
});

test("what came with the head counts for the body", () => {
  const deadline = make();
  deadline.requestBegan();
  deadline.bodyCame(5, TIMEOUTS);
  deadline.awaitBody(TIMEOUTS, START_MS);
  deadline.awaitBody(TIMEOUTS, START_MS + 45);
  assert.equal(passesAt(deadline), 60);
});

test("a body gets back the time in which the client was not read from", () => {
  const deadline = make();
  deadline.requestBegan();
  deadline.awaitBody(TIMEOUTS, START_MS);
  deadline.readingResumed(TIMEOUTS, START_MS + 400);
  assert.equal(passesAt(deadline), 450);
  deadline.awaitBody(TIMEOUTS, START_MS + 410);
  assert.equal(passesAt(deadline), 450);
  const other = make();
  other.awaitHead(TIMEOUTS, START_MS);
  other.readingResumed(TIMEOUTS, START_MS + 90);
  assert.equal(passesAt(other), 100, "a head doesn't");
});

test("a kept connection waits for its next request, and for its client's end when it is done", () => {
  const deadline = make();
  deadline.awaitNextRequest(TIMEOUTS, START_MS + 10);
  assert.equal(passesAt(deadline), 510);
  assert.equal(deadline.idleSinceMs, START_MS + 10);
  deadline.awaitEnd(START_MS + 20);
  assert.equal(passesAt(deadline), 2_020);
  assert.equal(deadline.idleSinceMs, Infinity);
});

test("a reader that takes nothing for the write timeout stalls; one that takes little doesn't", () => {
  const deadline = make();
  for (const [atMs, taken, stalls] of [
    [0, 10, false],
    [69, 10, false],
    [70, 11, false],
    [139, 11, false],
    [140, 11, true],
    [150, -1, false],
    [300, 11, false],
    [369, 11, false],
    [370, 11, true],
  ] as const) {
    assert.equal(deadline.readerStalls(taken, TIMEOUTS, START_MS + atMs), stalls, `${atMs} ms`);
  }
});

test("RFC 9112 §9.6: the client's end is waited for from when it has the last answer", () => {
  const deadline = make();
  deadline.awaitEnd(START_MS);
  for (let ms = 0; ms <= 1_900; ms += 50) {
    assert.equal(deadline.readerStalls(ms, TIMEOUTS, START_MS + ms), false);
  }
  deadline.readerStalls(-1, TIMEOUTS, START_MS + 1_950);
  assert.equal(passesAt(deadline), 3_900);
});
