import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { type RedirectRule, findRedirect, parseRedirect } from "../../src/access/redirects.ts";

function rule(text: string): RedirectRule {
  const parsed = parseRedirect(text);
  if (typeof parsed === "string") assert.fail(`${text}: ${parsed}`);
  return parsed;
}

function goes(text: string, path: string, query = "", host = "a.example"): string {
  const request = { mount: "", path, query, host, scheme: "http" as const };
  const target = findRedirect([rule(text)], request);
  return target === null ? "" : `${target.status} ${target.location}`;
}

test("redirects: a path alone, a path and all below it, a host, a query", () => {
  const table: readonly (readonly [rule: string, path: string, query: string, expected: string])[] =
    [
      ["/old /new", "/old", "", "302 /new"],
      ["/old /new", "/old", "?a=1", "302 /new?a=1"],
      ["/old /new?b=2", "/old", "?a=1", "302 /new?b=2"],
      ["/old /new", "/old/", "", ""],
      ["/old /new", "/older", "", ""],
      ["/old /new", "/%6Fld", "", "302 /new"],
      ["/old/* /new/* 301", "/old/a/b", "?q", "301 /new/a/b?q"],
      ["/old/* /new/* 308", "/old", "", "308 /new/"],
      ["/old/* /new 303", "/old/a", "", "303 /new"],
      ["/old/* /new/*", "/older", "", ""],
      ["/old/* /new/*", "/old/a%2Fb%C3%A9", "", "302 /new/a%2Fb%C3%A9"],
      ["/* https://b.example/*", "/x", "?y", "302 https://b.example/x?y"],
      ["/ /start", "/", "", "302 /start"],
      ["/é /e", "/%C3%A9", "", "302 /e"],
      ["a.example/* https://b.example/*", "/x", "", "302 https://b.example/x"],
      ["www.example/* https://b.example/*", "/x", "", ""],
    ];
  for (const [text, path, query, expected] of table) {
    assert.equal(goes(text, path, query), expected, `${text}: ${path}`);
  }
  assert.equal(goes("A.Example/y /x 307", "/y", "", "a.EXAMPLE:8000"), "307 /x");
});

test("redirects: who is where the rule leads to stays there", () => {
  assert.equal(goes("/* http://a.example/*", "/x", "?q"), "");
  assert.equal(goes("/* https://a.example/*", "/x"), "302 https://a.example/x");
});

test("redirects: a site below a path stays there", () => {
  const request = { mount: "/my shop", query: "", host: "a.example", scheme: "http" as const };
  const location = (text: string, path: string): string | undefined =>
    findRedirect([rule(text)], { ...request, path })?.location;
  assert.equal(location("/old /new", "/old"), "/my%20shop/new");
  assert.equal(location("/old https://b.example/new", "/old"), "https://b.example/new");
  assert.equal(location("/* http://a.example/*", "/x"), "http://a.example/x", "out of the site");
});

test("redirects: the first rule that matches counts", () => {
  const rules = [rule("/a/b /one"), rule("/a/* /two")];
  const request = { mount: "", query: "", host: null, scheme: "http" as const };
  assert.equal(findRedirect(rules, { ...request, path: "/a/b" })?.location, "/one");
  assert.equal(findRedirect(rules, { ...request, path: "/a/c" })?.location, "/two");
  assert.equal(findRedirect(rules, { ...request, path: "/b" }), null);
});

test("redirects: what could lead elsewhere, or nowhere, is refused at the start", () => {
  for (const text of [
    "",
    "/a",
    "/a /b 200",
    "/a /b 301 more",
    "a /b",
    "/a b",
    "/a //b.example/",
    "/a /\\b.example",
    "/a ftp://b.example/",
    "/a/* https://b.example*",
    "/a https://b.example",
    "/a https://user@b.example/",
    "/a/*/b /c",
    "/a /b/*",
    "/a /b/c*d",
    "/a /a",
    "/a/* /a/b",
    "/* /b",
    "/%61 /b",
    "/a /b\u00e9",
    "/a/* /b?q=/*",
    "a:80/* /b",
  ]) {
    assert.equal(typeof parseRedirect(text), "string", text);
  }
});

const sentPath = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        "/",
        "//",
        "\\",
        "%2F",
        "%5C",
        "..",
        ".",
        "@",
        ":",
        "evil.example",
        "old",
        "%0D%0A",
      ),
      fc.stringMatching(/^[!-~\u0080-\u00ff]{1,3}$/),
    ),
    { maxLength: 8 },
  )
  .map((parts) => `/${parts.join("")}`);

test("RFC 3986 §4.2, RFC 9110 §17.9: no path leads to another host, or ends a field line", () => {
  const local = rule("/old/* /*");
  const deeper = rule("/* https://b.example/x/*");
  fc.assert(
    fc.property(sentPath, sentPath, (tail, query) => {
      const request = { mount: "", query: `?${query}`, host: "a.example", scheme: "http" as const };
      for (const [one, path, origin] of [
        [local, `/old${tail}`, "http://a.example"],
        [deeper, tail, "https://b.example"],
      ] as const) {
        const location = findRedirect([one], { ...request, path })?.location;
        if (location === undefined) continue;
        assert.match(location, /^[\x21-\x7e]+$/);
        assert.equal(new URL(location, "http://a.example/").origin, origin, location);
      }
    }),
  );
});
