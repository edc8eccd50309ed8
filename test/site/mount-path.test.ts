import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { decodePath, encodePath } from "../../src/gateway/path-info.ts";
import { behindMount } from "../../src/site/mount-path.ts";

const CASES: readonly (readonly [mount: string, sent: string, rest: string | null])[] = [
  ["", "/", "/"],
  ["", "/shop", "/shop"],
  ["", "*", "*"],
  ["/shop", "/shop", ""],
  ["/shop", "/shop/", "/"],
  ["/shop", "/shop/a/b", "/a/b"],
  ["/shop", "/shop//a", "//a"],
  ["/shop", "/shopping", null],
  ["/shop", "/sho", null],
  ["/shop", "/Shop", null],
  ["/shop", "//shop", null],
  ["/shop", "/a/shop", null],
  ["/shop", "*", null],
  ["/shop", "/%73hop/a%20b", "/a%20b"],
  ["/shop", "/sh%6fp", ""],
  ["/shop", "/shop%2Fa", "%2Fa"],
  ["/shop", "/shop%20", null],
  ["/shop", "/shop%", null],
  ["/shop/new", "/shop/new/x", "/x"],
  ["/shop/new", "/shop%2fnew/x", "/x"],
  ["/shop/new", "/shop/newer", null],
  ["/caf\u00c3\u00a9", "/caf%C3%A9/x%25", "/x%25"],
];

for (const [mount, sent, rest] of CASES) {
  test(`PEP 3333 "environ Variables": ${JSON.stringify(sent)} ${rest === null ? "is not below" : "is below"} ${JSON.stringify(mount)}`, () => {
    assert.equal(behindMount(mount, sent), rest);
  });
}

const segment = fc.string({
  unit: fc.constantFrom("a", "b", "%61", "%2f", "%", "%zz", "."),
  maxLength: 6,
});
const sentPath = fc
  .array(segment, { minLength: 1, maxLength: 5 })
  .map((parts) => `/${parts.join("/")}`);

test('PEP 3333 "environ Variables": SCRIPT_NAME and PATH_INFO together are the decoded path, wherever it is cut', () => {
  fc.assert(
    fc.property(sentPath, fc.nat(40), (sent, at) => {
      const decoded = decodePath(sent);
      const mount = decoded.slice(0, at).replace(/\/$/, "");
      const rest = behindMount(mount, sent);
      const next = decoded[mount.length] ?? "/";
      if (next !== "/") assert.equal(rest, null);
      else assert.equal(mount + decodePath(rest ?? "none"), decoded);
    }),
  );
});

test("RFC 3986 §3.3: a mount that is encoded for a Location is the mount again when it comes back", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(255), { maxLength: 12 }), (bytes) => {
      const path = `/${String.fromCharCode(...bytes)}`;
      assert.equal(decodePath(encodePath(path)), path);
      assert.match(encodePath(path), /^[!-~]+$/);
    }),
  );
});
