import assert from "node:assert/strict";
import { test } from "node:test";

import type { FieldBlock } from "../../src/http/request-head.ts";
import { readWishes } from "../../src/static/wishes.ts";

function wishes(pairs: Record<string, string>): Record<string, string | null> {
  const lowerNames = Object.keys(pairs);
  const block = { lowerNames, values: Object.values(pairs) } as unknown as FieldBlock;
  return { ...readWishes(block) };
}

test("each field is read under its own name, and absent ones are null", () => {
  const names = {
    ifMatch: "if-match",
    ifUnmodifiedSince: "if-unmodified-since",
    ifNoneMatch: "if-none-match",
    ifModifiedSince: "if-modified-since",
    range: "range",
    ifRange: "if-range",
    acceptEncoding: "accept-encoding",
  };
  const none = Object.fromEntries(Object.keys(names).map((key) => [key, null]));
  assert.deepEqual(wishes({ host: "a" }), none);
  for (const [key, name] of Object.entries(names)) {
    assert.deepEqual(wishes({ host: "a", [name]: "x" }), { ...none, [key]: "x" });
  }
});
