import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { doubleJsonKey, jsonKeys, jsonPlaceOf } from "../../src/options/json-keys.ts";

const TEXT = `{
  "env": { "workers": "{[,\\"", "bind": "x" },
  "threads": 2, "bind": ["a:1",
    "b:2"], "workers": 3,
  "site": [
    { "app": "a", "env": {"A": "1"} },
    { "app": "b",
      "workers": 4 }
  ]
}`;

const places: readonly (readonly [path: (string | number)[], place: string])[] = [
  [["env"], "w.json:2"],
  [["workers"], "w.json:4"],
  [["bind"], "w.json:3"],
  [["env", "workers"], "w.json:2"],
  [["site", 0], "w.json:6"],
  [["site", 1], "w.json:7"],
  [["site", 1, "workers"], "w.json:8"],
  [["site", 1, "none"], "w.json:7"],
  [["none"], "w.json"],
];
for (const [path, place] of places) {
  test(`${path.join(".")} stands at ${place}`, () => {
    assert.equal(jsonPlaceOf({ path: "w.json", text: TEXT }, path), place);
  });
}

test("a key that stands twice in one object is found, and one in another object is not that", () => {
  assert.equal(doubleJsonKey(TEXT), null);
  assert.deepEqual(doubleJsonKey('{"a": {"b": 1},\n "b": 2,\n "b": 3}'), { path: ["b"], line: 3 });
  assert.deepEqual(doubleJsonKey('{"a": [{"b": 1}, {"b": 1,\n"\\u0062": 2}]}'), {
    path: ["a", 1, "b"],
    line: 2,
  });
});

test("whatever JSON there is: each key is found, with its path", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(undefined, 2), (value, indent) => {
      const pathsOf = (item: unknown, path: readonly (string | number)[]): string[] => {
        if (Array.isArray(item)) return item.flatMap((each, at) => pathsOf(each, [...path, at]));
        if (typeof item !== "object" || item === null) return [];
        return Object.entries(item).flatMap(([key, each]) => [
          JSON.stringify([...path, key]),
          ...pathsOf(each, [...path, key]),
        ]);
      };
      const text = JSON.stringify(value, null, indent);
      const found = jsonKeys(text).map(({ path }) => JSON.stringify(path));
      assert.deepEqual(found, pathsOf(value, []));
    }),
  );
});
