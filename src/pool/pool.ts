/**
 * Which worker gets the next request, and which request a worker gets next. Decisions only: who
 * calls keeps the sockets and the clock.
 *
 * - One queue for all workers; a request goes to the least busy ready worker.
 * - A worker has `threads` slots. While it answers fast it gets a few requests more than that (sent
 *   ahead), a few milliseconds of work, so that many share a system call. A worker that has not
 *   answered for SLOW_MS gets nothing ahead: its requests would wait behind a slow one.
 * - A worker of greenlets starts whatever it gets at once, so there is no ahead for it.
 */
import { Fifo } from "../base/fifo.ts";
import type { Job } from "./job.ts";
import { ServiceTime } from "./service-time.ts";

/**
 * Work that may wait at a worker, in milliseconds of its service time. With less, batches are small
 * and every few requests cost two processes a wake-up: Flask with two workers on two cores served
 * 13,200 requests/s with 1 ms, 17,200 with 3 ms, and no more with 6 ms.
 */
const AHEAD_MS = 3;
/**
 * Never more than this many requests ahead, however fast they are. With 64 a worker ran dry while the front sent
 * its answers: hello at 256 connections served 65,800 requests/s, with 128 69,900, with 256 no more.
 */
const MAX_AHEAD = 128;
/**
 * Without an answer for this long a worker counts as busy with a slow request. On a full machine
 * a worker that only waits for its turn is silent for a few milliseconds as well. What was sent
 * ahead before is handed back by the worker itself, after 2 to 20 ms (`watcher.py`).
 */
const SLOW_MS = 5;

/** Answers within this time are worth looking for instead of sleeping. */
const FAST_MS = 0.2;

/** The pool's view of one worker. */
export class Seat {
  /** Whether it may get requests. */
  ready = false;
  /** Requests sent and not ended. */
  inFlight = 0;
  readonly threads: number;
  /** Whether it may get more than its `threads`. */
  getsAhead = true;
  readonly #serviceTime = new ServiceTime();
  /** When it last showed progress: an answer, or its first request after being idle. */
  #progressAtMs = 0;

  constructor(threads: number) {
    this.threads = threads;
  }

  /** How many requests it may have at this moment. */
  capacity(nowMs: number): number {
    if (!this.getsAhead || nowMs - this.#progressAtMs > SLOW_MS) return this.threads;
    const ahead = Math.floor(AHEAD_MS / this.#serviceTime.quantileMs);
    return this.threads + (ahead > MAX_AHEAD ? MAX_AHEAD : ahead);
  }

  /** Whether its answers come sooner than a sleeping process could be woken. */
  get isFast(): boolean {
    return this.#serviceTime.quantileMs < FAST_MS;
  }

  sent(nowMs: number): void {
    if (this.inFlight++ === 0) this.#progressAtMs = nowMs;
  }

  /** `count` requests ended, seen together at `nowMs`. */
  ended(count: number, nowMs: number): void {
    this.inFlight -= count;
    this.#serviceTime.observe((nowMs - this.#progressAtMs) / count, count);
    this.#progressAtMs = nowMs;
  }

  /** `count` requests came back without having been started: it is busy with a slow one. */
  handedBack(count: number, nowMs: number): void {
    this.inFlight -= count;
    this.#progressAtMs = nowMs - SLOW_MS * 2;
  }
}

/** What happened to a job that was offered. */
export type Offer<S extends Seat> = S | "queued" | "full";

export class Pool<S extends Seat> {
  readonly seats: S[] = [];
  readonly #queue: Fifo<Job> = new Fifo();
  /** Requests that may wait; 0: none. */
  maxQueued: number;
  /** How long each of them may. */
  maxWaitMs: number;

  constructor(maxQueued: number, maxWaitMs: number = Infinity) {
    this.maxQueued = maxQueued;
    this.maxWaitMs = maxWaitMs;
  }

  get queued(): number {
    return this.#queue.size;
  }

  add(seat: S): void {
    this.seats.push(seat);
  }

  remove(seat: S): void {
    const at = this.seats.indexOf(seat);
    if (at >= 0) this.seats.splice(at, 1);
  }

  /** The seat that should run the job now; otherwise it waits, or is refused. */
  offer(job: Job, nowMs: number): Offer<S> {
    // Also of one that is sent on at once: it may come back from a worker that is busy.
    job.waitingSinceMs = nowMs;
    if (this.#queue.size === 0) {
      const seat = this.#leastBusy(nowMs);
      if (seat !== null) return seat;
    }
    if (this.#queue.size >= this.maxQueued) return "full";
    this.#queue.push(job);
    return "queued";
  }

  /** The job comes back before it was started; it goes first, and is never refused. */
  giveBack(job: Job): void {
    this.#queue.unshift(job);
  }

  /** Takes a waiting job out; false: it isn't waiting. */
  withdraw(job: Job): boolean {
    return this.#queue.remove(job);
  }

  /** The seat for the first waiting job, or null when none is free or nothing waits. */
  seatForNext(nowMs: number): S | null {
    return this.#queue.size === 0 ? null : this.#leastBusy(nowMs);
  }

  /** The first waiting job. */
  next(): Job | undefined {
    return this.#queue.shift();
  }

  /** Takes out the first waiting job if it has waited too long; one that came back counts from its start. */
  nextOverdue(nowMs: number): Job | undefined {
    return this.longestWaitMs(nowMs) >= this.maxWaitMs ? this.#queue.shift() : undefined;
  }

  /** When the first waiting job will have waited too long; Infinity when none waits. */
  get overdueAtMs(): number {
    const first = this.#queue.first;
    return first === undefined ? Infinity : first.waitingSinceMs + this.maxWaitMs;
  }

  /** How long the first waiting job has waited; 0 when none waits. */
  longestWaitMs(nowMs: number): number {
    const first = this.#queue.first;
    return first === undefined ? 0 : nowMs - first.waitingSinceMs;
  }

  #leastBusy(nowMs: number): S | null {
    let best: S | null = null;
    for (const seat of this.seats) {
      if (!seat.ready || seat.inFlight >= seat.capacity(nowMs)) continue;
      if (best === null || seat.inFlight < best.inFlight) best = seat;
    }
    return best;
  }
}
