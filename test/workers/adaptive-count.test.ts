import assert from "node:assert/strict";
import { test } from "node:test";

import type { Log } from "../../src/base/log.ts";
import { Pool, Seat } from "../../src/pool/pool.ts";
import { AdaptiveCount, type Resizable } from "../../src/workers/adaptive-count.ts";

/** Workers that are there as soon as they are wanted, in a pool, with a driver that the test calls. */
class Scene implements Resizable {
  count = 0;
  readonly lines: string[] = [];
  readonly pool: Pool<Seat> = new Pool(100);
  resized = 0;
  readonly adaptive: AdaptiveCount;

  constructor(least: number, most: number) {
    this.resize(least);
    const log: Log = { write: (level, text) => void this.lines.push(`${level} ${text}`) };
    const plan = { least, most, workerIdleMs: 1_000 };
    this.adaptive = new AdaptiveCount(plan, this.pool, this, log, () => void this.resized++);
  }

  resize(count: number): void {
    for (; this.count < count; this.count++) {
      const seat = new Seat(1);
      seat.ready = true;
      this.pool.add(seat);
    }
    for (; this.count > count; this.count--) this.pool.remove(this.pool.seats.at(-1)!);
  }

  shrink(): boolean {
    const idle = this.pool.seats.findLast((seat) => seat.inFlight === 0);
    if (idle === undefined) return false;
    this.pool.remove(idle);
    this.count--;
    return true;
  }
}

function withScene(least: number, most: number, use: (scene: Scene) => void): void {
  const scene = new Scene(least, most);
  try {
    use(scene);
  } finally {
    scene.adaptive.end();
  }
}

test("workers that are all busy for a while get one more, and it is logged", () => {
  withScene(2, 8, (scene) => {
    for (const seat of scene.pool.seats) seat.sent(0);
    for (let nowMs = 100; nowMs < 3_000; nowMs += 100) scene.adaptive.look(nowMs);
    assert.equal(scene.count, 3);
    assert.deepEqual(scene.lines, [
      "info 3 workers are wanted now: nearly all are busy (--workers 2..8).",
    ]);
    assert.equal(scene.resized, 1);
  });
});

test("an idle one leaves after the time; while none is idle, none does", () => {
  withScene(1, 3, (scene) => {
    scene.resize(2);
    const [first, second] = scene.pool.seats;
    for (let nowMs = 100; nowMs < 1_000; nowMs += 100) scene.adaptive.look(nowMs);
    // In this moment both have a request, though hardly ever.
    first!.sent(1_100);
    second!.sent(1_100);
    scene.adaptive.look(1_101);
    assert.equal(scene.count, 2);
    first!.ended(1, 1_102);
    second!.ended(1, 1_102);
    for (let nowMs = 1_200; nowMs < 9_000; nowMs += 100) scene.adaptive.look(nowMs);
    assert.equal(scene.count, 1);
    assert.deepEqual(scene.pool.seats, [first]);
    assert.deepEqual(scene.lines, [
      "info 1 worker is wanted now: the others are enough (--workers 1..3).",
    ]);
  });
});

test("a shift moves the number with its range", () => {
  withScene(2, 3, (scene) => {
    assert.equal(scene.adaptive.shift(1), 3);
    assert.equal(scene.adaptive.shift(-1), 2);
    assert.equal(scene.adaptive.shift(-1), 1);
    assert.equal(scene.adaptive.shift(-1), 1);
  });
});
