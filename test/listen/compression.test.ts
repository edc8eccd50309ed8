import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { mediaTypePattern } from "../../src/http/content-coding.ts";
import type { FieldBlock, RequestHead } from "../../src/http/request-head.ts";
import { BufferMemory } from "../../src/listen/buffer-memory.ts";
import type { AnswerEncoder, EncoderOwner } from "../../src/listen/answer-encoder.ts";
import { Compression } from "../../src/listen/compression.ts";
import { encoders } from "../../src/listen/encoders.ts";

const MIB = 1024 * 1024;
const [best = ""] = encoders.keys();
const nobody: EncoderOwner = {
  encoded: () => {},
  encoderTook: () => {},
  encoderEnded: () => {},
  encoderFailed: () => {},
};

function compression(memory = new BufferMemory(256 * MIB)): Compression {
  const rules = {
    types: mediaTypePattern(["text/*"]),
    minBytes: 1000,
    exceptPaths: ["/login"],
  };
  return new Compression(rules, memory);
}

/** A request, as far as compression looks at it. */
function request(path: string, accepted: string | null): RequestHead {
  const lowerNames = accepted === null ? [] : ["accept-encoding"];
  const values = accepted === null ? [] : [accepted];
  const fields = { lowerNames, values } as unknown as FieldBlock;
  return { method: "GET", path, fields } as unknown as RequestHead;
}

const TEXT = "200 OK\r\nContent-Type: text/plain\r\n";
const VARIED = `${TEXT}Vary: Accept-Encoding\r\n`;

test("RFC 9110 §12.5.5: what would be encoded for another client says so, other answers don't", () => {
  const plan = (path: string, accepted: string | null, bytes: number): [string, string] => {
    const { head, coding } = compression().plan(request(path, accepted), 200, TEXT, bytes);
    return [coding, head];
  };
  assert.equal(plan("/", "gzip", 1000)[0], "gzip");
  assert.equal(plan("/", "gzip", -1)[0], "gzip");
  assert.deepEqual(plan("/", "gzip", 999), ["", TEXT]);
  assert.deepEqual(plan("/", null, 1000), ["", VARIED]);
  assert.deepEqual(plan("/", "identity", 1000), ["", VARIED]);
  assert.deepEqual(plan("/login", "gzip", 1000), ["", TEXT]);
  assert.deepEqual(plan("/%6Cogin/x", "gzip", 1000), ["", TEXT]);
});

test("more values of Accept-Encoding than are remembered: each is still followed", () => {
  const one = compression();
  for (let count = 0; count < 200; count++) {
    const asked = request("/", `gzip;q=0, br;q=0, zstd;q=0, x-${count}`);
    assert.equal(one.plan(asked, 200, TEXT, -1).coding, "");
    assert.equal(one.plan(request("/", "gzip"), 200, TEXT, -1).coding, "gzip");
  }
});

test("small answers are encoded at once, larger ones not", () => {
  const one = compression();
  assert.ok((one.encodeAtOnce("gzip", Buffer.alloc(16 * 1024))?.length ?? 0) > 0);
  assert.equal(one.encodeAtOnce("gzip", Buffer.alloc(16 * 1024 + 1)), null);
});

test("so many streams are encoded at a time and no more; one that closes makes room", async () => {
  const one = compression();
  const open: AnswerEncoder[] = [];
  for (;;) {
    const encoder = one.openEncoder("gzip", nobody);
    if (encoder === null) break;
    open.push(encoder);
    assert.ok(open.length <= 64);
  }
  assert.equal(open.length, 64);
  let next: AnswerEncoder | null = null;
  open.pop()?.release();
  while (next === null) {
    await new Promise((resolve) => setImmediate(resolve));
    next = one.openEncoder("gzip", nobody);
  }
  for (const encoder of [...open, next]) encoder.release();
});

test("--buffer-total: encoders count in it, and beyond it none is opened", async () => {
  const memory = new BufferMemory(MIB);
  const one = compression(memory);
  const first = one.openEncoder("gzip", nobody);
  const second = one.openEncoder("gzip", nobody);
  assert.ok(first !== null && second !== null);
  assert.equal(one.openEncoder("gzip", nobody), null);
  first.release();
  second.release();
  while (memory.isShort) await new Promise((resolve) => setImmediate(resolve));
  const third = one.openEncoder("gzip", nobody);
  assert.ok(third !== null);
  third.release();
});

test("the codings of this Node.js are there, and each one makes text smaller", async () => {
  assert.ok(best === "zstd" || best === "br");
  for (const [, encoder] of encoders) {
    assert.ok(encoder.encodeAtOnce(Buffer.alloc(5000, "text ")).length < 200);
    const stream = encoder.openStream();
    const closed = once(stream, "close");
    stream.destroy();
    await closed;
  }
});
