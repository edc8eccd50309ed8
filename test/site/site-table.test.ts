import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { type SiteEntry, SiteTable, siteHost } from "../../src/site/site-table.ts";

function entry(site: string, hosts: string | readonly string[], mount = ""): SiteEntry<string> {
  return { site, hosts: typeof hosts === "string" ? [hosts] : hosts, mount };
}

const TABLE = new SiteTable([
  entry("front", ["shop.example", "www.shop.example"]),
  entry("cart", "shop.example", "/cart"),
  entry("old cart", "shop.example", "/cart/old"),
  entry("below", "*.shop.example"),
  entry("deep", "*.eu.shop.example"),
  entry("local", "127.0.0.1"),
  entry("local6", "[::1]"),
  entry("status", "*", "/status"),
]);

const CASES: readonly (readonly [
  host: string | null,
  path: string,
  site: string,
  rest?: string,
])[] = [
  ["shop.example", "/", "front", "/"],
  ["SHOP.example:8000", "/", "front", "/"],
  ["shop.example.", "/", "front", "/"],
  ["shop.example.:80", "/", "front", "/"],
  ["www.shop.example", "/a", "front", "/a"],
  ["shop.example", "/cart", "cart", ""],
  ["shop.example", "/cart/old/1", "old cart", "/1"],
  ["shop.example", "/cart/older", "cart", "/older"],
  ["shop.example", "/carton", "front", "/carton"],
  // An exact host comes before a mount of a wider one.
  ["shop.example", "/status", "front", "/status"],
  ["www.shop.example", "/cart", "front", "/cart"],
  ["a.shop.example", "/", "below", "/"],
  ["a.b.shop.example", "/", "below", "/"],
  ["a.eu.shop.example", "/", "deep", "/"],
  ["eu.shop.example", "/", "below", "/"],
  ["127.0.0.1:8000", "/", "local", "/"],
  ["[::1]:8000", "/", "local6", "/"],
  ["elsewhere.example", "/status/db", "status", "/db"],
  [null, "/status", "status", ""],
  ["elsewhere.example", "/", "unknown-path"],
  [null, "/", "unknown-path"],
  ["notshop.example", "/", "unknown-path"],
  ["shop.example", "*", "front", "*"],
];

for (const [host, path, site, rest] of CASES) {
  test(`RFC 9110 §7.4: ${host ?? "no host"} and ${path} are for ${site}`, () => {
    const expected = rest === undefined ? site : { site, path: rest };
    assert.deepEqual(TABLE.find(host, path), expected);
  });
}

test("RFC 9110 §15.5.20: a host that no site has is unknown, one whose sites are elsewhere is not", () => {
  const table = new SiteTable([entry("a", "a.example", "/x"), entry("b", "*.b.example")]);
  assert.equal(table.find("a.example", "/y"), "unknown-path");
  assert.equal(table.find("b.example", "/"), "unknown-host");
  assert.equal(table.find(".b.example", "/"), "unknown-host");
  assert.equal(table.find("c.example", "/x"), "unknown-host");
  assert.equal(table.find(null, "/x"), "unknown-host");
  assert.equal(table.find("xa.example", "/x"), "unknown-host");
});

test("a site that does not have the path is passed over for one of a wider host", () => {
  const table = new SiteTable([entry("all", "*"), entry("mounted", "a.example", "/m")]);
  assert.deepEqual(table.find("a.example", "/n"), { site: "all", path: "/n" });
});

test("RFC 9110 §4.2.3: hosts are compared in lower case, without port and the dot of the root", () => {
  assert.equal(siteHost("A.Example.:443"), "a.example");
  assert.equal(siteHost("[2001:DB8::1]:80"), "[2001:db8::1]");
});

const label = fc.constantFrom("a", "b", "c");
const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join("."));
const pattern = fc.oneof(
  name,
  name.map((text) => `*.${text}`),
  fc.constant("*"),
);
const mount = fc.constantFrom("", "/a", "/a/b", "/b");
const path = fc.constantFrom("/", "/a", "/a/", "/a/b", "/a/b/c", "/ab", "/b/a", "/c");

/** The rule said in another way: of all that fit, the one with the most particular host, then mount. */
function bySearch(entries: readonly SiteEntry<string>[], host: string, sent: string): string {
  const fitting = entries.flatMap(({ hosts, mount: start, site }) =>
    hosts.flatMap((each) => {
      const isBelow =
        each.startsWith("*.") && host.endsWith(each.slice(1)) && host.length > each.length - 1;
      if (each !== "*" && each !== host && !isBelow) return [];
      const rank = each === host ? 1000 : each === "*" ? 0 : each.length;
      const takesPath = sent === start || sent.startsWith(`${start}/`);
      return [{ site, takesPath, rank: rank * 1000 + start.length }];
    }),
  );
  if (fitting.length === 0) return "unknown-host";
  const able = fitting.filter(({ takesPath }) => takesPath);
  return able.toSorted((one, other) => other.rank - one.rank)[0]?.site ?? "unknown-path";
}

test("RFC 9110 §7.4: the table finds what a search through all sites finds, in whatever order they stand", () => {
  const entries = fc.uniqueArray(fc.tuple(pattern, mount), {
    maxLength: 12,
    selector: ([host, start]) => host + start,
  });
  fc.assert(
    fc.property(entries, name, path, (pairs, host, sent) => {
      const sites = pairs.map(([each, start]) => entry(`${each}${start}`, each, start));
      const found = new SiteTable(sites).find(host, sent);
      assert.equal(typeof found === "string" ? found : found.site, bySearch(sites, host, sent));
    }),
  );
});
