import assert from "node:assert/strict";
import { test } from "node:test";

import type { FieldBlock } from "../../src/http/request-head.ts";
import { fieldNameEnd, parseFieldBlock } from "../../src/http1/field-block.ts";
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";

function parse(lines: readonly string[], version: 10 | 11 = 11): FieldBlock | string {
  const text = lines.map((line) => `${line}\r\n`).join("");
  const block = parseFieldBlock(`${text}\r\n`, 0, text.length, version, DEFAULT_LIMITS);
  return "kind" in block ? block.code : block;
}

function parsed(lines: readonly string[], version: 10 | 11 = 11): FieldBlock {
  const block = parse(lines, version);
  assert.ok(typeof block !== "string", "the lines are refused");
  return block;
}

test("RFC 9112 §5: names as sent and in lower case, values without the white space around them", () => {
  const block = parsed(["Host: a", "X-Mixed-CASE:\t b c ", "X-Empty:"]);
  assert.deepEqual(block.names, ["Host", "X-Mixed-CASE", "X-Empty"]);
  assert.deepEqual(block.lowerNames, ["host", "x-mixed-case", "x-empty"]);
  assert.deepEqual(block.values, ["a", "b c", ""]);
  assert.equal(block.environ, null);
});

test("RFC 9112 §5.1: the end of a name, or what is wrong with it", () => {
  const outcome = (line: string): number | string => {
    const end = fieldNameEnd(line, 0, line.length);
    return typeof end === "number" ? end : end.code;
  };
  assert.equal(outcome("Host:"), 4);
  assert.equal(outcome(":a"), "bad-field-name");
  assert.equal(outcome("a b: c"), "bad-field-name");
  assert.equal(outcome("ab"), "bad-field-line");
  assert.equal(outcome(" a: b"), "folded-field-line");
  assert.equal(outcome("\t"), "folded-field-line");
});

test("RFC 9110 §7.6.1: connection options are gathered from all lines", () => {
  const block = parsed(["Host: a", "Connection: x, CLOSE", "connection: Keep-Alive"]);
  assert.ok(block.connectionClose);
  assert.ok(block.connectionKeepAlive);
  const other = parsed(["Host: a", "Connection: closed, keep-alives, \xa0close"]);
  assert.ok(!other.connectionClose);
  assert.ok(!other.connectionKeepAlive);
});

test("RFC 9110 §10.1.1: a client waits for 100 only on HTTP/1.1 and with a body", () => {
  const wait = (lines: readonly string[], version: 10 | 11): boolean =>
    parsed(["Host: a", "Expect: 100-CONTINUE", ...lines], version).expectContinue;
  assert.ok(wait(["Content-Length: 1"], 11));
  assert.ok(wait(["Transfer-Encoding: chunked"], 11));
  assert.ok(!wait(["Content-Length: 0"], 11));
  assert.ok(!wait([], 11));
  assert.ok(!wait(["Content-Length: 1"], 10));
});

test("RFC 9112 §3.2: Host is needed on HTTP/1.1, optional before", () => {
  assert.equal(parse([]), "missing-host");
  assert.equal(parsed([], 10).host, null);
  assert.equal(parsed(["HOST: a:1"], 10).host, "a:1");
});

test("RFC 9112 §6.3: names that decide about framing are found in any case", () => {
  assert.equal(parsed(["Host: a", "CONTENT-length: 3"]).contentLength, 3);
  assert.equal(parsed(["Host: a", "transfer-ENCODING: chunked"]).framing, "chunked");
  const both = ["Host: a", "content-LENGTH: 3", "Transfer-encoding: chunked"];
  assert.equal(parse(both), "transfer-encoding-with-content-length");
});

test("house rule: blocks of different histories have one shape", () => {
  const keys = Object.keys(parsed(["Host: a"]));
  const other = parsed(["Connection: close", "Transfer-Encoding: chunked", "Host: b"]);
  assert.deepEqual(Object.keys(other), keys);
});
