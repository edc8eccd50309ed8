import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { decodePath } from "../../src/gateway/path-info.ts";
import { type RequestPath, readRequestPath } from "../../src/static/request-path.ts";

function read(sent: string): RequestPath | string {
  const path = readRequestPath(decodePath(sent), sent);
  return path.kind === "unsafe" ? path.reason : path;
}

function file(relative: string): RequestPath {
  return { kind: "path", relative, isFolder: false };
}

test("a path is decoded once; a slash at its end means a folder", () => {
  assert.deepEqual(read("a/b.css"), file("a/b.css"));
  assert.deepEqual(read("a%20b%C3%BC.css"), file("a bÃ¼.css"));
  assert.deepEqual(read("%2561"), file("%61"));
  assert.deepEqual(read("a/"), { kind: "path", relative: "a", isFolder: true });
  assert.deepEqual(read(""), { kind: "path", relative: "", isFolder: true });
  assert.deepEqual(read(".well-known/security.txt"), file(".well-known/security.txt"));
  assert.deepEqual(read("a..b/c"), file("a..b/c"));
});

test("nothing leads out of the folder or to a hidden name, in any spelling", () => {
  for (const sent of [
    "..",
    "../x",
    "a/../../x",
    "a/..",
    "./a",
    "a/./b",
    "%2e%2e/x",
    ".%2e/x",
    "a/%2E%2E/%2e%2e/x",
    "..%2fx",
    "a%2f..%2fx",
    "..%5cx",
    "a%5Cb",
    "a\\b",
    "a%00.css",
    "//a",
    "a//b",
    "/etc/passwd",
    ".git/config",
    "a/.env",
    ".htaccess",
    "%2egit/config",
    ".well-known/.x",
    "a/.well-known/x",
    ".well-known2/x",
    "a%",
    "a%4",
    "a%zz",
    "x".repeat(300),
    "x/".repeat(3000),
  ]) {
    assert.equal(typeof read(sent), "string", sent.slice(0, 60));
  }
});

test("whatever is sent, a path that is read has plain segments only", () => {
  const part = fc.constantFrom(
    "..",
    ".",
    "%2e",
    "%2f",
    "/",
    "a",
    "%00",
    "\\",
    "%5c",
    "%25",
    ".a",
    "",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
      const path = read(parts.join(""));
      if (typeof path === "string" || path.relative === "") return;
      for (const segment of path.relative.split("/")) {
        assert.match(segment, /^[^./\\\0][^/\\\0]*$/);
      }
    }),
  );
});
