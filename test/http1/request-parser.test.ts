import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { logRequests } from "../support/request-log.ts";

const GET = Buffer.from("GET /a HTTP/1.1\r\nHost: a\r\n\r\n", "latin1");
const SEED = 9112;

function parserWith(text: string): RequestParser {
  const parser = new RequestParser(DEFAULT_LIMITS);
  parser.receive(Buffer.from(text, "latin1"));
  return parser;
}

/** The kinds of the next steps, up to the first that would come again. */
function kinds(parser: RequestParser): string[] {
  const seen: string[] = [];
  for (;;) {
    const { kind } = parser.next();
    seen.push(kind);
    if (kind === "need-data" || kind === "paused" || kind === "fault") return seen;
  }
}

test("after the end of a request the parser pauses until it is resumed", () => {
  const parser = parserWith(GET.toString() + GET.toString());
  assert.deepEqual(kinds(parser), ["head", "end", "paused"]);
  assert.equal(parser.next().kind, "paused");
  assert.equal(parser.bufferedBytes, GET.length);
  parser.resume();
  assert.deepEqual(kinds(parser), ["head", "end", "paused"]);
  parser.resume();
  assert.deepEqual(kinds(parser), ["need-data"]);
});

test("resume before the end of a request changes nothing", () => {
  const parser = parserWith("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n");
  assert.deepEqual(kinds(parser), ["head", "need-data"]);
  parser.resume();
  assert.equal(parser.state, "body");
  parser.receive(Buffer.from("hi"));
  assert.deepEqual(kinds(parser), ["data", "end", "paused"]);
});

test("the state follows the request", () => {
  const parser = new RequestParser(DEFAULT_LIMITS);
  assert.equal(parser.state, "head");
  parser.receive(GET);
  parser.next();
  assert.equal(parser.state, "body");
  parser.next();
  assert.equal(parser.state, "done");
  parser.resume();
  assert.equal(parser.state, "head");
  parser.receive(Buffer.from("\0"));
  parser.next();
  assert.equal(parser.state, "failed");
});

test("RFC 9112 §9.6: after the last request of a connection nothing is kept", () => {
  const close = "GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const parser = parserWith(close + GET.toString());
  assert.deepEqual(kinds(parser), ["head", "end", "paused"]);
  parser.resume();
  parser.receive(GET);
  assert.deepEqual(kinds(parser), ["paused"]);
  assert.equal(parser.bufferedBytes, 0);
});

test("RFC 9112 §9.3: a fault is final, and what is buffered or comes later is dropped", () => {
  const parser = parserWith(`GET / HTTP/1.1\nHost: a\r\n\r\n${GET.toString()}`);
  const fault = parser.next();
  assert.deepEqual({ ...fault }, { kind: "fault", status: 400, code: "bare-lf" });
  parser.receive(GET);
  parser.resume();
  assert.equal(parser.next(), fault);
  assert.equal(parser.bufferedBytes, 0);
  assert.equal(parser.state, "failed");
});

test("a partial head is told apart from silence, and from a stray empty line", () => {
  const parser = parserWith("\r\n");
  assert.deepEqual(kinds(parser), ["need-data"]);
  assert.ok(!parser.hasPartialHead);
  parser.receive(Buffer.from("GE"));
  assert.deepEqual(kinds(parser), ["need-data"]);
  assert.ok(parser.hasPartialHead);
  assert.equal(parser.bufferedBytes, 2);
  parser.receive(Buffer.from("T / HTTP/1.1\r\nHost: a\r\n\r\n"));
  assert.deepEqual(kinds(parser), ["head", "end", "paused"]);
  assert.ok(!parser.hasPartialHead);
});

test("body data are views of the received chunk", () => {
  const chunk = Buffer.from("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
  const parser = new RequestParser(DEFAULT_LIMITS);
  parser.receive(chunk);
  parser.next();
  const step = parser.next();
  assert.ok(step.kind === "data");
  assert.equal(step.data.buffer, chunk.buffer);
  assert.equal(step.data.byteOffset, chunk.byteOffset + chunk.length - 2);
});

test("a chunk may be used again with other bytes once everything in it has been given out", () => {
  const parser = new RequestParser(DEFAULT_LIMITS);
  const chunk = Buffer.from("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi", "latin1");
  parser.receive(chunk);
  assert.deepEqual(kinds(parser), ["head", "data", "end", "paused"]);
  parser.resume();
  chunk.write("POST /b", "latin1");
  parser.receive(chunk);
  const head = parser.next();
  assert.equal(head.kind === "head" && head.path, "/b");
});

test("many small heads in one large chunk come out whole", () => {
  const chunk = Buffer.concat(Array.from({ length: 2000 }, () => GET));
  const log = logRequests(new RequestParser(DEFAULT_LIMITS), [chunk]);
  assert.equal(log.length, 4000);
  assert.ok(log.every(({ event }) => event === "end" || event === "head GET /a HTTP/1.1"));
});

/** Lines that matter, good and bad, from which conversations are thrown together. */
const line = fc.constantFrom(
  "GET / HTTP/1.1\r\n",
  "POST /x?y HTTP/1.1\r\n",
  "GET / HTTP/1.0\r\n",
  "Host: a\r\n",
  "Host: b\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "X-A: b\r\n",
  "X : b\r\n",
  " folded\r\n",
  "\r\n",
  "abc",
  "3\r\nabc\r\n",
  "0\r\n\r\n",
  "\n",
  "\r",
  "\0",
);

const GOOD = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n",
  "GET /x HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc",
  "POST /y HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\n\r\n\r",
  "POST /x HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nX: y\r\n\r\n",
];

/** Good requests with, most of the time, something thrown in. */
const conversation = fc
  .array(fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...GOOD) }, line), { maxLength: 12 })
  .map((parts) => Buffer.from(parts.join(""), "latin1"));

const cuts = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });

function* cutInto(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  for (let start = 0, i = 0; start < bytes.length; i++) {
    const end = start + sizes[i % sizes.length]!;
    yield bytes.subarray(start, end);
    start = end;
  }
}

test("memory and cuts change no result: the plain twin, whole, says the same", () => {
  fc.assert(
    fc.property(conversation, cuts, (bytes, sizes) => {
      const plain = logRequests(new RequestParser(DEFAULT_LIMITS, false), [bytes]);
      const whole = logRequests(new RequestParser(DEFAULT_LIMITS), [bytes]);
      const cut = logRequests(new RequestParser(DEFAULT_LIMITS), cutInto(bytes, sizes));
      assert.deepEqual(whole, plain);
      assert.deepEqual(cut, plain);
    }),
    { seed: SEED, numRuns: 1500 },
  );
});

test("no bytes at all make the parser throw, and every fault is one of the table's", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), cuts, (bytes, sizes) => {
      const prefix = bytes.length % 2 === 0 ? GET : Buffer.alloc(0);
      const all = Buffer.concat([prefix, bytes]);
      const cut = logRequests(new RequestParser(DEFAULT_LIMITS), cutInto(all, sizes));
      assert.deepEqual(cut, logRequests(new RequestParser(DEFAULT_LIMITS, false), [all]));
      const last = cut.at(-1)?.event ?? "";
      if (last.startsWith("fault"))
        assert.match(last, /^fault (400|413|414|417|431|501|505) [a-z0-9-]+$/);
    }),
    { seed: SEED, numRuns: 500 },
  );
});

test("heldBytes: what has come of a request that is not whole, its head included, and nothing of one that is", () => {
  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n";
  for (const cut of [head.length, 20]) {
    const parser = new RequestParser(DEFAULT_LIMITS);
    for (const [text, held] of [
      [head.slice(0, cut), cut],
      [head.slice(cut), head.length],
      ["a", head.length],
      ["b", 0],
      ["GET", 3],
    ] as const) {
      parser.receive(Buffer.from(text));
      while (!["need-data", "paused"].includes(parser.next().kind));
      assert.equal(parser.heldBytes, held, text);
    }
    parser.drop();
    assert.equal(parser.heldBytes, 0);
  }
});
