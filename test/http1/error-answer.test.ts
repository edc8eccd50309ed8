import assert from "node:assert/strict";
import { test } from "node:test";

import { encodeErrorAnswer } from "../../src/http1/error-answer.ts";

const DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

test("RFC 9112 §9.6: an error answer is complete and ends the connection", () => {
  const text = encodeErrorAnswer({ status: 400, requestId: "r-1", dateLine: DATE });
  const [head = "", body = ""] = text.split("\r\n\r\n");
  assert.deepEqual(head.split("\r\n"), [
    "HTTP/1.1 400 Bad Request",
    "Content-Type: text/plain; charset=utf-8",
    `Content-Length: ${body.length}`,
    "Date: Sun, 06 Nov 1994 08:49:37 GMT",
    "Server: wizgy",
    "Connection: close",
  ]);
  assert.equal(body, "400 Bad Request\nRequest ID: r-1\n");
});

test("RFC 9110 §10.2.3: more field lines, such as Retry-After, are carried", () => {
  const fieldLines = "Retry-After: 1\r\n";
  const text = encodeErrorAnswer({ status: 503, requestId: "", dateLine: DATE, fieldLines });
  assert.ok(text.includes("\r\nRetry-After: 1\r\n"));
  assert.ok(text.endsWith("\r\n\r\n503 Service Unavailable\n"));
});

test("RFC 9110 §9.3.2: the answer to HEAD is the same head without the body", () => {
  const answer = { status: 502, requestId: "r-2", dateLine: DATE };
  const head = encodeErrorAnswer({ ...answer, method: "HEAD" });
  assert.ok(head.endsWith("\r\n\r\n"));
  assert.ok(encodeErrorAnswer({ ...answer, method: "GET" }).startsWith(head));
});
