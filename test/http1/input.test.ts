import assert from "node:assert/strict";
import { test } from "node:test";

import { Input } from "../../src/http1/input.ts";

test("chunks are read in their order and counted until they are used", () => {
  const input = new Input();
  assert.ok(!input.ready());
  input.push(Buffer.from("abc"));
  input.push(Buffer.alloc(0));
  input.push(Buffer.from("de"));
  assert.equal(input.bytes, 5);
  assert.ok(input.ready());
  assert.equal(input.take(2).toString(), "ab");
  assert.equal(input.bytes, 3);
  assert.equal(input.take(9).toString(), "c");
  assert.ok(input.ready());
  assert.equal(input.take(9).toString(), "de");
  assert.equal(input.bytes, 0);
  assert.ok(!input.ready());
});

test("a chunk that comes when the one in hand is used up stays behind those that wait", () => {
  const input = new Input();
  for (const text of ["abc", "de"]) input.push(Buffer.from(text));
  assert.ok(input.ready());
  input.take(3);
  input.push(Buffer.from("f"));
  let read = "";
  while (input.ready()) read += input.take(9).toString();
  assert.equal(read, "def");
});

test("data are views of the chunk, and a whole chunk is the chunk itself", () => {
  const input = new Input();
  const chunk = Buffer.from("abcdef");
  input.push(chunk);
  input.ready();
  const view = input.take(3);
  assert.equal(view.buffer, chunk.buffer);
  assert.equal(view.byteOffset, chunk.byteOffset);
  input.clear();
  input.push(chunk);
  input.ready();
  assert.equal(input.take(6), chunk);
});

test("a chunk that is used up is not held", () => {
  const input = new Input();
  const chunk = Buffer.from("abc");
  input.push(chunk);
  input.ready();
  input.take(3);
  input.ready();
  assert.notEqual(input.chunk, chunk);
});

test("clear drops the chunk in hand and those behind it", () => {
  const input = new Input();
  input.push(Buffer.from("abc"));
  input.push(Buffer.from("de"));
  input.clear();
  assert.equal(input.bytes, 0);
  assert.ok(!input.ready());
});

test("chunks of one byte that wait behind another one are put together when they are kept", () => {
  const input = new Input();
  const shared = Buffer.alloc(1, "x");
  input.push(Buffer.from("first"));
  for (let i = 0; i < 10_000; i++) {
    input.push(shared);
    input.keep();
  }
  shared.fill("y"); // It is used for other bytes.
  assert.equal(input.bytes, 10_005);
  let chunks = 0;
  let text = "";
  while (input.ready()) {
    text += input.take(Infinity).toString();
    chunks++;
  }
  assert.equal(text, `first${"x".repeat(10_000)}`);
  assert.ok(chunks < 10, `${chunks} chunks`);
});
