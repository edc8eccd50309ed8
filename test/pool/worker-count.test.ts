import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { WorkerCount, type WorkerLoadNow } from "../../src/pool/worker-count.ts";

const IDLE_MS = 60_000;

/** What happens for a while: looks every 100 ms, and each worker that is asked for is there at once. */
interface Phase {
  readonly seconds: number;
  /** Workers' worth of running requests; more than there are workers wait. */
  readonly load: number;
}

/** Runs the phases; the number of workers at the end of each. */
function run(least: number, most: number, phases: readonly Phase[], threads = 1): number[] {
  const count = new WorkerCount({ least, most }, IDLE_MS);
  let wanted = least;
  let nowMs = 0;
  return phases.map(({ seconds, load }) => {
    for (let look = 0; look < seconds * 10; look++) {
      nowMs += 100;
      const slots = wanted * threads;
      const running = Math.round(load * threads);
      const waiting = Math.max(0, running - slots);
      const longestWaitMs = waiting > 0 ? 200 : 0;
      const serving = wanted;
      const busy = Math.min(slots, running);
      const now = { nowMs, wanted, serving, slots, busy, waiting, longestWaitMs };
      wanted = count.look(now)?.wanted ?? wanted;
    }
    return wanted;
  });
}

for (const [title, least, most, phases, expected] of [
  ["idle, it stays at the least", 2, 8, [{ seconds: 300, load: 0 }], [2]],
  ["requests that wait get a worker each", 2, 8, [{ seconds: 2, load: 5 }], [6]],
  ["never more than the most", 2, 4, [{ seconds: 60, load: 50 }], [4]],
  ["nearly all are busy: one more, before anything waits", 4, 8, [{ seconds: 9, load: 4 }], [5]],
  ["half of them busy: enough", 4, 8, [{ seconds: 300, load: 2 }], [4]],
  [
    "when the load has gone they stay for a minute, then leave one after the other",
    1,
    4,
    [
      { seconds: 5, load: 4 },
      { seconds: 55, load: 0 },
      { seconds: 10, load: 0 },
      { seconds: 10, load: 0 },
      { seconds: 60, load: 0 },
    ],
    [4, 4, 3, 2, 1],
  ],
  [
    "a load that comes back within the minute finds them there",
    1,
    4,
    [
      { seconds: 5, load: 4 },
      { seconds: 50, load: 0 },
      { seconds: 5, load: 4 },
      { seconds: 50, load: 0 },
    ],
    [4, 4, 4, 4],
  ],
] as const) {
  test(`the number of workers: ${title}`, () => {
    assert.deepEqual(run(least, most, phases), expected);
  });
}

const busyLoad: WorkerLoadNow = {
  ...{ nowMs: 1_000, wanted: 2, serving: 2, slots: 2, busy: 2 },
  ...{ waiting: 1, longestWaitMs: 500 },
};

test("nothing is decided while a worker boots", () => {
  const count = new WorkerCount({ least: 1, most: 8 }, IDLE_MS);
  assert.equal(count.look({ ...busyLoad, wanted: 3 }), null);
  assert.equal(count.look(busyLoad)?.wanted, 3);
});

test("a request that has waited for a moment is no reason", () => {
  const count = new WorkerCount({ least: 1, most: 8 }, IDLE_MS);
  assert.equal(count.look({ ...busyLoad, longestWaitMs: 20 }), null);
});

test("a queue as long as all slots asks for as many workers again", () => {
  const count = new WorkerCount({ least: 1, most: 8 }, IDLE_MS);
  assert.equal(count.look({ ...busyLoad, waiting: 2 })?.wanted, 4);
  const threads = { slots: 8, busy: 8 };
  assert.equal(count.look({ ...busyLoad, ...threads, waiting: 7 })?.wanted, 3);
});

test("TTIN and TTOU move both ends; the least stays at 1 or more", () => {
  const count = new WorkerCount({ least: 2, most: 4 }, IDLE_MS);
  count.shift(1);
  assert.deepEqual(count.range, { least: 3, most: 5 });
  assert.equal(count.look({ ...busyLoad, wanted: 2 })?.wanted, 3);
  for (let times = 0; times < 9; times++) count.shift(-1);
  assert.deepEqual(count.range, { least: 1, most: 1 });
  count.shift(1);
  assert.deepEqual(count.range, { least: 1, most: 2 });
});

test("whatever the load, the number stays in its range", () => {
  const phase = fc.record({
    seconds: fc.integer({ min: 1, max: 90 }),
    load: fc.double({ min: 0, max: 20, noNaN: true }),
  });
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.integer({ min: 0, max: 6 }),
      fc.array(phase, { maxLength: 6 }),
      fc.integer({ min: 1, max: 4 }),
      (least, more, phases, threads) => {
        for (const wanted of run(least, least + more, phases, threads)) {
          assert.ok(wanted >= least && wanted <= least + more);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test("a load that stays the same does not make the number go up and down", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 8, noNaN: true }), (load) => {
      const [settled] = run(1, 8, [{ seconds: 200, load }], 8);
      const later = Array.from({ length: 20 }, () => ({ seconds: 10, load }));
      const counts = run(1, 8, [{ seconds: 200, load }, ...later], 8);
      assert.deepEqual(
        counts,
        counts.map(() => settled),
      );
    }),
    { numRuns: 40 },
  );
});
