/**
 * Has the number of workers follow the load (`--workers 2..8`): looks from time to time, asks
 * `pool/worker-count.ts`, and has workers booted or idle ones sent away. A worker that has a request is never
 * told to leave for it.
 */
import type { Log } from "../base/log.ts";
import type { Pool, Seat } from "../pool/pool.ts";
import { WorkerCount, type WorkerRange } from "../pool/worker-count.ts";

/** What is resized: the generation that serves. */
export interface Resizable {
  /** Workers that are wanted. */
  readonly count: number;
  resize(count: number): void;
  /** One that has nothing to do leaves. False: there is none. */
  shrink(): boolean;
}

export interface AdaptivePlan extends WorkerRange {
  /** How long the others have to be enough before a worker leaves. */
  readonly workerIdleMs: number;
}

/** A look costs a few additions. */
const LOOK_MS = 100;

export class AdaptiveCount {
  readonly #policy: WorkerCount;
  readonly #pool: Pool<Seat>;
  readonly #workers: Resizable;
  readonly #log: Log;
  readonly #onResized: () => void;
  readonly #timer: NodeJS.Timeout;

  constructor(
    plan: AdaptivePlan,
    pool: Pool<Seat>,
    workers: Resizable,
    log: Log,
    onResized: () => void,
  ) {
    this.#policy = new WorkerCount(plan, plan.workerIdleMs);
    this.#pool = pool;
    this.#workers = workers;
    this.#log = log;
    this.#onResized = onResized;
    this.#timer = setInterval(() => this.look(performance.now()), LOOK_MS).unref();
  }

  end(): void {
    clearInterval(this.#timer);
  }

  /** Moves both ends of the range. Returns how many are wanted now. */
  shift(difference: number): number {
    this.#policy.shift(difference);
    const { least, most } = this.#policy.range;
    const wanted = this.#workers.count + difference;
    this.#workers.resize(Math.min(most, Math.max(least, wanted)));
    return this.#workers.count;
  }

  /** Called by a timer of its own. */
  look(nowMs: number): void {
    const wanted = this.#workers.count;
    const load = { nowMs, wanted, serving: 0, slots: 0, busy: 0 };
    for (const { ready, threads, inFlight } of this.#pool.seats) {
      if (!ready) continue;
      load.serving++;
      load.slots += threads;
      load.busy += Math.min(threads, inFlight);
    }
    const waiting = this.#pool.queued;
    const longestWaitMs = this.#pool.longestWaitMs(nowMs);
    const decision = this.#policy.look({ ...load, waiting, longestWaitMs });
    if (decision === null) return;
    if (decision.wanted > wanted) this.#workers.resize(decision.wanted);
    else if (!this.#workers.shrink()) return; // Later, when one is idle.
    const { least, most } = this.#policy.range;
    const now = decision.wanted === 1 ? "1 worker is" : `${decision.wanted} workers are`;
    this.#log.write("info", `${now} wanted now: ${decision.why} (--workers ${least}..${most}).`);
    this.#onResized();
  }
}
