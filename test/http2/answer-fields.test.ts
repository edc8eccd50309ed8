import assert from "node:assert/strict";
import { test } from "node:test";

import { answerFields, fieldLines } from "../../src/http2/answer-fields.ts";

test("RFC 9113 §8.3.2, RFC 9113 §8.2: a status without a phrase, names in lower case", () => {
  const head = "200 Fine\r\nContent-Type: text/plain\r\nX-Empty:\r\nX-Colon: a:b\r\n";
  assert.deepEqual(answerFields(200, fieldLines(head)), {
    ":status": 200,
    "content-type": "text/plain",
    "x-empty": "",
    "x-colon": "a:b",
  });
  assert.deepEqual(answerFields(204, fieldLines("204 No Content\r\n")), { ":status": 204 });
});

test("RFC 9110 §5.3: lines of one name become one, but for Set-Cookie", () => {
  const text = "Vary: a\r\nSet-Cookie: b=1\r\nvary: c\r\nSet-Cookie: d=2\r\n";
  assert.deepEqual(answerFields(200, text), {
    ":status": 200,
    vary: "a, c",
    "set-cookie": ["b=1", "d=2"],
  });
});

test("RFC 9113 §8.2.2: fields of a connection are left out", () => {
  const text =
    "Connection: close\r\nKeep-Alive: x\r\nTransfer-Encoding: chunked\r\nUpgrade: x\r\nA: b\r\n";
  assert.deepEqual(answerFields(200, text), { ":status": 200, a: "b" });
});
