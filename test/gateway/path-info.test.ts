import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { decodePath } from "../../src/gateway/path-info.ts";
import { decodePathPlainly } from "../plain/environ.ts";

const decoded: readonly (readonly [path: string, pathInfo: string, why: string])[] = [
  ["/a%20b/%E2%82%AC/%ff", "/a b/\xe2\x82\xac/\xff", "each triplet is one byte, in either case"],
  ["/", "/", "the root"],
  ["", "", "no path"],
  ["//a//b", "//a//b", "empty segments stay"],
  ["/a/../b", "/a/../b", "dot segments stay"],
  ["/%2F", "//", "an escaped slash is a slash"],
  ["/%252e", "/%2e", "what was decoded is not decoded again"],
  ["/%25%32%65", "/%2e", "also when its parts were escaped"],
  ["/a+b", "/a+b", "a plus is a plus"],
  ["/%0A%7f", "/\n\x7f", "control characters are the application's business"],
  ["/%", "/%", "a bare percent sign stays"],
  ["/%4", "/%4", "also at the end, with one digit"],
  ["/%4g%g4%zz", "/%4g%g4%zz", "also before what is no digit"],
  ["/%%41", "/%A", "also before a triplet"],
  ["/%4%41", "/%4A", "also with one digit before a triplet"],
  ["%41%42", "AB", "triplets that touch"],
  ["/caf\xe9", "/caf\xe9", "bytes beyond US-ASCII stay"],
];

for (const [path, pathInfo, why] of decoded) {
  test(`PEP 3333 "environ Variables": PATH_INFO of ${JSON.stringify(path)}: ${why}`, () => {
    assert.equal(decodePath(path), pathInfo);
  });
}

test("decoding is what replacing each well-formed triplet from left to right gives", () => {
  const character = fc.constantFrom("%", "%", "%", "4", "1", "a", "F", "g", "/", "\xe9");
  fc.assert(
    fc.property(fc.string({ unit: character, maxLength: 24 }), (path) => {
      assert.equal(decodePath(path), decodePathPlainly(path));
    }),
    { seed: 4, numRuns: 2000 },
  );
});
