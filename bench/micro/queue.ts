/** The queue of waiting requests beside an array, and the choice of a worker beside sorting them. */
import { Fifo } from "../../src/base/fifo.ts";
import { Pool, Seat } from "../../src/pool/pool.ts";
import { leastBusyPlainly } from "../../test/plain/pool.ts";
import { NotedJob } from "../../test/pool/jobs.ts";
import { compare } from "./compare.ts";

interface Queue {
  push(item: object): unknown;
  shift(): object | undefined;
}

const ITEM = {};

/** One in, one out, with so many waiting. */
function passThrough(queue: Queue, waiting: number): (count: number) => unknown {
  for (let i = 0; i < waiting; i++) queue.push(ITEM);
  return (count) => {
    for (let i = 0; i < count; i++) {
      queue.push(ITEM);
      queue.shift();
    }
    return queue;
  };
}

for (const waiting of [0, 100, 2_000, 100_000]) {
  const count = waiting > 10_000 ? 500 : 50_000;
  compare(`queue: one in, one out, ${waiting} waiting`, count, [
    { name: "ring", run: passThrough(new Fifo<object>(), waiting) },
    { name: "plain: array", run: passThrough([], waiting) },
  ]);
}

const JOB = new NotedJob();

for (const workers of [1, 4, 32]) {
  const pool = new Pool<Seat>(100);
  const seats = Array.from({ length: workers }, () => {
    const seat = new Seat(8);
    seat.ready = true;
    pool.add(seat);
    return seat;
  });
  compare(`pool: a request to one of ${workers} workers, and its end`, 50_000, [
    {
      name: "one pass over the workers",
      run: (count) => {
        for (let i = 0; i < count; i++) {
          const seat = pool.offer(JOB, i);
          if (!(seat instanceof Seat)) throw new Error("no room");
          seat.sent(i);
          seat.ended(1, i + 0.1);
        }
        return seats;
      },
    },
    {
      name: "plain: sorted",
      run: (count) => {
        for (let i = 0; i < count; i++) {
          const seat = leastBusyPlainly(seats, i);
          if (seat === null) throw new Error("no room");
          seat.sent(i);
          seat.ended(1, i + 0.1);
        }
        return seats;
      },
    },
  ]);
}
