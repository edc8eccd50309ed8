import assert from "node:assert/strict";
import { test } from "node:test";

import { parseRequestLine } from "../../src/http1/request-line.ts";

function outcome(line: string): string {
  const result = parseRequestLine(line, 0, line.length);
  return result.kind === "fault"
    ? `${result.status} ${result.code}`
    : `${result.method} ${result.target} ${result.version}`;
}

test("RFC 9112 §3: method, target and version", () => {
  assert.equal(outcome("GET /a?b HTTP/1.1"), "GET /a?b 11");
  assert.equal(outcome("OPTIONS * HTTP/1.0"), "OPTIONS * 10");
});

test("RFC 9112 §3: a line in the middle of a text is read from its start to its end", () => {
  const text = "XX GET /a HTTP/1.1\r\nHost: a";
  const line = parseRequestLine(text, 3, text.indexOf("\r"));
  assert.equal(line.kind === "request-line" && line.target, "/a");
});

test("RFC 9110 §9.1: a method is a token of at most 32 characters", () => {
  assert.equal(outcome(`${"A".repeat(32)} / HTTP/1.1`), `${"A".repeat(32)} / 11`);
  assert.equal(outcome(`${"A".repeat(33)} / HTTP/1.1`), "501 method-too-long");
  for (const method of ["", "G:T", "(GET)", "G\xc9T", "GET/"]) {
    assert.equal(outcome(`${method} / HTTP/1.1`), "400 bad-method", method);
  }
});

test("RFC 9112 §2.3: 1.0 and 1.1 are spoken, other digits get 505, all else 400", () => {
  for (const version of ["0.9", "1.2", "2.0", "3.0", "9.9"]) {
    assert.equal(outcome(`GET / HTTP/${version}`), "505 version-not-supported");
  }
  for (const version of ["HTTP/1.10", "HTTP/11", "http/1.1", "HTTP/a.1", "HTTP/1.a", "HTTP-1.1"]) {
    assert.equal(outcome(`GET /index ${version}`), "400 bad-version", version);
  }
});

test("RFC 9112 §3: a line with fewer than three parts is refused", () => {
  for (const line of ["GET /", "GET /index", "GET HTTP/1.1", "GET  HTTP/1.1"]) {
    assert.match(outcome(line), /^400 /, line);
  }
});
