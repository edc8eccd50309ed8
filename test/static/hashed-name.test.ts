import assert from "node:assert/strict";
import { test } from "node:test";

import { hasHashedName } from "../../src/static/hashed-name.ts";

test("a name with a hash of its content, as tools write it, never changes", () => {
  for (const name of [
    "base.5af66c1b1797.css",
    "main.8f3e2ab1.js",
    "main-8f3e2ab1.chunk.js",
    "app.min.d41d8cd98f00b204e9800998ecf8427e.js",
    "logo-0a1b2c3d4e5f60718293a4b5c6d7e8f901234567.svg",
  ]) {
    assert.equal(hasHashedName(name), true, name);
  }
});

test("what only looks like a hash may change", () => {
  for (const name of [
    "base.css",
    "report-20240101.pdf",
    "backup.20240101120000.zip",
    "app.facade.js",
    "app.deadbeef.js",
    "jquery-3.7.1.min.js",
    "5af66c1b1797.css",
    "base.5af66c1b1797",
    "base.5AF66C1B1797.css",
    "base.5af66c1.css",
    "x5af66c1b1797.css",
    "base.5af66c1b1797g.css",
  ]) {
    assert.equal(hasHashedName(name), false, name);
  }
});
