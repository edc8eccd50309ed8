import assert from "node:assert/strict";
import { test } from "node:test";

import { isWithoutContent, responseFraming } from "../../src/http1/response-framing.ts";

test("RFC 9110 §6.4.1: 1xx, 204, 304 and answers to HEAD have no content", () => {
  for (const status of [100, 101, 103, 199, 204, 304]) {
    assert.ok(isWithoutContent(status));
    assert.equal(responseFraming("GET", status, 11, 5), "none");
    assert.equal(responseFraming("GET", status, 10, -1), "none");
  }
  for (const status of [200, 205, 206, 301, 404, 500]) {
    assert.ok(!isWithoutContent(status));
    assert.equal(responseFraming("HEAD", status, 11, 5), "none");
    assert.equal(responseFraming("HEAD", status, 11, -1), "none");
  }
});

test("RFC 9112 §6.3: a known length is Content-Length on either version", () => {
  assert.equal(responseFraming("GET", 200, 11, 0), "length");
  assert.equal(responseFraming("POST", 404, 10, 12), "length");
});

test("RFC 9112 §6.1: an unknown length is chunked, except for an HTTP/1.0 client", () => {
  assert.equal(responseFraming("GET", 200, 11, -1), "chunked");
  assert.equal(responseFraming("GET", 200, 10, -1), "close");
});

test("RFC 9110 §9.1: only HEAD in capitals is HEAD", () => {
  assert.equal(responseFraming("head", 200, 11, -1), "chunked");
});
