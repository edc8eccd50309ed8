import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { Pool, Seat } from "../../src/pool/pool.ts";
import { leastBusyPlainly } from "../plain/pool.ts";
import { NotedJob } from "./jobs.ts";

/** pool.ts: so long without an answer, and a worker gets nothing ahead. */
const SLOW_MS = 5;

test("a request goes to the least busy ready worker; of equal ones to the first", () => {
  const { pool, seats } = poolOf(3, 4);
  const [a, b, c] = seats as [Seat, Seat, Seat];
  const taken = Array.from({ length: 4 }, () => run(pool, 0));
  assert.deepEqual(taken, [a, b, c, a]);
  c.ready = false;
  assert.equal(run(pool, 0), b);
  assert.deepEqual(
    seats.map(({ inFlight }) => inFlight),
    [2, 2, 1],
  );
});

test("when every worker is full a request waits; when the queue is full it is refused", () => {
  const { pool } = poolOf(2, 1, 3);
  run(pool, 0);
  run(pool, 0);
  const offers = Array.from({ length: 5 }, () => pool.offer(new NotedJob(), 0));
  assert.deepEqual(offers, ["queued", "queued", "queued", "full", "full"]);
  assert.equal(pool.queued, 3);
});

test("with no queue a request is run or refused", () => {
  const { pool } = poolOf(1, 1, 0);
  assert.ok(run(pool, 0) instanceof Seat);
  assert.equal(pool.offer(new NotedJob(), 0), "full");
});

test("without a ready worker requests wait", () => {
  const { pool, seats } = poolOf(1, 1);
  seats[0]!.ready = false;
  assert.equal(pool.offer(new NotedJob(), 0), "queued");
  assert.equal(pool.seatForNext(0), null);
  seats[0]!.ready = true;
  assert.equal(pool.seatForNext(0), seats[0]);
});

test("a new request doesn't pass those that wait, though a worker has room", () => {
  const { pool, seats } = poolOf(1, 1);
  run(pool, 0);
  const [first, second] = [new NotedJob("first"), new NotedJob("second")];
  pool.offer(first, 0);
  seats[0]!.ended(1, 1);
  assert.equal(pool.offer(second, 1), "queued");
  assert.deepEqual([pool.next(), pool.next(), pool.next()], [first, second, undefined]);
});

test("a request that comes back goes first, and is taken though the queue is full", () => {
  const { pool } = poolOf(0, 1, 1);
  const [waiting, back, earlier] = [new NotedJob(), new NotedJob(), new NotedJob()];
  assert.equal(pool.offer(waiting, 0), "queued");
  pool.giveBack(back);
  pool.giveBack(earlier);
  assert.equal(pool.queued, 3);
  assert.equal(pool.offer(new NotedJob(), 0), "full");
  assert.deepEqual([pool.next(), pool.next(), pool.next()], [earlier, back, waiting]);
});

test("a request that has waited too long is taken out, the first one first; the others wait on", () => {
  const pool = new Pool<Seat>(10, 100);
  const [first, second, third] = [new NotedJob(), new NotedJob(), new NotedJob()];
  assert.equal(pool.overdueAtMs, Infinity);
  pool.offer(first, 1000);
  pool.offer(second, 1050);
  pool.offer(third, 1090);
  assert.equal(pool.overdueAtMs, 1100);
  assert.equal(pool.longestWaitMs(1099), 99);
  assert.equal(pool.nextOverdue(1099), undefined);
  assert.equal(pool.nextOverdue(1150), first);
  assert.equal(pool.nextOverdue(1150), second);
  assert.equal(pool.nextOverdue(1150), undefined);
  assert.equal(pool.overdueAtMs, 1190);
  assert.equal(pool.next(), third);
  assert.equal(pool.longestWaitMs(9999), 0);
});

test("a request that comes back has waited since it came, not since it came back", () => {
  const pool = new Pool<Seat>(10, 100);
  const seat = new Seat(1);
  seat.ready = true;
  pool.add(seat);
  const job = new NotedJob();
  assert.equal(pool.offer(job, 1000), seat);
  pool.giveBack(job);
  assert.equal(pool.nextOverdue(1099), undefined);
  assert.equal(pool.nextOverdue(1100), job);
});

test("without a longest wait a request waits for ever", () => {
  const { pool } = poolOf(0, 1);
  pool.offer(new NotedJob(), 0);
  assert.equal(pool.nextOverdue(1e12), undefined);
  assert.equal(pool.overdueAtMs, Infinity);
});

test("a waiting request can be withdrawn, once, and makes room", () => {
  const { pool } = poolOf(0, 1, 2);
  const [first, second] = [new NotedJob(), new NotedJob()];
  pool.offer(first, 0);
  pool.offer(second, 0);
  assert.equal(pool.withdraw(first), true);
  assert.equal(pool.withdraw(first), false);
  assert.equal(pool.offer(new NotedJob(), 0), "queued");
  assert.equal(pool.next(), second);
});

test("a worker that left gets nothing more", () => {
  const { pool, seats } = poolOf(2, 8);
  pool.remove(seats[0]!);
  pool.remove(seats[0]!);
  assert.deepEqual([run(pool, 0), run(pool, 0)], [seats[1], seats[1]]);
});

test("a worker of unknown speed gets as many requests as it has threads", () => {
  for (const threads of [1, 4]) assert.equal(new Seat(threads).capacity(0), threads);
});

test("a fast worker gets requests ahead: about three milliseconds of work, at most 128", () => {
  const quick = new Seat(1);
  const ahead = keepBusy(quick, 400, 0.2) - 1;
  assert.ok(ahead >= 12 && ahead <= 15, `${ahead}`);
  const quickest = new Seat(2);
  assert.equal(keepBusy(quickest, 3000, 0.002), 2 + 128);
});

test("a slow worker gets nothing ahead", () => {
  const slow = new Seat(4);
  assert.equal(keepBusy(slow, 400, 5), 4);
});

test("a fast worker that has not answered for 5 ms gets nothing ahead until it answers", () => {
  const seat = new Seat(1);
  keepBusy(seat, 400, 0.05);
  const start = 1000;
  seat.sent(start);
  assert.ok(seat.capacity(start + SLOW_MS) > 1);
  assert.equal(seat.capacity(start + SLOW_MS + 0.01), 1);
  seat.sent(start + 8);
  assert.equal(seat.capacity(start + 8), 1, "more requests are no progress");
  seat.ended(2, start + 9);
  assert.ok(seat.capacity(start + 9) > 1);
});

test("a worker that gave requests back gets nothing ahead until it answers", () => {
  const seat = new Seat(1);
  keepBusy(seat, 400, 0.05);
  const start = 1000;
  for (let i = 0; i < 5; i++) seat.sent(start);
  seat.handedBack(4, start + 1);
  assert.deepEqual([seat.inFlight, seat.capacity(start + 1)], [1, 1]);
  seat.ended(1, start + 2);
  assert.ok(seat.capacity(start + 2) > 1);
});

test("time in which a worker had nothing to do doesn't count as slow", () => {
  const seat = new Seat(1);
  const capacity = keepBusy(seat, 400, 0.05);
  seat.sent(1_000_000);
  assert.equal(seat.capacity(1_000_000), capacity);
  seat.ended(1, 1_000_000.05);
  assert.ok(seat.capacity(1_000_000.05) >= capacity);
});

test("property: the worker that is found in one pass is the first of all that have room, sorted", () => {
  const worker = fc.record({
    ready: fc.boolean(),
    threads: fc.integer({ min: 1, max: 3 }),
    sent: fc.nat(4),
    ended: fc.nat(4),
  });
  fc.assert(
    fc.property(fc.array(worker, { maxLength: 8 }), fc.nat(12), (workers, nowMs) => {
      const pool = new Pool<Seat>(10);
      const seats = workers.map(({ ready, threads, sent, ended }) => {
        const seat = new Seat(threads);
        seat.ready = ready;
        for (let i = 0; i < sent; i++) seat.sent(0);
        for (let i = 0; i < Math.min(sent, ended); i++) seat.ended(1, i / 1000);
        pool.add(seat);
        return seat;
      });
      const plain = leastBusyPlainly(seats, nowMs);
      assert.equal(pool.offer(new NotedJob(), nowMs), plain ?? "queued");
    }),
    { numRuns: 1000 },
  );
});

test("each request is at one place: in the queue, with one worker, refused or ended", () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.constant("offer" as const) },
    { weight: 3, arbitrary: fc.constant("end" as const) },
    { weight: 1, arbitrary: fc.constant("handBack" as const) },
    { weight: 1, arbitrary: fc.constant("withdraw" as const) },
    { weight: 1, arbitrary: fc.constant("toggle" as const) },
  );
  const steps = fc.array(fc.tuple(step, fc.nat(1000)), { maxLength: 120, size: "max" });
  fc.assert(
    fc.property(steps, (plan) => {
      const maxQueued = 6;
      const { pool, seats } = poolOf(3, 2, maxQueued);
      const running = new Map<NotedJob, Seat>();
      let waiting: NotedJob[] = [];
      let nowMs = 0;
      const pump = (): void => {
        for (;;) {
          const seat = pool.seatForNext(nowMs);
          if (seat === null) return;
          assert.ok(seat.ready && seat.inFlight < seat.capacity(nowMs));
          const job = pool.next() as NotedJob;
          assert.equal(job, waiting.shift(), "first in, first out");
          seat.sent(nowMs);
          running.set(job, seat);
        }
      };
      for (const [what, pick] of plan) {
        nowMs += pick / 300;
        const chosen = [...running][pick % (running.size || 1)];
        if (what === "offer") {
          const job = new NotedJob();
          const offer = pool.offer(job, nowMs);
          if (offer instanceof Seat) {
            assert.equal(waiting.length, 0);
            offer.sent(nowMs);
            running.set(job, offer);
          } else if (offer === "queued") waiting.push(job);
          else assert.ok(waiting.length >= maxQueued);
        } else if (what === "end" && chosen !== undefined) {
          running.delete(chosen[0]);
          chosen[1].ended(1, nowMs);
        } else if (what === "handBack" && chosen !== undefined) {
          running.delete(chosen[0]);
          chosen[1].handedBack(1, nowMs);
          pool.giveBack(chosen[0]);
          waiting.unshift(chosen[0]);
        } else if (what === "withdraw" && waiting.length > 0) {
          const job = waiting[pick % waiting.length]!;
          assert.equal(pool.withdraw(job), true);
          waiting = waiting.filter((other) => other !== job);
        } else if (what === "toggle") {
          const seat = seats[pick % seats.length]!;
          seat.ready = !seat.ready;
        }
        pump();
        assert.equal(pool.queued, waiting.length);
        for (const seat of seats) {
          assert.equal(
            seat.inFlight,
            [...running.values()].filter((other) => other === seat).length,
          );
        }
        const idle = seats.some((seat) => seat.ready && seat.inFlight < seat.threads);
        assert.ok(!idle || waiting.length === 0, "no request waits while a thread is idle");
      }
    }),
    { seed: 5, numRuns: 200 },
  );
});

function poolOf(
  workers: number,
  threads: number,
  maxQueued = 100,
): { pool: Pool<Seat>; seats: Seat[] } {
  const pool = new Pool<Seat>(maxQueued);
  const seats = Array.from({ length: workers }, () => {
    const seat = new Seat(threads);
    seat.ready = true;
    pool.add(seat);
    return seat;
  });
  return { pool, seats };
}

/** Offers a new request and, when a worker gets it, sends it. */
function run(pool: Pool<Seat>, nowMs: number): Seat | "queued" | "full" {
  const offer = pool.offer(new NotedJob(), nowMs);
  if (offer instanceof Seat) offer.sent(nowMs);
  return offer;
}

/** Lets a worker answer `count` requests in a row; returns what it may have then. */
function keepBusy(seat: Seat, count: number, ms: number): number {
  let nowMs = 0;
  for (let i = 0; i < count; i++) {
    seat.sent(nowMs);
    nowMs += ms;
    seat.ended(1, nowMs);
  }
  return seat.capacity(nowMs);
}
