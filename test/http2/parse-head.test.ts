import assert from "node:assert/strict";
import { test } from "node:test";

import type { RequestHead } from "../../src/http/request-head.ts";
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { parseHead } from "../../src/http2/parse-head.ts";

const PSEUDO = [":method", "GET", ":scheme", "https", ":path", "/a%20b?c", ":authority", "a.test"];

function parse(raw: readonly string[], bodyFollows = false): RequestHead {
  const head = parseHead(raw, bodyFollows, DEFAULT_LIMITS);
  assert.ok(head.kind === "head", head.kind === "fault" ? head.code : "");
  return head;
}

function fault(raw: readonly string[], bodyFollows = false, limits = DEFAULT_LIMITS): string {
  const head = parseHead(raw, bodyFollows, limits);
  assert.ok(head.kind === "fault");
  return `${head.status} ${head.code}`;
}

/** The pseudo-header fields with one changed or left out. */
function pseudo(name: string, value: string | null): string[] {
  const raw: string[] = [];
  for (let i = 0; i < PSEUDO.length; i += 2) {
    if (PSEUDO[i] !== name) raw.push(PSEUDO[i]!, PSEUDO[i + 1]!);
    else if (value !== null) raw.push(name, value);
  }
  return raw;
}

test("RFC 9113 §8.3, RFC 9113 §8.3.1: method, path and authority make the head that all protocols have", () => {
  const head = parse([...PSEUDO, "accept", "*/*"]);
  assert.equal(head.method, "GET");
  assert.equal(head.target, "/a%20b?c");
  assert.equal(head.path, "/a%20b");
  assert.equal(head.query, "c");
  assert.equal(head.version, 20);
  assert.equal(head.host, "a.test");
  assert.deepEqual(head.fields.names, ["host", "accept"]);
  assert.deepEqual([head.fields.framing, head.fields.contentLength], ["none", 0]);
});

test("RFC 9113 §8.3.1: Host and :authority name the same place, or the request is refused", () => {
  assert.equal(fault([...PSEUDO, "host", "b.test"]), "400 host-differs-from-authority");
  assert.equal(fault([...PSEUDO, "host", "a.test:443"]), "400 host-differs-from-authority");
  assert.equal(parse([...PSEUDO, "host", "A.test"]).host, "a.test");
  assert.equal(parse([...pseudo(":authority", null), "host", "b.test"]).host, "b.test");
  assert.equal(fault([...PSEUDO, "host", "a.test", "host", "a.test"]), "400 duplicate-host");
  assert.equal(fault(pseudo(":authority", null)), "400 missing-host");
  assert.equal(fault(pseudo(":authority", "user@a.test")), "400 bad-host");
});

test("RFC 9113 §8.3.1: the path begins with a slash, or is * with OPTIONS", () => {
  for (const path of ["", "a", "http://a.test/", "*", "/a b", "/a#b", "/\xe4"]) {
    assert.equal(fault(pseudo(":path", path)), "400 bad-target", path);
  }
  const options = pseudo(":path", "*").map((text) => (text === "GET" ? "OPTIONS" : text));
  assert.equal(parse(options).path, "*");
});

test("RFC 9113 §8.5: CONNECT asks for a proxy, and a method is a token", () => {
  assert.equal(fault(pseudo(":method", "CONNECT")), "501 connect-not-supported");
  assert.equal(fault(pseudo(":method", "G ET")), "400 bad-method");
  assert.equal(fault(pseudo(":method", "")), "400 bad-method");
  assert.equal(fault(pseudo(":method", "A".repeat(33))), "501 method-too-long");
});

test("RFC 9113 §8.2.2: fields of a connection are refused", () => {
  for (const name of [
    "connection",
    "keep-alive",
    "proxy-connection",
    "transfer-encoding",
    "upgrade",
  ]) {
    assert.equal(fault([...PSEUDO, name, "x"]), "400 connection-specific-field", name);
  }
  assert.equal(fault([...PSEUDO, "te", "gzip"]), "400 connection-specific-field");
  assert.equal(parse([...PSEUDO, "te", "trailers"]).method, "GET");
});

test("RFC 9113 §8.2: a name in upper case, and characters that would begin another line, are refused", () => {
  assert.equal(fault([...PSEUDO, "Accept", "x"]), "400 bad-field-name");
  assert.equal(fault([...PSEUDO, "a b", "x"]), "400 bad-field-name");
  assert.equal(fault([...PSEUDO, "", "x"]), "400 bad-field-name");
  for (const value of ["a\r\nx: y", "a\nb", "a\0b", "\r"]) {
    assert.equal(fault([...PSEUDO, "a", value]), "400 control-character", JSON.stringify(value));
  }
});

test("RFC 9113 §8.2.3: crumbs of Cookie become one field", () => {
  const { fields } = parse([...PSEUDO, "cookie", "a=1", "accept", "*/*", "cookie", "b=2"]);
  assert.equal(fields.values[fields.lowerNames.indexOf("cookie")], "a=1; b=2");
  assert.equal(fields.lowerNames.filter((name) => name === "cookie").length, 1);
});

test("RFC 9113 §8.1.1: the length that is announced, and a body without one", () => {
  const announced = parse([...PSEUDO, "content-length", "5"], true).fields;
  assert.deepEqual([announced.framing, announced.contentLength], ["content-length", 5]);
  const open = parse(PSEUDO, true).fields;
  assert.deepEqual([open.framing, open.contentLength], ["chunked", -1]);
  assert.equal(fault([...PSEUDO, "content-length", "5"]), "400 bad-content-length");
  assert.equal(
    fault([...PSEUDO, "content-length", "5", "content-length", "5"], true),
    "400 duplicate-content-length",
  );
  assert.equal(fault([...PSEUDO, "content-length", "5x"], true), "400 bad-content-length");
});

test("RFC 9113 §6.5.2: the limits are those of HTTP/1.1, with the same answers", () => {
  const limits = {
    ...DEFAULT_LIMITS,
    maxBodyBytes: 4,
    maxFields: 3,
    maxFieldLineBytes: 100,
    maxRequestLineBytes: 40,
    maxHeadBytes: 600,
  };
  assert.equal(fault([...PSEUDO, "content-length", "5"], true, limits), "413 body-too-large");
  assert.equal(fault([...PSEUDO, "a", "", "b", "", "c", ""], false, limits), "431 too-many-fields");
  assert.equal(fault([...PSEUDO, "a", "x".repeat(100)], false, limits), "431 field-line-too-long");
  assert.equal(
    fault(pseudo(":path", `/${"x".repeat(30)}`), false, limits),
    "414 request-line-too-long",
  );
  const many = Array.from({ length: 20 }, () => ["a", "b"]).flat();
  assert.equal(fault([...PSEUDO, ...many], false, limits), "431 head-too-large");
});

test("RFC 9110 §10.1.1: who waits for 100 is told, when a body is to come", () => {
  assert.equal(parse([...PSEUDO, "expect", "100-continue"], true).fields.expectContinue, true);
  assert.equal(parse([...PSEUDO, "expect", "100-continue"]).fields.expectContinue, false);
  assert.equal(fault([...PSEUDO, "expect", "other"], true), "417 expectation-failed");
});
