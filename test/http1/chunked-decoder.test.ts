import assert from "node:assert/strict";
import { test } from "node:test";

import { ChunkedDecoder } from "../../src/http1/chunked-decoder.ts";
import { Input } from "../../src/http1/input.ts";
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import type { ParserLimits } from "../../src/http1/limits.ts";
import { piecesOf } from "../support/request-log.ts";

interface Outcome {
  readonly data: string;
  /** The kind of the last step, or the code of a fault. */
  readonly last: string;
  readonly unusedBytes: number;
}

function decode(text: string, pieceBytes: number, limits: Partial<ParserLimits> = {}): Outcome {
  const input = new Input();
  const decoder = new ChunkedDecoder({ ...DEFAULT_LIMITS, ...limits });
  for (const piece of piecesOf(Buffer.from(text, "latin1"), pieceBytes)) input.push(piece);
  let data = "";
  for (;;) {
    const step = decoder.next(input);
    if (step.kind !== "data") {
      return {
        data,
        last: step.kind === "fault" ? step.code : step.kind,
        unusedBytes: input.bytes,
      };
    }
    data += step.data.toString("latin1");
  }
}

test("RFC 9112 §7.1: data, end, and not a byte of the next request, for every size of piece", () => {
  const text = '3\r\nabc\r\n0A;x="y"\r\n0123456789\r\n0\r\nX: y\r\n\r\nGET';
  for (let size = 1; size <= text.length; size++) {
    assert.deepEqual(decode(text, size), { data: "abc0123456789", last: "end", unusedBytes: 3 });
  }
});

test("RFC 9112 §7.1: whatever is cut off, the body is not complete", () => {
  const text = "3;a=b\r\nabc\r\n1\r\nd\r\n0\r\nX: y\r\n\r\n";
  for (let end = 0; end < text.length; end++) {
    const { data, last } = decode(text.slice(0, end), 4);
    assert.equal(last, "need-data", `cut after ${end}`);
    assert.ok("abcd".startsWith(data));
  }
});

test("RFC 9112 §7.1: a size has one to thirteen digits", () => {
  assert.equal(decode("0000000000001\r\na\r\n0\r\n\r\n", 9).last, "end");
  assert.equal(decode("00000000000001\r\na\r\n0\r\n\r\n", 9).last, "bad-chunk-size");
  const noLimit = { maxBodyBytes: Infinity };
  assert.equal(decode("fffffffffffff\r\n", 99, noLimit).last, "need-data");
  assert.equal(decode("ffffffffffffff\r\n", 99, noLimit).last, "bad-chunk-size");
});

test("RFC 9110 §15.5.14: sizes add up, and the one that crosses the limit is refused", () => {
  const limits = { maxBodyBytes: 4 };
  assert.deepEqual(decode("3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n", 99, limits).last, "end");
  const crossed = decode("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", 99, limits);
  assert.deepEqual([crossed.data, crossed.last], ["abc", "body-too-large"]);
  assert.equal(decode("fffffffffffff\r\n", 99, limits).last, "body-too-large");
});

test("RFC 9112 §7.1.1: extension bytes are counted in the line and in the body", () => {
  const line = { maxChunkLineBytes: 6 };
  assert.equal(decode("1;abcd\r\nx\r\n0\r\n\r\n", 99, line).last, "end");
  assert.equal(decode("1;abcde\r\nx\r\n0\r\n\r\n", 99, line).last, "chunk-line-too-long");
  const body = { maxChunkExtensionBytes: 6 };
  assert.equal(decode("1;ab\r\nx\r\n0;ab\r\n\r\n", 99, body).last, "end");
  assert.equal(decode("1;ab\r\nx\r\n0;abc\r\n\r\n", 99, body).last, "too-many-chunk-extensions");
});
