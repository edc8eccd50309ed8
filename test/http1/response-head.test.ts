import assert from "node:assert/strict";
import { test } from "node:test";

import type { ResponseHead } from "../../src/http1/response-head.ts";
import {
  CHUNK_END,
  CONTINUE_100,
  LAST_CHUNK,
  encodeChunkHead,
  encodeResponseHead,
} from "../../src/http1/response-head.ts";

const PLAIN: ResponseHead = {
  statusLine: "200 OK",
  fieldLines: "Content-Type: text/plain\r\n",
  hasDate: false,
  hasServer: false,
  version: 11,
  keepAlive: true,
  framing: "length",
  contentLength: 5,
  dateLine: "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n",
};

function linesOf(change: Partial<ResponseHead>): string[] {
  const text = encodeResponseHead({ ...PLAIN, ...change });
  assert.ok(text.endsWith("\r\n\r\n"));
  assert.equal(text.indexOf("\r\n\r\n"), text.length - 4, "one empty line, at the end");
  return text.slice(0, -4).split("\r\n");
}

test("RFC 9112 §4: status line, fields, empty line", () => {
  assert.deepEqual(linesOf({}), [
    "HTTP/1.1 200 OK",
    "Content-Type: text/plain",
    "Date: Sun, 06 Nov 1994 08:49:37 GMT",
    "Server: wizgy",
    "Content-Length: 5",
  ]);
});

test("RFC 9110 §6.6.1: the application's Date and Server are not doubled", () => {
  const fieldLines = "Date: then\r\nServer: mine\r\n";
  const lines = linesOf({ fieldLines, hasDate: true, hasServer: true, contentLength: -1 });
  assert.deepEqual(lines, ["HTTP/1.1 200 OK", "Date: then", "Server: mine"]);
});

test("RFC 9112 §6.1: a chunked response says so and has no Content-Length", () => {
  const lines = linesOf({ framing: "chunked" });
  assert.ok(lines.includes("Transfer-Encoding: chunked"));
  assert.ok(!lines.some((line) => line.startsWith("Content-Length")));
});

test("RFC 9110 §8.6: the answer to HEAD may tell a length", () => {
  assert.ok(linesOf({ framing: "none", contentLength: 9 }).includes("Content-Length: 9"));
  assert.ok(!linesOf({ framing: "none", contentLength: -1 }).join().includes("Content-Length"));
});

test("RFC 9112 §9.6: a connection that will close says so", () => {
  for (const version of [10, 11] as const) {
    assert.equal(linesOf({ keepAlive: false, version }).at(-1), "Connection: close");
    // The end of the connection is the end of the content, whatever keepAlive says.
    assert.equal(
      linesOf({ framing: "close", contentLength: -1, version }).at(-1),
      "Connection: close",
    );
  }
});

test("RFC 9112 §9.3: only an HTTP/1.0 client is told that the connection stays", () => {
  assert.equal(linesOf({ version: 10 }).at(-1), "Connection: keep-alive");
  assert.ok(!linesOf({ version: 11 }).join().includes("Connection"));
});

test("RFC 9110 §2.5: the version is what the server speaks, also to HTTP/1.0", () => {
  assert.equal(linesOf({ version: 10 })[0], "HTTP/1.1 200 OK");
});

test("RFC 9112 §4: an application's own reason phrase and an empty one are kept", () => {
  assert.equal(linesOf({ statusLine: "299 My Words" })[0], "HTTP/1.1 299 My Words");
  assert.equal(linesOf({ statusLine: "200 " })[0], "HTTP/1.1 200 ");
});

test("RFC 9112 §7.1: chunk sizes are hexadecimal; the last chunk is zero", () => {
  assert.equal(encodeChunkHead(1), "1\r\n");
  assert.equal(encodeChunkHead(255) + "x".repeat(255) + CHUNK_END, `ff\r\n${"x".repeat(255)}\r\n`);
  assert.equal(LAST_CHUNK, "0\r\n\r\n");
});

test("RFC 9110 §15.2.1: 100 (Continue) is a head without fields", () => {
  assert.equal(CONTINUE_100, "HTTP/1.1 100 Continue\r\n\r\n");
});
