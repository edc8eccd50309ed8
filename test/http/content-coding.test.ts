import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import {
  type ContentCoding,
  acceptedCoding,
  codingForms,
  encodedHead,
  isEncodable,
  mediaTypePattern,
  notModifiedHead,
  variedHead,
} from "../../src/http/content-coding.ts";

const html = "200 OK\r\nContent-Type: text/html\r\n";
const types = mediaTypePattern(["text/*", "application/json", "application/*+json"]);

test("RFC 9110 §12.5.3: among codings that the client likes equally the first one is taken", () => {
  const all = codingForms(["zstd", "br", "gzip"]);
  const table: readonly [string | null, string][] = [
    ["gzip, deflate, br, zstd", "zstd"],
    ["gzip, deflate, br", "br"],
    ["gzip", "gzip"],
    ["gzip;q=1, br;q=0.9, zstd;q=0.1", "gzip"],
    ["*", "zstd"],
    ["zstd;q=0, *", "br"],
    ["identity, gzip;q=0.9", ""],
    ["gzip;q=0", ""],
    ["deflate", ""],
    ["", ""],
    [null, ""],
  ];
  for (const [value, expected] of table) assert.equal(acceptedCoding(value, all), expected);
  assert.equal(acceptedCoding("zstd, gzip;q=0.5", codingForms(["br", "gzip"])), "gzip");
});

test("media types: a star stands for what has no slash, nothing else is special", () => {
  const table: readonly [string, boolean][] = [
    ["text/html", true],
    ["text/event-stream", true],
    ["application/json", true],
    ["application/ld+json", true],
    ["application/jsonx", false],
    ["application/octet-stream", false],
    ["xtext/html", false],
    ["image/png", false],
  ];
  for (const [type, fits] of table) assert.equal(types.test(type), fits, type);
  const usual = mediaTypePattern(["*/*json", "*/*xml"]);
  for (const type of ["application/json", "application/x-ndjson", "image/svg+xml"]) {
    assert.equal(usual.test(type), true, type);
  }
  assert.equal(usual.test("application/vnd.ms-xml.document"), false);
  assert.equal(mediaTypePattern(["a.b/c+d"]).test("axb/ccd"), false);
});

test("RFC 9110 §6.4.1, §8.4, §14.4, RFC 9111 §5.2.2.6, RFC 9530 §2: what is never encoded", () => {
  assert.equal(isEncodable(200, html, types), true);
  assert.equal(isEncodable(404, html, types), true);
  assert.equal(isEncodable(200, "200 OK\r\ncontent-type:TEXT/HTML; charset=x\r\n", types), true);
  for (const status of [100, 204, 206, 304]) assert.equal(isEncodable(status, html, types), false);
  for (const line of [
    "Content-Encoding: gzip",
    "content-encoding: identity",
    "Content-Range: bytes 0-1/2",
    "Cache-Control: private, No-Transform",
    "Content-MD5: x",
    "Digest: x",
    "Content-Digest: x",
    "Repr-Digest: x",
  ]) {
    assert.equal(isEncodable(200, `${html}${line}\r\n`, types), false, line);
  }
  assert.equal(isEncodable(200, "200 OK\r\nX: text/html\r\n", types), false);
  assert.equal(
    isEncodable(200, "200 OK\r\nX-Content-Encoding: a\r\n" + html.slice(8), types),
    true,
  );
});

test("RFC 9110 §8.8.1, §14.3: an encoded head has a weak tag, its own length and no ranges", () => {
  const head = `${html}ETag: "a"\r\nContent-Length: 9\r\nAccept-Ranges: bytes\r\nX: 1\r\n`;
  const expected = `${html}ETag: W/"a"\r\nX: 1\r\nVary: Accept-Encoding\r\nContent-Encoding: br\r\n`;
  assert.equal(encodedHead(head, "br", -1), expected);
  assert.equal(encodedHead(head, "br", 5), `${expected}Content-Length: 5\r\n`);
  const weak = `${html}ETag: W/"a"\r\n`;
  assert.ok(encodedHead(weak, "gzip", 5).startsWith(weak));
});

test("RFC 9110 §12.5.5: Vary names Accept-Encoding once, beside what it named before", () => {
  const table: readonly [string, string][] = [
    ["", "Vary: Accept-Encoding\r\n"],
    ["Vary: Cookie\r\n", "Vary: Cookie, Accept-Encoding\r\n"],
    ["vary:Cookie\r\nX: 1\r\n", "vary:Cookie, Accept-Encoding\r\nX: 1\r\n"],
    ["Vary: accept-encoding\r\n", "Vary: accept-encoding\r\n"],
    ["Vary: Cookie,Accept-Encoding , X\r\n", "Vary: Cookie,Accept-Encoding , X\r\n"],
    ["Vary: *\r\n", "Vary: *\r\n"],
    ["Vary: Cookie\r\nVary: *\r\n", "Vary: Cookie\r\nVary: *\r\n"],
    [
      "Vary: X-Accept-Encoding\r\nVary: B\r\n",
      "Vary: X-Accept-Encoding, Accept-Encoding\r\nVary: B\r\n",
    ],
  ];
  for (const [lines, expected] of table) assert.equal(variedHead(html + lines), html + expected);
});

test("RFC 9110 §15.4.5: a 304 has the tag that the client knows", () => {
  const head = '304 Not Modified\r\nETag: "a"\r\n';
  const weak = '304 Not Modified\r\nETag: W/"a"\r\nVary: Accept-Encoding\r\n';
  assert.equal(notModifiedHead(head, 'W/"a"'), weak);
  assert.equal(notModifiedHead(head, '"b", W/"a"'), weak);
  for (const value of ['"a"', 'W/"b"', "*", null]) assert.equal(notModifiedHead(head, value), head);
});

test("whatever the head holds: each line ends, nothing is there twice, other lines stay", () => {
  const text = fc.stringMatching(/^[!-~]{0,8}$/);
  const line = fc.oneof(
    fc.tuple(fc.constantFrom("Vary", "ETag", "Content-Length", "X", "Accept-Ranges"), text),
    fc.constant(["ETag", '"tag"'] as const),
  );
  const codings: readonly ContentCoding[] = ["zstd", "br", "gzip"];
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), fc.constantFrom(...codings), (lines, coding) => {
      const head = "200 OK\r\n" + lines.map(([name, value]) => `${name}: ${value}\r\n`).join("");
      const encoded = encodedHead(head, coding, 7);
      const parts = encoded.split("\r\n");
      assert.equal(parts.pop(), "");
      assert.ok(parts.every((part) => !/[\r\n]/.test(part) && part !== ""));
      assert.equal(parts[0], "200 OK");
      assert.deepEqual(
        parts.filter((part) => /^content-length:/i.test(part)),
        ["Content-Length: 7"],
      );
      const others = (all: readonly string[]): string[] =>
        all.filter((part) => part.startsWith("X:"));
      assert.deepEqual(others(parts), others(head.split("\r\n")));
      assert.equal(variedHead(encoded), encoded, "once is enough");
    }),
  );
});
