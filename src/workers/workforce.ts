/**
 * All workers of one application as one place to run requests: gives them work as the pool
 * decides, and decides what becomes of the work of one that died (wire §6.2): requests that it had
 * not started run elsewhere, the others are lost. Without a ledger every request counts as started
 * (wire §6.3).
 */
import type { Log } from "../base/log.ts";
import type { Job } from "../pool/job.ts";
import { Pool } from "../pool/pool.ts";
import { LogStatus } from "../wire/frame.ts";
import { renderEnding } from "./ending.ts";
import type { WorkerExit } from "./nursery.ts";
import { type BootFailure, type WorkerEvents, WorkerHandle } from "./worker-handle.ts";
import { type BootFault, type ProcessPlan, WorkerProcesses } from "./worker-processes.ts";

export interface WorkforcePlan extends ProcessPlan {
  /** Requests that may wait for a worker. */
  readonly maxQueued: number;
  /** How long each of them may. */
  readonly maxWaitMs: number;
}

/** What a client is told that comes when too many wait; seconds. */
const SHORTEST_RETRY_S = 1;
const LONGEST_RETRY_S = 120;

export class Workforce implements WorkerEvents {
  readonly #log: Log;
  readonly #pool: Pool<WorkerHandle>;
  readonly #processes: WorkerProcesses;
  readonly #constants: { id: number; entries: readonly string[] }[] = [];
  #overdueTimer: NodeJS.Timeout | null = null;

  constructor(plan: WorkforcePlan, log: Log) {
    this.#log = log;
    this.#pool = new Pool(plan.maxQueued, plan.maxWaitMs);
    this.#processes = new WorkerProcesses(plan, log, {
      onGreeted: (socket, pid) => {
        const worker = new WorkerHandle(socket, pid, plan.threads, this);
        for (const { id, entries } of this.#constants) worker.sendConstants(id, entries);
        return worker;
      },
      onEnded: (worker, exit) => this.#settle(worker, exit),
    });
  }

  /** Boots all workers. Null: all are ready; else why the application can't be served. */
  start(): Promise<BootFault | null> {
    return this.#processes.start();
  }

  /** See `WorkerProcesses.stop`. */
  stop(graceMs: number): Promise<void> {
    if (this.#overdueTimer !== null) clearTimeout(this.#overdueTimer);
    return this.#processes.stop(graceMs);
  }

  /** What the workers run on, "CPython 3.11.7"; empty before the nursery is up. */
  get python(): string {
    return this.#processes.python;
  }

  /** Entries that all requests of a listener share; before the first job that names the id. */
  addConstants(id: number, entries: readonly string[]): void {
    this.#constants.push({ id, entries });
    for (const worker of this.#processes.workers.values()) worker.sendConstants(id, entries);
  }

  // Work

  /** Runs the job on a worker, now or when one is free. False: the queue is full. */
  submit(job: Job): boolean {
    const nowMs = performance.now();
    const offer = this.#pool.offer(job, nowMs);
    if (offer === "queued") {
      this.#overdueTimer ??= this.#lookWhenOverdue(nowMs);
      return true;
    }
    if (offer === "full") return false;
    offer.run(job, nowMs);
    return true;
  }

  /** The job's client has gone. */
  cancel(job: Job): void {
    if (job.worker instanceof WorkerHandle) job.worker.cancel(job);
    else {
      job.cancelled = true;
      this.#pool.withdraw(job);
    }
  }

  /** Requests waiting for a worker. */
  get queued(): number {
    return this.#pool.queued;
  }

  /** When to try again: a request that comes now would wait as long as those before it. */
  get retryAfterSeconds(): number {
    const waitSeconds = Math.ceil(this.#pool.longestWaitMs(performance.now()) / 1000);
    return Math.min(LONGEST_RETRY_S, Math.max(SHORTEST_RETRY_S, waitSeconds));
  }

  onRoom(_worker: WorkerHandle, nowMs: number): void {
    if (this.#pool.queued > 0) this.#pump(nowMs);
  }

  onHandedBack(_worker: WorkerHandle, jobs: Job[]): void {
    this.#runElsewhere(jobs);
  }

  onLog(worker: WorkerHandle, job: Job | null, status: number, text: string): void {
    const about = job === null ? `worker ${worker.pid}` : `${job.describe()} worker=${worker.pid}`;
    this.#log.write(levelOf(status), `${about}: ${text}`);
  }

  #runElsewhere(jobs: readonly Job[]): void {
    for (const job of jobs.toReversed()) {
      if (job.cancelled) {
        job.onLost("worker-lost");
        continue;
      }
      job.worker = null;
      job.number = 0;
      this.#pool.giveBack(job);
    }
    const nowMs = performance.now();
    this.#pump(nowMs);
    if (this.#pool.queued > 0) this.#overdueTimer ??= this.#lookWhenOverdue(nowMs);
  }

  #pump(nowMs: number): void {
    this.#endOverdue(nowMs);
    for (;;) {
      const worker = this.#pool.seatForNext(nowMs);
      if (worker === null) return;
      const job = this.#pool.next();
      if (job === undefined) return;
      worker.run(job, nowMs);
    }
  }

  /** One timer for all: it is set for the first in the queue, and stays when that one is run. */
  #lookWhenOverdue(nowMs: number): NodeJS.Timeout {
    const delayMs = Math.max(1, Math.ceil(this.#pool.overdueAtMs - nowMs));
    return setTimeout(() => {
      this.#overdueTimer = null;
      const laterMs = performance.now();
      this.#endOverdue(laterMs);
      if (this.#pool.queued > 0) this.#overdueTimer = this.#lookWhenOverdue(laterMs);
    }, delayMs).unref();
  }

  #endOverdue(nowMs: number): void {
    for (;;) {
      const job = this.#pool.nextOverdue(nowMs);
      if (job === undefined) return;
      job.onLost("queue-timeout");
    }
  }

  // The life of a worker

  onReady(worker: WorkerHandle): void {
    worker.ready = true;
    this.#pool.add(worker);
    this.#processes.noteReady(worker);
    this.#pump(performance.now());
  }

  onBootFailed(worker: WorkerHandle, failure: BootFailure): void {
    this.#processes.noteBootFailed(worker, failure);
  }

  onLinkEnd(worker: WorkerHandle): void {
    this.#pool.remove(worker);
    this.#processes.noteLinkEnd(worker);
  }

  /** wire §6.2 */
  #settle(worker: WorkerHandle, exit: WorkerExit | null): void {
    if (exit !== null) {
      const missing = worker.receivedBytes - exit.outboxOrigin;
      if (missing >= 0 && missing < exit.outbox.length) {
        worker.receive(exit.outbox.subarray(missing));
      }
    }
    const startedNumber = exit === null ? Infinity : exit.startedNumber;
    const notStarted: Job[] = [];
    for (const [number, job] of worker.jobs) {
      if (number > startedNumber && !job.cancelled) {
        notStarted.push(job);
        continue;
      }
      if (!job.cancelled) {
        const how = exit === null ? "" : ` with ${renderEnding(exit.status)}`;
        this.#log.write("error", `${job.describe()}: worker ${worker.pid} ended${how} in it`);
      }
      job.onLost("worker-lost");
    }
    worker.jobs.clear();
    this.#runElsewhere(notStarted);
  }
}

function levelOf(status: number): "debug" | "info" | "warning" | "error" | "critical" {
  if (status >= LogStatus.critical) return "critical";
  if (status >= LogStatus.error) return "error";
  if (status >= LogStatus.warning) return "warning";
  return status >= LogStatus.info ? "info" : "debug";
}
