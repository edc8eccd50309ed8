import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import type { ParserLimits } from "../../src/http1/limits.ts";
import type { SectionKind } from "../../src/http1/section-scanner.ts";
import { SectionScanner } from "../../src/http1/section-scanner.ts";

interface Outcome {
  /** The fault's code, "complete" or "more". */
  readonly result: string;
  readonly usedBytes: number;
}

function scan(kind: SectionKind, text: string, limits: Partial<ParserLimits> = {}): Outcome {
  const scanner = new SectionScanner(kind, { ...DEFAULT_LIMITS, ...limits });
  const usedBytes = scanner.scan(Buffer.from(text, "latin1"), 0);
  return { result: scanner.fault?.code ?? (scanner.complete ? "complete" : "more"), usedBytes };
}

const HEAD = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

test("a head is complete at its empty line, and nothing behind it is used", () => {
  assert.deepEqual(scan("head", `${HEAD}rest`), { result: "complete", usedBytes: HEAD.length });
  assert.deepEqual(scan("head", HEAD.slice(0, -1)).result, "more");
});

test("the text is the section without an empty line before it", () => {
  const scanner = new SectionScanner("head", DEFAULT_LIMITS);
  const bytes = Buffer.from(`\r\n${HEAD}`, "latin1");
  for (let i = 0; i < bytes.length; i++) assert.equal(scanner.scan(bytes.subarray(i, i + 1), 0), 1);
  assert.ok(scanner.complete);
  assert.equal(scanner.text(), HEAD);
  assert.equal(scanner.length, HEAD.length);
});

test("RFC 9112 §7.1.2: a trailer section may be the empty line alone", () => {
  assert.deepEqual(scan("trailers", "\r\nGET"), { result: "complete", usedBytes: 2 });
  assert.deepEqual(scan("trailers", "X-A: b\r\n\r\n").result, "complete");
});

test("RFC 9112 §2.2: a fault is told at the byte that makes it, not at the end of the head", () => {
  const at = (text: string): string => {
    const { result, usedBytes } = scan("head", `${text}and more`);
    return `${result} ${usedBytes - text.length}`;
  };
  assert.equal(at("GET / HTTP/1.1\n"), "bare-lf 0");
  assert.equal(at("GET / HTTP/1.1\r"), "bare-cr 1");
  assert.equal(at("GET /\0"), "control-character 0");
  assert.equal(at("GET /\xe9"), "bad-target 0");
  assert.equal(at("GET / HTTP/3.0\r\n"), "version-not-supported 0");
  assert.equal(at("GET / HTTP/1.1\r\nHost: a\r\nX : b\r\n"), "bad-field-name 0");
  assert.equal(at("GET / HTTP/1.1\r\nHost: a\r\nX: \x07"), "control-character 0");
  assert.equal(at("GET / HTTP/1.1\r\nHost: a\r\n b\r\n"), "folded-field-line 0");
});

test("RFC 9112 §3: limits hold before a line or the head has ended", () => {
  const line = { maxRequestLineBytes: 10, maxFieldLineBytes: 10, maxHeadBytes: 60 };
  assert.deepEqual(scan("head", "GET /aaaaaaaaaaaaa", line).result, "request-line-too-long");
  const limits = { maxFieldLineBytes: 10, maxHeadBytes: 60, maxFields: 3 };
  const start = "GET / HTTP/1.1\r\n";
  assert.equal(scan("head", `${start}X: 89012`, limits).result, "more");
  assert.equal(scan("head", `${start}X: 890123ab`, limits).result, "field-line-too-long");
  assert.equal(scan("head", `${start}${"X: a\r\n".repeat(3)}Y`, limits).result, "too-many-fields");
  const wide = { ...limits, maxFields: 100 };
  assert.equal(scan("head", `${start}${"X: a\r\n".repeat(9)}`, wide).result, "head-too-large");
  assert.equal(
    scan("trailers", "X: a\r\n".repeat(9), { maxTrailerBytes: 30 }).result,
    "trailers-too-large",
  );
});

test("after a fault no byte is used any more", () => {
  const scanner = new SectionScanner("head", DEFAULT_LIMITS);
  scanner.scan(Buffer.from("\0"), 0);
  const fault = scanner.fault;
  assert.equal(scanner.scan(Buffer.from(HEAD), 0), 0);
  assert.equal(scanner.fault, fault);
});

test("RFC 9110 §6.5.1: fields about framing, routing, rights and content are no trailers", () => {
  for (const name of [
    "content-length",
    "Transfer-Encoding",
    "HOST",
    "TE",
    "Trailer",
    "Set-Cookie",
  ]) {
    const expected = name === "Set-Cookie" ? "complete" : "forbidden-trailer";
    assert.equal(scan("trailers", `${name}: 1\r\n\r\n`).result, expected, name);
  }
});
