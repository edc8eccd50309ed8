import assert from "node:assert/strict";
import { test } from "node:test";

import { findRewrite, parseRewrite } from "../../src/access/rewrites.ts";

function becomes(text: string, path: string, query = "q"): string | null {
  const rule = parseRewrite(text);
  if (typeof rule === "string") assert.fail(`${text}: ${rule}`);
  const found = findRewrite([rule], path, query);
  return found === null ? null : `${found.path}?${found.query}`;
}

test("rewrites: a path alone, a path and all below it, a query", () => {
  const table: readonly (readonly [rule: string, path: string, expected: string | null])[] = [
    ["/a /b", "/a", "/b?q"],
    ["/a /b", "/a/", null],
    ["/a /b?x=1&y=?", "/a", "/b?x=1&y=?"],
    ["/a /b?", "/a", "/b?"],
    ["/a/* /b/*", "/a/c%2Fd", "/b/c%2Fd?q"],
    ["/a/* /b/*", "/a", "/b/?q"],
    ["/a/* /*", "/a//c", "/c?q"],
    ["/a/* /index", "/a/x/y", "/index?q"],
    ["/* /app/*", "/x", "/app/x?q"],
    ["/caf\u00e9 /c", "/caf%C3%A9", "/c?q"],
  ];
  for (const [text, path, expected] of table) assert.equal(becomes(text, path), expected, text);
});

test("rewrites: what is no path is refused at the start", () => {
  const wrong = [
    "",
    "/a",
    "/a b",
    "/a //b",
    "/a http://b/",
    "/a /b c",
    "/a /b/*",
    "/a* /b",
    "/a/* /b?c/*",
  ];
  for (const text of wrong) assert.equal(typeof parseRewrite(text), "string", text);
});
