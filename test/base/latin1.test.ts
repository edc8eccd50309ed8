import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { latin1Text, writeLatin1 } from "../../src/base/latin1.ts";

test("each byte becomes the character of its number, and the other way round", () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
  const text = latin1Text(bytes, 0, 256);
  assert.equal(text.length, 256);
  for (let code = 0; code < 256; code++) assert.equal(text.charCodeAt(code), code);
  assert.equal(latin1Text(bytes, 65, 68), "ABC");
  const copy = Buffer.alloc(258, 0x2e);
  writeLatin1(copy, text, 1);
  assert.deepEqual(copy.subarray(1, 257), bytes);
  assert.equal(copy.at(0), 0x2e);
  assert.equal(copy.at(-1), 0x2e);
});

test("property: text and bytes are what the documented ways of Buffer make of them", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.nat(40), fc.nat(40), (array, from, size) => {
      const bytes = Buffer.from(array);
      const start = Math.min(from, bytes.length);
      const end = Math.min(start + size, bytes.length);
      const text = latin1Text(bytes, start, end);
      assert.equal(text, bytes.toString("latin1", start, end));
      const [written, plain] = [Buffer.alloc(bytes.length + 3), Buffer.alloc(bytes.length + 3)];
      writeLatin1(written, text, 3);
      plain.write(text, 3, "latin1");
      assert.deepEqual(written, plain);
    }),
  );
});
