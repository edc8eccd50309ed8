import assert from "node:assert/strict";
import { test } from "node:test";

import { PREFACE_BYTES, matchPreface, prefaceStart } from "../../src/sockets/http2-preface.ts";

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

test("RFC 9113 §3.4: it is found whole, with frames behind it, and byte by byte", () => {
  assert.equal(PREFACE_BYTES, PREFACE.length);
  assert.equal(matchPreface(0, PREFACE), PREFACE_BYTES);
  assert.equal(matchPreface(0, Buffer.concat([PREFACE, Buffer.alloc(9)])), PREFACE_BYTES);
  for (let at = 0; at < PREFACE.length; at++) {
    assert.equal(matchPreface(at, PREFACE.subarray(at, at + 1)), at + 1);
    assert.equal(prefaceStart(at).toString(), PREFACE.toString("latin1", 0, at));
  }
});

test("RFC 9113 §3.4: what only begins like it is something else", () => {
  for (const text of [
    "GET / HTTP/1.1",
    "PRI * HTTP/1.1\r\n\r\nSM",
    "PROPFIND /",
    "pri * HTTP/2.0",
  ]) {
    assert.equal(matchPreface(0, Buffer.from(text)), -1, text);
  }
  assert.equal(matchPreface(2, Buffer.from("O")), -1);
});
