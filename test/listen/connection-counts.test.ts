import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { ConnectionCounts, addressKey } from "../../src/listen/connection-counts.ts";

test("as many connections as the limits say are taken, in all and of each address", () => {
  const counts = new ConnectionCounts({ total: 4, perAddress: 2, room: 9 });
  assert.deepEqual(
    ["a", "a", "a", "b", "b", "c"].map((key) => counts.take(key)),
    [...[null, null, "too-many-connections-of-address"], ...[null, null, "too-many-connections"]],
  );
  counts.release("a");
  assert.equal(counts.take("c"), null);
  assert.equal(counts.take("a"), "too-many-connections");
});

test('the key "" counts in the total only', () => {
  const counts = new ConnectionCounts({ total: 3, perAddress: 1, room: 9 });
  assert.deepEqual(
    ["", "", "", ""].map((key) => counts.take(key)),
    [null, null, null, "too-many-connections"],
  );
});

test("connections and other open files together stay within the room that the system has", () => {
  let otherFiles = 2;
  const limits = { total: 4, perAddress: 4, room: 4 };
  const counts = new ConnectionCounts(limits, () => otherFiles);
  assert.deepEqual(
    ["a", "a", "a"].map((key) => counts.take(key)),
    [null, null, "too-many-connections"],
  );
  otherFiles = 0;
  assert.equal(counts.take("a"), null);
});

test("whatever comes and goes, the counts are those of what is open", () => {
  const step = fc.record({ key: fc.constantFrom("", "a", "b", "c"), comes: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const counts = new ConnectionCounts({ total: 5, perAddress: 2, room: 9 });
      const open: string[] = [];
      for (const { key, comes } of steps) {
        const ofKey = open.filter((other) => other === key).length;
        if (comes) {
          const expected =
            key !== "" && ofKey >= 2
              ? "too-many-connections-of-address"
              : open.length >= 5
                ? "too-many-connections"
                : null;
          assert.equal(counts.take(key), expected);
          if (expected === null) open.push(key);
        } else if (ofKey > 0) {
          counts.release(key);
          open.splice(open.indexOf(key), 1);
        }
        assert.equal(counts.total, open.length);
      }
    }),
    { seed: 7, numRuns: 300 },
  );
});

for (const [address, key] of [
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["::FFFF:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::6", "2001:db8:1:2"],
  ["2001:db8::6", "2001:db8:0:0"],
  ["2001:db8::4:5:6:7:8", "2001:db8:0:4"],
  ["::1", "0:0:0:0"],
  ["fe80::1%eth0", "fe80:0:0:0"],
  ["", ""],
] as const) {
  test(`${address || "a Unix socket"} is counted under ${key || "nothing"}`, () => {
    assert.equal(addressKey(address), key);
  });
}
