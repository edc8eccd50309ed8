/**
 * Which requests of one worker have produced nothing for too long. Who calls looks from time to
 * time, and keeps the clock; nothing is noted for a request that ends between two looks.
 *
 * Of the requests that a worker has, only the first `threads` can be running, as it starts them in
 * order (wire §3.2). A request that is over for its client counts as long as it keeps its thread
 * (wire §5.12). The time of a request begins with the first look that finds it, so it is never too
 * short, and too long by the time between two looks at most.
 */
import type { Job } from "./job.ts";

export interface SilenceLimits {
  /** Silence after which a request is ended; 0: never. */
  readonly timeoutMs: number;
  /** Silence since its start after which a request is called slow; 0: never. */
  readonly slowMs: number;
}

/** What one worker has, by number, in the order of the numbers. */
export interface WorkerLoad {
  readonly threads: number;
  readonly jobs: Iterable<[number, Job]>;
  /** Over, and its thread not free. Null: nobody knows any more which job it was. */
  readonly held: ReadonlyMap<number, Job | null>;
}

/** Told once for each silence. */
export interface Silent {
  readonly kind: "slow" | "timeout";
  readonly number: number;
  readonly job: Job | null;
  readonly silentMs: number;
}

interface Watched {
  progress: number;
  sinceMs: number;
  /** It has produced something since its start. */
  hasSpoken: boolean;
  slowTold: boolean;
  timeoutTold: boolean;
}

/** Of a request that is over: nothing is expected of it but its end. */
const OVER = -2;

export class Silence {
  readonly #limits: SilenceLimits;
  #watched: Map<number, Watched> = new Map();

  constructor(limits: SilenceLimits) {
    this.#limits = limits;
  }

  look(load: WorkerLoad, nowMs: number): Silent[] {
    const found: Silent[] = [];
    const next = new Map<number, Watched>();
    for (const [number, job] of load.held) this.#lookAt(number, job, OVER, nowMs, next, found);
    let left = load.threads - load.held.size;
    for (const [number, job] of load.jobs) {
      if (left-- <= 0) break;
      this.#lookAt(number, job, job.progress(), nowMs, next, found);
    }
    this.#watched = next;
    return found;
  }

  #lookAt(
    number: number,
    job: Job | null,
    progress: number,
    nowMs: number,
    next: Map<number, Watched>,
    found: Silent[],
  ): void {
    const watched = this.#watched.get(number) ?? {
      progress,
      sinceMs: nowMs,
      hasSpoken: progress > 0 || progress === OVER,
      slowTold: false,
      timeoutTold: false,
    };
    next.set(number, watched);
    if (progress !== watched.progress || progress === -1) {
      watched.hasSpoken ||= progress > 0 || progress === OVER;
      watched.progress = progress;
      watched.sinceMs = nowMs;
      watched.timeoutTold = false;
      return;
    }
    const silentMs = nowMs - watched.sinceMs;
    const { timeoutMs, slowMs } = this.#limits;
    if (timeoutMs > 0 && silentMs >= timeoutMs && !watched.timeoutTold) {
      watched.timeoutTold = watched.slowTold = true;
      found.push({ kind: "timeout", number, job, silentMs });
    } else if (slowMs > 0 && silentMs >= slowMs && !watched.slowTold && !watched.hasSpoken) {
      watched.slowTold = true;
      found.push({ kind: "slow", number, job, silentMs });
    }
  }
}
