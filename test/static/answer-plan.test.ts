import assert from "node:assert/strict";
import { test } from "node:test";

import { type AnswerPlan, planAnswer } from "../../src/static/answer-plan.ts";
import { represent } from "../../src/static/representation.ts";
import type { Wishes } from "../../src/static/wishes.ts";

const NOW = Date.UTC(2026, 10, 21, 12);
const file = represent(
  {
    sizeBytes: 1000,
    modifiedNs: BigInt(Date.UTC(2026, 10, 1)) * 1_000_000n,
    mediaType: "text/plain; charset=utf-8",
    coding: "",
    hasForms: true,
    cacheControl: "no-cache",
  },
  NOW,
);
const common = `ETag: ${file.etag}\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n`;
const content =
  "Last-Modified: Sun, 01 Nov 2026 00:00:00 GMT\r\nAccept-Ranges: bytes\r\n" +
  "X-Content-Type-Options: nosniff\r\n";

function plan(wishes: Partial<Wishes>, method = "GET"): AnswerPlan {
  const none: Wishes = {
    ifMatch: null,
    ifUnmodifiedSince: null,
    ifNoneMatch: null,
    ifModifiedSince: null,
    range: null,
    ifRange: null,
    acceptEncoding: null,
  };
  return planAnswer(method, { ...none, ...wishes }, file, NOW, "XYZ");
}

test("RFC 9110 §15.3.1: without wishes the whole is sent", () => {
  assert.deepEqual(plan({}), {
    status: 200,
    head: `200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 1000\r\n${common}${content}`,
    bytes: 1000,
    content: { kind: "range", first: 0, bytes: 1000 },
  });
});

test("RFC 9110 §15.4.5: a 304 has the fields that a cache needs, and no content", () => {
  assert.deepEqual(plan({ ifNoneMatch: file.etag }), {
    status: 304,
    head: `304 Not Modified\r\n${common}`,
    bytes: 0,
    content: { kind: "none" },
  });
  assert.equal(plan({ ifModifiedSince: "Sun, 01 Nov 2026 00:00:00 GMT" }, "HEAD").status, 304);
});

test("RFC 9110 §15.5.13: a condition that fails is a 412, before any range", () => {
  const { status, bytes } = plan({ ifMatch: '"other"', range: "bytes=0-1" });
  assert.deepEqual([status, bytes], [412, 0]);
});

test("RFC 9110 §15.3.7 and §14.4: one range is sent as it is, with Content-Range", () => {
  assert.deepEqual(plan({ range: "bytes=-10" }), {
    status: 206,
    head:
      "206 Partial Content\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 10\r\n" +
      `Content-Range: bytes 990-999/1000\r\n${common}${content}`,
    bytes: 10,
    content: { kind: "range", first: 990, bytes: 10 },
  });
});

test("RFC 9110 §14.6: several ranges are parts, and Content-Length counts all that is sent", () => {
  const answer = plan({ range: "bytes=0-3, 10-12" });
  assert.equal(answer.status, 206);
  assert.match(answer.head, /Content-Type: multipart\/byteranges; boundary=XYZ\r\n/);
  assert.doesNotMatch(answer.head, /Content-Range/);
  assert.equal(answer.content.kind, "parts");
  if (answer.content.kind !== "parts") return;
  const type = "Content-Type: text/plain; charset=utf-8\r\n";
  assert.deepEqual(answer.content.texts, [
    `--XYZ\r\n${type}Content-Range: bytes 0-3/1000\r\n\r\n`,
    `\r\n--XYZ\r\n${type}Content-Range: bytes 10-12/1000\r\n\r\n`,
    "\r\n--XYZ--\r\n",
  ]);
  assert.equal(answer.bytes, answer.content.texts.join("").length + 7);
  assert.match(answer.head, new RegExp(`Content-Length: ${answer.bytes}\r\n`));
});

test("RFC 9110 §15.3.7.2: what is left of several ranges as one is sent as one", () => {
  const { head, content: sent } = plan({ range: "bytes=5-6, 2000-" });
  assert.match(head, /Content-Range: bytes 5-6\/1000/);
  assert.deepEqual(sent, { kind: "range", first: 5, bytes: 2 });
});

test("RFC 9110 §15.5.17: a range beyond the end is a 416 that says the length", () => {
  const { status, head, bytes } = plan({ range: "bytes=1000-" });
  assert.deepEqual([status, bytes], [416, 0]);
  assert.match(head, /\r\nContent-Range: bytes \*\/1000\r\n/);
});

test("RFC 9110 §14.2: a range counts for GET only, and after the conditions", () => {
  assert.equal(plan({ range: "bytes=0-1" }, "HEAD").status, 200);
  assert.equal(plan({ range: "bytes=0-1", ifNoneMatch: file.etag }).status, 304);
});

test("RFC 9110 §13.1.5: a range of another version gets the whole of this one", () => {
  assert.equal(plan({ range: "bytes=0-1", ifRange: file.etag }).status, 206);
  assert.equal(plan({ range: "bytes=0-1", ifRange: '"old"' }).status, 200);
  assert.equal(plan({ range: "bytes=1000-", ifRange: '"old"' }).status, 200);
});
