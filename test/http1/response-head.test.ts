import assert from "node:assert/strict";
import { test } from "node:test";

import {
  CHUNK_END,
  CONTINUE_100,
  LAST_CHUNK,
  SERVER_LINE,
  encodeChunkHead,
} from "../../src/http1/response-head.ts";

test("RFC 9110 §10.2.4: Server names the product without a version", () => {
  assert.equal(SERVER_LINE, "Server: wizgy\r\n");
});

test("RFC 9112 §7.1: chunk sizes are hexadecimal; the last chunk is zero", () => {
  assert.equal(encodeChunkHead(1), "1\r\n");
  assert.equal(encodeChunkHead(255) + "x".repeat(255) + CHUNK_END, `ff\r\n${"x".repeat(255)}\r\n`);
  assert.equal(LAST_CHUNK, "0\r\n\r\n");
});

test("RFC 9110 §15.2.1: 100 (Continue) is a head without fields", () => {
  assert.equal(CONTINUE_100, "HTTP/1.1 100 Continue\r\n\r\n");
});
