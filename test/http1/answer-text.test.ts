import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { encodeAnswerHead } from "../../src/http1/answer-text.ts";
import type { ResponseFraming } from "../../src/http1/response-framing.ts";
import { encodeAnswerHeadPlainly } from "../plain/answer.ts";

const DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n";

interface Answer {
  head: string;
  dateLine: string;
  hasServer: boolean;
  version: 10 | 11;
  keepAlive: boolean;
  framing: ResponseFraming;
}

const PLAIN: Answer = {
  head: "200 OK\r\nContent-Length: 5\r\n",
  dateLine: DATE,
  hasServer: false,
  version: 11,
  keepAlive: true,
  framing: "length",
};

/** The lines of the head, without the empty one that ends it. */
function linesOf(change: Partial<Answer>): string[] {
  const { head, dateLine, hasServer, version, keepAlive, framing } = { ...PLAIN, ...change };
  const text = encodeAnswerHead(head, dateLine, hasServer, version, keepAlive, framing);
  assert.equal(text.indexOf("\r\n\r\n"), text.length - 4, "one empty line, at the end");
  return text.slice(0, -4).split("\r\n");
}

test("RFC 9112 §4: status line, the application's fields, the server's fields", () => {
  assert.deepEqual(linesOf({}), [
    "HTTP/1.1 200 OK",
    "Content-Length: 5",
    "Date: Sun, 06 Nov 1994 08:49:37 GMT",
    "Server: wizgy",
  ]);
});

test("RFC 9110 §6.6.1: the application's Date and Server are not doubled", () => {
  const head = "200 OK\r\nDate: then\r\nServer: mine\r\n";
  const lines = linesOf({ head, dateLine: "", hasServer: true });
  assert.deepEqual(lines, ["HTTP/1.1 200 OK", "Date: then", "Server: mine"]);
});

test("RFC 9112 §6.1: a chunked answer says so; the other framings add nothing", () => {
  const encoded = (framing: ResponseFraming): boolean =>
    linesOf({ framing }).includes("Transfer-Encoding: chunked");
  assert.ok(encoded("chunked"));
  assert.ok(!encoded("length") && !encoded("none") && !encoded("close"));
});

test("RFC 9112 §9.6: a connection that will close says so", () => {
  for (const version of [10, 11] as const) {
    assert.equal(linesOf({ keepAlive: false, version }).at(-1), "Connection: close");
    // The end of the connection is the end of the content, whatever keepAlive says.
    assert.equal(linesOf({ framing: "close", version }).at(-1), "Connection: close");
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
  assert.equal(linesOf({ head: "299 My Words\r\n" })[0], "HTTP/1.1 299 My Words");
  assert.equal(linesOf({ head: "200 \r\n" })[0], "HTTP/1.1 200 ");
});

test("property: the head as one text has the lines of the plain twin, one below the other", () => {
  const lines = fc.array(fc.constantFrom("A: b", "Content-Length: 5", "Empty:", "X: caf\xe9"));
  const answer = fc.tuple(
    lines.map((list) => ["200 OK", ...list].map((line) => `${line}\r\n`).join("")),
    fc.constantFrom("", DATE),
    fc.boolean(),
    fc.constantFrom(10, 11, 20),
    fc.boolean(),
    fc.constantFrom<ResponseFraming>("length", "chunked", "close", "none"),
  );
  fc.assert(
    fc.property(answer, (parts) => {
      assert.equal(encodeAnswerHead(...parts), encodeAnswerHeadPlainly(...parts));
    }),
  );
});
