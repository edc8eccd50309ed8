import assert from "node:assert/strict";
import { test } from "node:test";

import { LengthDecoder } from "../../src/http1/body-decoders.ts";
import { Input } from "../../src/http1/input.ts";

test("RFC 9112 §6.2: exactly the announced bytes are taken, in views of the chunks", () => {
  const input = new Input();
  const decoder = new LengthDecoder(5);
  assert.equal(decoder.next(input).kind, "need-data");
  const chunk = Buffer.from("abc");
  input.push(chunk);
  const first = decoder.next(input);
  assert.ok(first.kind === "data" && first.data === chunk);
  assert.equal(decoder.next(input).kind, "need-data");
  input.push(Buffer.from("deGET"));
  const second = decoder.next(input);
  assert.ok(second.kind === "data" && second.data.toString() === "de");
  assert.equal(decoder.next(input).kind, "end");
  assert.equal(input.bytes, 3);
});

test("RFC 9112 §6.2: a length of nought ends without data", () => {
  assert.equal(new LengthDecoder(0).next(new Input()).kind, "end");
});
