import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { Fifo } from "../../src/base/fifo.ts";

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("push" as const), item: fc.nat(30) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("unshift" as const), item: fc.nat(30) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("shift" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), item: fc.nat(30) }) },
);

test("whatever is done to it, a queue holds what an array would hold, in the same order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300, size: "max" }), (steps) => {
      const fifo = new Fifo<number>();
      const model: number[] = [];
      for (const now of steps) {
        if (now.do === "push") {
          fifo.push(now.item);
          model.push(now.item);
        } else if (now.do === "unshift") {
          fifo.unshift(now.item);
          model.unshift(now.item);
        } else if (now.do === "shift") {
          assert.equal(fifo.shift(), model.shift());
        } else {
          const at = model.indexOf(now.item);
          if (at >= 0) model.splice(at, 1);
          assert.equal(fifo.remove(now.item), at >= 0);
        }
        assert.equal(fifo.size, model.length);
        assert.equal(fifo.first, model[0]);
      }
      assert.deepEqual(
        Array.from(model, () => fifo.shift()),
        model,
      );
      assert.equal(fifo.shift(), undefined);
    }),
    { seed: 3, numRuns: 300 },
  );
});

test("a queue that was never used gives nothing and holds nothing", () => {
  const fifo = new Fifo<string>();
  assert.deepEqual(
    [fifo.size, fifo.shift(), fifo.remove("x"), fifo.size],
    [0, undefined, false, 0],
  );
});

test("of equal items the one that stands first is removed", () => {
  const fifo = new Fifo<string>();
  for (const item of ["b", "a", "c", "a"]) fifo.push(item);
  assert.equal(fifo.remove("a"), true);
  assert.deepEqual([fifo.shift(), fifo.shift(), fifo.shift()], ["b", "c", "a"]);
});
