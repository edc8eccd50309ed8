import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { NumberTable } from "../../src/base/number-table.ts";

/** Times the table's own factor it is 1, so its small multiples share the first place, and their opposites the last. */
const INVERSE = 0xe8b2f51;
assert.equal(Math.imul(INVERSE, 0x9e3779b1), 1);

/** Few different numbers, and such as share a place: entries that stand in each other's way are the rule. */
const numbers = fc.oneof(
  fc.integer({ min: 1, max: 20 }),
  fc.integer({ min: 1, max: 20 }).map((number) => number * 16),
  fc.integer({ min: 1, max: 20 }).map((number) => Math.imul(number, INVERSE) >>> 0),
  fc.integer({ min: 1, max: 20 }).map((number) => Math.imul(-number, INVERSE) >>> 0),
  fc.constantFrom(0xffffffff, 0xfffffff0, 0x80000000, 0x7fffffff),
);
const steps = fc.array(
  fc.tuple(fc.constantFrom("set", "set", "delete", "clear rarely"), numbers, fc.nat(9)),
  { maxLength: 200 },
);

test("a table of numbers does what a Map does, and lists its entries by number", () => {
  fc.assert(
    fc.property(steps, (list) => {
      const map = new Map<number, number>();
      const table = new NumberTable<number>();
      for (const [what, number, value] of list) {
        if (what === "set") {
          map.set(number, value);
          table.set(number, value);
        } else if (what === "delete") {
          assert.equal(table.delete(number), map.delete(number));
        } else if (value === 0) {
          map.clear();
          table.clear();
        }
        assert.equal(table.size, map.size);
        assert.equal(table.has(number), map.has(number));
        assert.equal(table.get(number), map.get(number));
        const sorted = [...map].toSorted(([a], [b]) => a - b);
        assert.deepEqual([...table], sorted);
        assert.deepEqual(table.values(), [...sorted.map(([, entry]) => entry)]);
      }
    }),
    { numRuns: 300 },
  );
});

test("entries may be removed while they are gone through", () => {
  const table = new NumberTable<string>();
  for (let number = 1; number <= 100; number++) table.set(number, `${number}`);
  for (const [number, value] of table) {
    assert.equal(value, `${number}`);
    table.delete(number);
  }
  assert.equal(table.size, 0);
});
