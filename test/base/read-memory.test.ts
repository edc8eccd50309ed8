import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { type Lender, OWN_MEMORY, ReadMemory } from "../../src/base/read-memory.ts";

test("memory that nobody keeps is used for the next read", () => {
  const memory = new ReadMemory(16, 4);
  assert.equal(memory.lender, OWN_MEMORY);
  const first = memory.next();
  assert.equal(first.length, 16);
  assert.equal(memory.next(), first);
});

test("memory that is kept is used again when its last view is released, up to the number that may lie unused", () => {
  const memory = new ReadMemory(16, 1);
  const buffers: Buffer[] = [];
  const lenders: Lender[] = [];
  for (let i = 0; i < 3; i++) {
    buffers.push(memory.next());
    lenders.push(memory.lender);
    memory.lender.keep();
    memory.lender.keep();
  }
  assert.equal(new Set(buffers).size, 3);
  for (const lender of lenders) lender.release();
  const fourth = memory.next();
  assert.ok(!buffers.includes(fourth), "each has a view left");
  memory.lender.keep();
  for (const lender of lenders) lender.release();
  assert.equal(memory.next(), buffers[0]);
  memory.lender.keep();
  assert.ok(!buffers.includes(memory.next()), "one may lie unused, the others are gone");
});

test("property: what a view holds stays until it is released, however reads and releases follow", () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ read: fc.integer({ min: 0, max: 3 }) }) },
    { weight: 1, arbitrary: fc.record({ release: fc.nat() }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(3), (steps, maxFree) => {
      const memory = new ReadMemory(4, maxFree);
      const views: { bytes: Buffer; lender: Lender; value: number }[] = [];
      let value = 0;
      for (const at of steps) {
        if ("read" in at) {
          const bytes = memory.next().fill(++value & 0xff);
          for (let kept = 0; kept < at.read; kept++) {
            memory.lender.keep();
            views.push({ bytes, lender: memory.lender, value: value & 0xff });
          }
        } else if (views.length > 0) {
          const [view] = views.splice(at.release % views.length, 1);
          view?.lender.release();
        }
        for (const view of views) assert.deepEqual([...view.bytes], Array(4).fill(view.value));
      }
    }),
    { seed: 5, numRuns: 300 },
  );
});
