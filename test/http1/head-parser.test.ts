import assert from "node:assert/strict";
import { test } from "node:test";

import type { RequestHead } from "../../src/http/request-head.ts";
import { HeadParser } from "../../src/http1/head-parser.ts";
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";

const FIELDS = "Host: a\r\nX-A: b\r\n";

function parse(parser: HeadParser, text: string): RequestHead {
  const head = parser.parse(text, 0, text.length);
  assert.ok(head.kind === "head");
  return head;
}

function headText(line: string, fields: string = FIELDS): string {
  return `${line}\r\n${fields}\r\n`;
}

test("an equal head is the same object, with what the gateway has put there", () => {
  const parser = new HeadParser(DEFAULT_LIMITS, true);
  const first = parse(parser, headText("GET /a HTTP/1.1"));
  first.fields.environ = new Uint8Array(1);
  assert.equal(parse(parser, headText("GET /a HTTP/1.1")), first);
  const text = `xx${headText("GET /a HTTP/1.1")}yy`;
  assert.equal(parser.parse(text, 2, text.length - 2), first);
});

test("equal field lines under another request line are the same block", () => {
  const parser = new HeadParser(DEFAULT_LIMITS, true);
  const first = parse(parser, headText("GET /a HTTP/1.1"));
  const second = parse(parser, headText("POST /b?c HTTP/1.1"));
  assert.equal(second.fields, first.fields);
  assert.deepEqual([second.method, second.path, second.query], ["POST", "/b", "c"]);
});

test("RFC 9112 §3.2.2: the host of an absolute-form target is not remembered with the fields", () => {
  const parser = new HeadParser(DEFAULT_LIMITS, true);
  assert.equal(parse(parser, headText("GET http://other/ HTTP/1.1")).host, "other");
  assert.equal(parse(parser, headText("GET /b HTTP/1.1")).host, "a");
});

test("any different byte, and another version, make another block", () => {
  const parser = new HeadParser(DEFAULT_LIMITS, true);
  const { fields } = parse(parser, headText("GET /a HTTP/1.1"));
  assert.notEqual(parse(parser, headText("GET /a HTTP/1.0")).fields, fields);
  assert.notEqual(
    parse(parser, headText("GET /a HTTP/1.1", "Host: a\r\nX-A: c\r\n")).fields,
    fields,
  );
  assert.notEqual(
    parse(parser, headText("GET /a HTTP/1.1", "host: a\r\nX-A: b\r\n")).fields,
    fields,
  );
  assert.notEqual(parse(parser, headText("GET /a HTTP/1.1", `${FIELDS}X-B: c\r\n`)).fields, fields);
});

test("what was remembered can be forgotten, and is remembered again", () => {
  const parser = new HeadParser(DEFAULT_LIMITS, true);
  const text = headText("GET /a HTTP/1.1");
  const before = parse(parser, text);
  parser.forget();
  const after = parse(parser, text);
  assert.notEqual(after, before);
  assert.notEqual(after.fields, before.fields);
  assert.deepEqual(after, before);
  assert.equal(parse(parser, text), after);
});

test("another connection's parser knows nothing of it, and the plain twin remembers nothing", () => {
  const text = headText("GET /a HTTP/1.1");
  const head = parse(new HeadParser(DEFAULT_LIMITS, true), text);
  assert.notEqual(parse(new HeadParser(DEFAULT_LIMITS, true), text).fields, head.fields);
  const plain = new HeadParser(DEFAULT_LIMITS, false);
  const first = parse(plain, text);
  const second = parse(plain, text);
  assert.notEqual(second.fields, first.fields);
  assert.deepEqual(second, first);
});

test("RFC 9112 §3: a remembered block does not lift the limits of the request line and the head", () => {
  const limits = { ...DEFAULT_LIMITS, maxRequestLineBytes: 20, maxHeadBytes: 40 };
  const code = (line: string): string => {
    const parser = new HeadParser(limits, true);
    parse(parser, headText("GET / HTTP/1.1", "Host: a\r\n"));
    const text = headText(line, "Host: a\r\n");
    const result = parser.parse(text, 0, text.length);
    return result.kind === "fault" ? result.code : "head";
  };
  assert.equal(code("GET /aaaaaa HTTP/1.1"), "head");
  assert.equal(code("GET /aaaaaaa HTTP/1.1"), "request-line-too-long");
  assert.equal(code(`GET /${"a".repeat(20)} HTTP/1.1`), "head-too-large");
});

test("RFC 9112 §9.3: who stays connected", () => {
  const keepAlive = (version: string, fields: string): boolean =>
    parse(new HeadParser(DEFAULT_LIMITS, true), headText(`GET / HTTP/${version}`, fields))
      .keepAlive;
  assert.ok(keepAlive("1.1", "Host: a\r\n"));
  assert.ok(!keepAlive("1.1", "Host: a\r\nConnection: keep-alive, close\r\n"));
  assert.ok(!keepAlive("1.0", ""));
  assert.ok(keepAlive("1.0", "Connection: keep-alive\r\n"));
  assert.ok(!keepAlive("1.0", "Connection: keep-alive, close\r\n"));
});
