import assert from "node:assert/strict";
import { test } from "node:test";

import { editDistance, nearestName } from "../../src/options/nearest.ts";

const distances: readonly (readonly [string, string, number])[] = [
  ["", "", 0],
  ["", "abc", 3],
  ["abc", "", 3],
  ["abc", "abc", 0],
  ["abc", "abd", 1],
  ["abc", "ab", 1],
  ["abc", "abcd", 1],
  ["abc", "acb", 1],
  ["ca", "abc", 3],
  ["kitten", "sitting", 3],
];

for (const [left, right, distance] of distances) {
  test(`from "${left}" to "${right}" it is ${distance}, both ways`, () => {
    assert.equal(editDistance(left, right), distance);
    assert.equal(editDistance(right, left), distance);
  });
}

const names = ["--bind", "--workers", "--log-level"];

test("the nearest of several names wins", () => {
  assert.equal(nearestName("--worker", names), "--workers");
  assert.equal(nearestName("--bnid", names), "--bind");
});

test("the beginning of a name is near to it", () => {
  assert.equal(nearestName("--log", names), "--log-level");
});

test("a word that is like no name has no nearest one", () => {
  assert.equal(nearestName("--preload-app", names), null);
  assert.equal(nearestName("-", names), null);
});

test("a word longer than any name is not compared", () => {
  assert.equal(nearestName("--bind".padEnd(65, "d"), names), null);
  assert.equal(nearestName("x".repeat(65), ["x".repeat(64)]), null);
});
