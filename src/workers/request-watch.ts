/**
 * The time that an application may go without producing anything (`--timeout`): looks at all workers
 * from time to time, so that a request costs nothing for it.
 *
 *     silent for --timeout -> 504, TIMEOUT to the worker (wire §4.8), which ends the application's call
 *     nothing comes from it -> a signal, for one whose greenlets can't read the link
 *     not free soon        -> the worker gets nothing more; its successor boots, and it leaves when the
 *                             rest is done
 *     --timeout-grace over -> it is killed; what it had not started runs elsewhere (wire §6.2)
 *
 * A process whose interpreter is held by C code can't answer anything. Then requests that look like
 * running ones may not have been started. So the nursery is asked how far the worker's ledger is.
 */
import type { Log } from "../base/log.ts";
import type { Job } from "../pool/job.ts";
import { DUMP_STACKS, NUDGE } from "./ending.ts";
import { Silence, type SilenceLimits, type Silent } from "../pool/silence.ts";
import type { WorkerHandle } from "./worker-handle.ts";

export interface WatchPlan extends SilenceLimits {
  /** From the end of a request's time to the end of a process that doesn't get free of it. */
  readonly graceMs: number;
}

/** What the watch needs of the processes. */
export interface WatchedProcesses {
  readonly workers: ReadonlyMap<number, WorkerHandle>;
  /** The highest number that the worker has started; Infinity when nobody can say. */
  startedNumber(worker: WorkerHandle): Promise<number>;
  /** `DUMP_STACKS` or `NUDGE`; nothing happens when the process can't be signalled any more. */
  signal(worker: WorkerHandle, signal: number): void;
  /** Has its successor boot; then it leaves when it has finished what it has. */
  replace(worker: WorkerHandle, why: string): void;
  kill(worker: WorkerHandle, why: string): void;
}

/** A request whose time is up. */
interface Stuck {
  readonly job: Job | null;
  readonly sinceMs: number;
  /** What the worker had sent by then: if it is no more a moment later, it can't answer. */
  readonly receivedBytes: number;
}

interface Watched {
  readonly silence: Silence;
  /** By number. */
  readonly stuck: Map<number, Stuck>;
  state: "serving" | "leaving" | "killed";
}

/** Looks within the shortest of the times, and how far apart they may be. */
const LOOKS = 20;
const SHORTEST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 500;
/** An application that gets the exception is free of its request at once, unless its `finally` blocks take long. */
const FREE_SOON_MS = 500;
/** One that reads its link says something to a TIMEOUT well within this. */
const NUDGE_MS = 100;

export class RequestWatch {
  readonly #plan: WatchPlan;
  readonly #log: Log;
  readonly #processes: WatchedProcesses;
  readonly #watched: WeakMap<WorkerHandle, Watched> = new WeakMap();
  #timer: NodeJS.Timeout | null = null;

  constructor(plan: WatchPlan, log: Log, processes: WatchedProcesses) {
    this.#plan = plan;
    this.#log = log;
    this.#processes = processes;
  }

  start(): void {
    const { timeoutMs, slowMs } = this.#plan;
    if (timeoutMs === 0 && slowMs === 0) return;
    const shortestMs = Math.min(timeoutMs || slowMs, slowMs || timeoutMs);
    const lookMs = Math.min(LONGEST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, shortestMs / LOOKS));
    this.#timer = setInterval(() => this.#look(performance.now()), lookMs).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #look(nowMs: number): void {
    for (const worker of this.#processes.workers.values()) {
      let watched = this.#watched.get(worker);
      if (watched === undefined) {
        watched = { silence: new Silence(this.#plan), stuck: new Map(), state: "serving" };
        this.#watched.set(worker, watched);
      }
      for (const silent of watched.silence.look(worker, nowMs)) {
        if (silent.kind === "slow") this.#tellSlow(worker, silent);
        else void this.#timeUp(worker, watched, silent);
      }
      if (watched.stuck.size > 0) this.#lookAtStuck(worker, watched, nowMs);
    }
  }

  #tellSlow(worker: WorkerHandle, silent: Silent): void {
    const since = `has run for ${seconds(silent.silentMs)} without an answer`;
    this.#log.write("warning", `${about(worker, silent.job)}: ${since} (--slow-request-log).`);
  }

  async #timeUp(worker: WorkerHandle, watched: Watched, silent: Silent): Promise<void> {
    const { number, job } = silent;
    if (watched.stuck.has(number)) return;
    const progress = job?.progress();
    const startedNumber = await this.#processes.startedNumber(worker);
    const isHeld = worker.held.has(number);
    const isSilent = isHeld || (worker.jobs.get(number) === job && job?.progress() === progress);
    if (worker.processEnded || worker.linkEnded || !isSilent) return;
    const sinceMs = performance.now();
    watched.stuck.set(number, { job, sinceMs, receivedBytes: worker.receivedBytes });
    if (number > startedNumber) {
      // It is not the one that hangs. It runs elsewhere when this worker has ended.
      const why = `has not been started by its worker in ${seconds(silent.silentMs)} (--timeout)`;
      this.#log.write("warning", `${about(worker, job)}: ${why}.`);
      return;
    }
    const what = isHeld
      ? `is over, but the application has kept its thread for`
      : `the application has produced nothing for`;
    const silence = `${what} ${seconds(silent.silentMs)} (--timeout); it is ended.`;
    this.#log.write("error", `${about(worker, job)}: ${silence}`);
    worker.timeOut(number);
    const { receivedBytes } = worker;
    setTimeout(() => {
      if (worker.receivedBytes === receivedBytes) this.#processes.signal(worker, NUDGE);
    }, NUDGE_MS).unref();
    if (!isHeld) job?.onTimeout();
  }

  #lookAtStuck(worker: WorkerHandle, watched: Watched, nowMs: number): void {
    const { stuck } = watched;
    for (const number of stuck.keys()) {
      if (!worker.jobs.has(number) && !worker.held.has(number)) stuck.delete(number);
    }
    const [first] = stuck.values();
    if (first === undefined) return;
    const { graceMs } = this.#plan;
    const stuckMs = nowMs - first.sinceMs;
    if (watched.state === "serving" && stuckMs >= Math.min(FREE_SOON_MS, graceMs)) {
      watched.state = "leaving";
      this.#giveUp(worker, first);
    }
    if (watched.state === "leaving" && stuckMs >= graceMs) {
      watched.state = "killed";
      const late = `${seconds(graceMs)} after its time was up (--timeout-grace)`;
      const which = first.job === null ? "a request" : first.job.describe();
      this.#processes.kill(worker, `was not free of ${which} ${late}`);
    }
  }

  #giveUp(worker: WorkerHandle, stuck: Stuck): void {
    worker.ready = false;
    if (worker.receivedBytes === stuck.receivedBytes) {
      const why = "It does not answer: C code may be holding the interpreter";
      this.#log.write("error", `worker ${worker.pid}: ${why}. Its threads, if they can be had:`);
      this.#processes.signal(worker, DUMP_STACKS);
    }
    const which = stuck.job === null ? "a request" : stuck.job.describe();
    this.#processes.replace(worker, `is not free of ${which} and gets no more requests`);
  }
}

function about(worker: WorkerHandle, job: Job | null): string {
  return job === null ? `worker ${worker.pid}` : `${job.describe()} worker=${worker.pid}`;
}

function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}
