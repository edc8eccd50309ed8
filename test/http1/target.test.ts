import assert from "node:assert/strict";
import { test } from "node:test";

import { parseTarget } from "../../src/http1/target.ts";

function partsOf(target: string, method = "GET"): readonly (string | null)[] {
  const parts = parseTarget(target, method);
  return parts.kind === "fault" ? [parts.code] : [parts.path, parts.query, parts.authority];
}

test("RFC 9112 §3.2.1: origin-form is cut at the first question mark", () => {
  assert.deepEqual(partsOf("/"), ["/", "", null]);
  assert.deepEqual(partsOf("/a?b?c"), ["/a", "b?c", null]);
  assert.deepEqual(partsOf("/?"), ["/", "", null]);
  assert.deepEqual(partsOf("//a/b"), ["//a/b", "", null]);
});

test("RFC 9112 §3.2.2: absolute-form gives its authority; an empty path is /", () => {
  assert.deepEqual(partsOf("http://a"), ["/", "", "a"]);
  assert.deepEqual(partsOf("HTTP://a:80/b?c"), ["/b", "c", "a:80"]);
  assert.deepEqual(partsOf("https://[::1]?c"), ["/", "c", "[::1]"]);
});

test("RFC 9112 §3.2.4: * belongs to OPTIONS, in both of its forms", () => {
  assert.deepEqual(partsOf("*", "OPTIONS"), ["*", "", null]);
  assert.deepEqual(partsOf("http://a", "OPTIONS"), ["*", "", "a"]);
  assert.deepEqual(partsOf("http://a/", "OPTIONS"), ["/", "", "a"]);
  assert.deepEqual(partsOf("*"), ["bad-target"]);
  assert.deepEqual(partsOf("*", "options"), ["bad-target"]);
});

test("RFC 9112 §3.2: every byte that is not visible US-ASCII is refused, in path and query", () => {
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    const refused = code < 0x21 || code > 0x7e || character === "#";
    const path = partsOf(`/a${character}b`);
    assert.equal(path[0] === "bad-target", refused || character === "\\", `path, byte ${code}`);
    const query = partsOf(`/a?b${character}c`);
    assert.equal(query[0] === "bad-target", refused, `query, byte ${code}`);
  }
});

test("RFC 3986 §2.1: only %00 of all escapes is refused, and in the path only", () => {
  assert.deepEqual(partsOf("/a%00"), ["bad-target"]);
  assert.deepEqual(partsOf("http://a/%00b"), ["bad-target"]);
  assert.deepEqual(partsOf("/a%0?%00"), ["/a%0", "%00", null]);
  assert.deepEqual(partsOf("/%2500%01%"), ["/%2500%01%", "", null]);
});

test("RFC 9112 §3.2: other schemes and relative references are refused", () => {
  for (const target of ["", "a", "?a", "#", "ws://a/", "httpx://a/", "http//a", "a://b", "://a"]) {
    assert.deepEqual(partsOf(target), ["bad-target"], target);
  }
});
