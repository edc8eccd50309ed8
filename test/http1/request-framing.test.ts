import assert from "node:assert/strict";
import { test } from "node:test";

import { parseContentLength, requestFraming } from "../../src/http1/request-framing.ts";

function outcome(
  version: 10 | 11,
  transferEncoding: string | null,
  contentLength: string | null,
): string {
  const framing = requestFraming(version, transferEncoding, contentLength, 1000);
  return framing.kind === "fault" ? framing.code : `${framing.framing} ${framing.contentLength}`;
}

test("RFC 9112 §6.3: no field, no body", () => {
  assert.equal(outcome(11, null, null), "none 0");
  assert.equal(outcome(10, null, null), "none 0");
});

test("RFC 9112 §6.3: Content-Length on either version", () => {
  assert.equal(outcome(11, null, "0"), "content-length 0");
  assert.equal(outcome(10, null, "12"), "content-length 12");
  assert.equal(outcome(11, null, "x"), "bad-content-length");
  assert.equal(outcome(11, null, "1001"), "body-too-large");
});

test("RFC 9112 §6.1: Transfer-Encoding is chunked, on HTTP/1.1, without Content-Length", () => {
  assert.equal(outcome(11, "chunked", null), "chunked -1");
  assert.equal(outcome(11, "ChUnKeD", null), "chunked -1");
  assert.equal(outcome(10, "chunked", null), "transfer-encoding-on-http10");
  assert.equal(outcome(11, "chunked", "0"), "transfer-encoding-with-content-length");
});

test("RFC 9112 §6.1: unknown codings get 501, malformed lists and a misplaced chunked 400", () => {
  assert.equal(outcome(11, "gzip", null), "transfer-coding-not-supported");
  assert.equal(outcome(11, "gzip\t, chunked", null), "transfer-coding-not-supported");
  for (const value of ["", ",", "chunked,", "chunked, gzip", "chunked, chunked", "a b", "a;q=1"]) {
    assert.equal(outcome(11, value, null), "bad-transfer-encoding", value);
  }
});

test("RFC 9110 §8.6: a length is one to fifteen digits and always an exact number", () => {
  assert.equal(parseContentLength("0"), 0);
  assert.equal(parseContentLength("000000000000005"), 5);
  assert.equal(parseContentLength("999999999999999"), 999999999999999);
  for (const value of [
    "",
    "1000000000000000",
    "+1",
    "-1",
    " 1",
    "1 ",
    "1,1",
    "0x1",
    "1e3",
    "\u0661",
  ]) {
    assert.equal(parseContentLength(value), -1, value);
  }
});
