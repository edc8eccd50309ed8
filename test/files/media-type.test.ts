import assert from "node:assert/strict";
import { test } from "node:test";

import { mediaType } from "../../src/files/media-type.ts";

test("RFC 9110 §8.3: the ending of a name says the type, in any case; text is UTF-8", () => {
  const table: readonly [string, string][] = [
    ["a/style.css", "text/css; charset=utf-8"],
    ["app.JS", "text/javascript; charset=utf-8"],
    ["app.mjs", "text/javascript; charset=utf-8"],
    ["page.html", "text/html; charset=utf-8"],
    ["data.json", "application/json; charset=utf-8"],
    ["app.js.map", "application/json; charset=utf-8"],
    ["logo.svg", "image/svg+xml"],
    ["font.woff2", "font/woff2"],
    ["module.wasm", "application/wasm"],
    ["style.css.gz", "application/gzip"],
    ["photo.avif", "image/avif"],
  ];
  for (const [name, type] of table) assert.equal(mediaType(name), type, name);
});

test("RFC 9110 §8.3: what is not known is a row of bytes", () => {
  for (const name of ["README", "x.", "x.nosuchending", "a.css/README", "x.__proto__"]) {
    assert.equal(mediaType(name), "application/octet-stream", name);
  }
});
