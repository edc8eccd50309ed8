import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type Listing,
  type ListingEntry,
  encodeName,
  renderListing,
} from "../../src/static/listing.ts";

function entry(name: string, more: Partial<ListingEntry> = {}): ListingEntry {
  const bytes = Buffer.from(name, "utf8").toString("latin1");
  return { name: bytes, isFolder: false, sizeBytes: 0, modifiedMs: 0, ...more };
}

function render(entries: readonly ListingEntry[], more: Partial<Listing> = {}): string {
  const listing = { path: "/files/", entries, hasParent: false, isCut: false, ...more };
  return Buffer.from(renderListing(listing), "latin1").toString("utf8");
}

test("folders come first, then names, with numbers in their order", () => {
  const html = render([
    entry("b10.txt"),
    entry("b9.txt"),
    entry("Z", { isFolder: true }),
    entry("a.txt"),
  ]);
  const names = [...html.matchAll(/<td><a href="[^"]*">([^<]*)</g)].map(([, name]) => name);
  assert.deepEqual(names, ["Z/", "a.txt", "b9.txt", "b10.txt"]);
});

test("a name is shown and linked as nothing but a name", () => {
  const html = render([entry('<script>"&.txt'), entry("javascript:x"), entry("ü b#?.txt")]);
  assert.doesNotMatch(html, /<script>/);
  assert.match(html, /href="%3Cscript%3E%22%26\.txt">&lt;script&gt;&quot;&amp;\.txt</);
  assert.match(html, /href="javascript%3Ax"/);
  assert.match(html, /href="%C3%BC%20b%23%3F\.txt">ü b#\?\.txt</);
});

test("RFC 3986 §2.3: each byte of a name that is not unreserved is escaped", () => {
  assert.equal(encodeName("aZ09-._~"), "aZ09-._~");
  assert.equal(encodeName("/:%\n\xff"), "%2F%3A%25%0A%FF");
});

test("sizes are short, with the bytes behind them; times are UTC", () => {
  const html = render([
    entry("a", { sizeBytes: 999, modifiedMs: Date.UTC(2026, 10, 21, 15, 30) }),
    entry("b", { sizeBytes: 1536 }),
    entry("c", { sizeBytes: 52_428_800 }),
  ]);
  assert.match(html, /title="999 bytes">999 B<\/span><td>2026-11-21 15:30/);
  assert.match(html, /title="1536 bytes">1\.5 KiB</);
  assert.match(html, />50 MiB</);
  assert.match(html, /<p>3 files\.<\/p>/);
});

test("there is a way up where there is one, and what is empty or cut says so", () => {
  assert.doesNotMatch(render([]), /\.\.\//);
  assert.match(render([]), /This folder is empty\./);
  const deep = render([], { path: "/files/a/b/", hasParent: true, isCut: true });
  assert.match(deep, /<a href="\.\.\/">\.\.\//);
  assert.match(deep, /<a href="\.\.\/">a<\/a>/);
  assert.match(deep, /There are more/);
});
