import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { isWithin, pathForms, readScope } from "../../src/access/path-forms.ts";

test("a rule for a path holds for it and what is below it, and for no other name", () => {
  const scope = readScope("/admin/") ?? assert.fail();
  for (const path of ["/admin", "/admin/", "/admin/x", "/%61dmin/x", "/admin%2Fx"]) {
    assert.ok(isWithin(scope, pathForms(path)), path);
  }
  for (const path of ["/", "/administrator", "/x/admin", "/Admin", "*"]) {
    assert.ok(!isWithin(scope, pathForms(path)), path);
  }
  assert.ok(isWithin(readScope("/") ?? "no", pathForms("*")));
});

test("RFC 3986 §5.2.4: no spelling with dots, slashes or escapes leads around a rule", () => {
  const scope = readScope("/admin") ?? assert.fail();
  for (const path of [
    "//admin",
    "/./admin",
    "/x/../admin/y",
    "/x/%2e%2e/admin",
    "/%2Fadmin",
    "/x//..//admin",
    "/\\admin",
    "/..%5cadmin",
    "/admin/../public",
    "/../admin",
  ]) {
    assert.ok(isWithin(scope, pathForms(path)), path);
  }
  const detour = fc.constantFrom(
    "/",
    "/.",
    "/x/..",
    "/%2e",
    "/x/%2E%2e",
    "/x//..",
    "/x/y/../..",
    "\\.",
  );
  fc.assert(
    fc.property(fc.array(detour), fc.array(detour), (before, behind) => {
      const path = `${before.join("")}/admin${behind.join("")}/page`;
      assert.ok(isWithin(scope, pathForms(path)), path);
    }),
  );
});

test("a scope is a plain path", () => {
  for (const text of ["", "admin", "/a?b", "/a/*", "/%61", "/a//b", "/a/../b", "/a\\b"]) {
    assert.equal(readScope(text), null, text);
  }
  assert.equal(readScope("/caf\u00e9"), "/caf\u00c3\u00a9");
});
