/**
 * When a worker has served long enough: by requests, by age, by memory. It only says so; who is
 * replaced when is decided in `worker-turnover.ts`.
 *
 * Requests are counted by the worker's handle, which compares a number that it has anyway. Ages are
 * timers. Memory is looked at from time to time, and only where a limit is set.
 */
import type { Log } from "../base/log.ts";
import { residentBytes } from "./resident-memory.ts";
import { Timers } from "./timers.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** Zero: never. */
export interface RecyclingPlan {
  readonly maxRequests: number;
  /** Up to so many requests more, by chance, so that workers don't go all at once. */
  readonly maxRequestsJitter: number;
  readonly maxLifetimeMs: number;
  /** Beyond it another worker takes its place. */
  readonly maxMemoryBytes: number;
  /** Beyond it the worker is killed. */
  readonly hardMemoryBytes: number;
}

export interface RecyclingEvents {
  /** @param why - what completes "worker 42 ...". */
  onWorn(worker: WorkerHandle, why: string): void;
  /** It takes so much that it can't stay until another one is ready. */
  onTooLarge(worker: WorkerHandle, why: string): void;
}

/** A request that eats memory has a second to do so; a look costs a few file reads. */
const LOOK_EVERY_MS = 1_000;
/** Where a look starts a program. */
const PS_EVERY_MS = 5_000;
const MIB = 1024 * 1024;

export class Recycling {
  readonly #plan: RecyclingPlan;
  readonly #log: Log;
  readonly #events: RecyclingEvents;
  readonly #workers: Set<WorkerHandle> = new Set();
  readonly #timers: Timers = new Timers();
  #isLooking = false;
  #isTold = false;

  constructor(plan: RecyclingPlan, log: Log, events: RecyclingEvents) {
    this.#plan = plan;
    this.#log = log;
    this.#events = events;
  }

  /** The number of the request with which a new worker is worn. */
  wornAt(): number {
    const { maxRequests, maxRequestsJitter } = this.#plan;
    if (maxRequests === 0) return Infinity;
    return maxRequests + Math.floor(Math.random() * (maxRequestsJitter + 1));
  }

  /** The worker serves from now on. */
  add(worker: WorkerHandle): void {
    const { maxLifetimeMs, maxMemoryBytes, hardMemoryBytes } = this.#plan;
    this.#workers.add(worker);
    if (maxLifetimeMs > 0) {
      const why = `has lived for ${maxLifetimeMs / 1000} s (--max-worker-lifetime)`;
      this.#timers.later(maxLifetimeMs, () => {
        if (this.#workers.has(worker)) this.#events.onWorn(worker, why);
      });
    }
    if (!this.#isLooking && maxMemoryBytes + hardMemoryBytes > 0) {
      this.#isLooking = true;
      this.#lookLater();
    }
  }

  remove(worker: WorkerHandle): void {
    this.#workers.delete(worker);
  }

  /** Says nothing any more. */
  end(): void {
    this.#workers.clear();
    this.#timers.clear();
  }

  #lookLater(): void {
    const delayMs = process.platform === "linux" ? LOOK_EVERY_MS : PS_EVERY_MS;
    this.#timers.later(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const { maxMemoryBytes, hardMemoryBytes } = this.#plan;
    const sizes = await residentBytes([...this.#workers].map(({ pid }) => pid));
    for (const worker of this.#workers) {
      const bytes = sizes.get(worker.pid);
      if (bytes === undefined) continue;
      const takes = `takes ${Math.ceil(bytes / MIB)} MiB of memory`;
      if (hardMemoryBytes > 0 && bytes > hardMemoryBytes) {
        this.#workers.delete(worker);
        this.#events.onTooLarge(worker, `${takes} (--max-worker-memory-hard)`);
      } else if (maxMemoryBytes > 0 && bytes > maxMemoryBytes) {
        this.#events.onWorn(worker, `${takes} (--max-worker-memory)`);
      }
    }
    if (sizes.size === 0 && this.#workers.size > 0 && !this.#isTold) {
      this.#isTold = true;
      this.#log.write(
        "warning",
        "The memory of the workers can't be seen; no limit of it is held.",
      );
    }
    if (this.#workers.size > 0) this.#lookLater();
    else this.#isLooking = false;
  }
}
