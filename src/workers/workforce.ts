/**
 * All workers of one application as one place to run requests: gives them work as the pool
 * decides, and decides what becomes of the work of one that died (wire §6.2): requests that it had
 * not started run elsewhere, the others are lost. Without a ledger every request counts as started
 * (wire §6.3).
 *
 * There is one generation of workers, and during a reload a second one, which takes over when it is
 * ready. All share the queue, so no request notices.
 */
import type { Log } from "../base/log.ts";
import type { Job } from "../pool/job.ts";
import { Pool } from "../pool/pool.ts";
import { LogStatus } from "../wire/frame.ts";
import type { StaticAnnouncement } from "../wire/ready.ts";
import { AdaptiveCount } from "./adaptive-count.ts";
import type { BootFault } from "./boot-fault.ts";
import { renderEnding } from "./ending.ts";
import { Generation, type GenerationEvents, type GenerationPlan } from "./generation.ts";
import { LinkServer } from "./link-server.ts";
import type { WorkerExit } from "./nursery.ts";
import { WorkerHandle } from "./worker-handle.ts";

export interface WorkforcePlan extends GenerationPlan {
  /** Requests that may wait for a worker. */
  readonly maxQueued: number;
  /** How long each of them may. */
  readonly maxWaitMs: number;
  /** More than `workers`: their number follows the load, up to so many. */
  readonly mostWorkers: number;
  readonly workerIdleMs: number;
}

/** What a client is told that comes when too many wait; seconds. */
const SHORTEST_RETRY_S = 1;
const LONGEST_RETRY_S = 120;
/** What a generation that can't boot gets to end. */
const FAILED_STOP_MS = 500;

export class Workforce implements GenerationEvents {
  readonly #log: Log;
  /** What the first generation was made of. */
  readonly #plan: WorkforcePlan;
  readonly #onAnnounced: (announcement: StaticAnnouncement | null) => void;
  readonly #pool: Pool<WorkerHandle>;
  readonly #linkServer: LinkServer;
  readonly #constants: { id: number; entries: readonly string[] }[] = [];
  #current: Generation;
  /** All that have processes: the current one, older ones that leave, one that boots. */
  readonly #generations: Set<Generation> = new Set();
  #overdueTimer: NodeJS.Timeout | null = null;
  #stopping = false;
  #serves = false;
  /** Null: only signals change the number of workers. */
  #adaptive: AdaptiveCount | null = null;
  /** Called when the load has changed how many workers are wanted. */
  onResized: () => void = () => {};

  /**
   * @param onAnnounced - what each worker that begins to serve says of static files.
   * @param linkServer - where workers connect.
   */
  constructor(
    plan: WorkforcePlan,
    log: Log,
    onAnnounced: (announcement: StaticAnnouncement | null) => void = () => {},
    linkServer: LinkServer = new LinkServer(),
  ) {
    this.#linkServer = linkServer;
    this.#log = log;
    this.#onAnnounced = onAnnounced;
    this.#pool = new Pool(plan.maxQueued, plan.maxWaitMs);
    this.#plan = plan;
    this.#current = this.#makeGeneration(plan);
  }

  get #adaptedCount(): number {
    return this.#adaptive === null ? 0 : this.#current.count;
  }

  #makeGeneration(plan: GenerationPlan): Generation {
    const generation = new Generation(plan, this.#linkServer, this.#log, this);
    this.#generations.add(generation);
    return generation;
  }

  /** Boots all workers. Null: all are ready; else why the application can't be served. */
  async start(): Promise<BootFault | null> {
    try {
      await this.#linkServer.listen();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: "worker", message: `Workers can't be reached: ${reason}.` };
    }
    const fault = await this.#current.start();
    if (fault === null) this.#serve(this.#plan);
    return fault;
  }

  #serve(plan: WorkforcePlan): void {
    this.#serves = true;
    this.#current.serve();
    this.#adaptive?.end();
    this.#adaptive = null;
    const { workers: least, mostWorkers: most, workerIdleMs } = plan;
    if (most <= least || this.#stopping) return;
    const resized = (): void => this.onResized();
    this.#adaptive = new AdaptiveCount(
      { least, most, workerIdleMs },
      this.#pool,
      this.#current,
      this.#log,
      resized,
    );
  }

  /** Whether the application has been loaded, now or earlier. */
  get serves(): boolean {
    return this.#serves;
  }

  /** Whether a worker is there at this moment that takes requests. */
  get canServe(): boolean {
    for (const worker of this.#current.workers) if (worker.ready) return true;
    return false;
  }

  /**
   * Boots a new generation and has it take over; the old one finishes what it has. When the new one
   * can't boot, the old one stays.
   * @returns null, or why it can't.
   */
  async reload(plan: WorkforcePlan): Promise<BootFault | null> {
    // As many as the load has asked for so far, where it decides.
    const workers = Math.min(plan.mostWorkers, Math.max(plan.workers, this.#adaptedCount));
    const next = this.#makeGeneration({ ...plan, workers });
    const fault = await next.start();
    if (fault !== null || this.#stopping) {
      await next.stop(FAILED_STOP_MS);
      this.#generations.delete(next);
      return fault;
    }
    const old = this.#current;
    this.#current = next;
    this.#pool.maxQueued = plan.maxQueued;
    this.#pool.maxWaitMs = plan.maxWaitMs;
    this.#serve(plan);
    void old.leave().then(() => {
      this.#generations.delete(old);
      next.tellHooks("alone");
    });
    return null;
  }

  /**
   * Ends all processes; resolves when the last one is gone. Who wants running requests to finish
   * waits for them first.
   * @param graceMs - how long workers may take to leave before they are killed.
   */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    this.#adaptive?.end();
    this.#current.tellHooks("last");
    if (this.#overdueTimer !== null) clearTimeout(this.#overdueTimer);
    await Promise.all([...this.#generations].map((generation) => generation.stop(graceMs)));
    this.#linkServer.close();
  }

  /** More or fewer workers, at least one, until the next reload. Returns how many are wanted then. */
  resizeBy(difference: number): number {
    if (this.#adaptive !== null) return this.#adaptive.shift(difference);
    this.#current.resize(Math.max(1, this.#current.count + difference));
    return this.#current.count;
  }

  /** How many workers are wanted. */
  get count(): number {
    return this.#current.count;
  }

  /** The folder of the links; only this user can enter it, and it goes when the last process does. */
  get folder(): string {
    return this.#linkServer.folder;
  }

  /** What the workers run on, "CPython 3.11.7"; empty before the nursery is up. */
  get python(): string {
    return this.#current.python;
  }

  /** Entries that all requests of a listener share; before the first job that names the id. */
  addConstants(id: number, entries: readonly string[]): void {
    this.#constants.push({ id, entries });
    for (const generation of this.#generations) {
      for (const worker of generation.workers) worker.sendConstants(id, entries);
    }
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

  onRoom(nowMs: number): void {
    if (this.#pool.queued > 0) this.#pump(nowMs);
  }

  onHandedBack(jobs: Job[]): void {
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

  onConnected(worker: WorkerHandle): void {
    for (const { id, entries } of this.#constants) worker.sendConstants(id, entries);
  }

  onServing(worker: WorkerHandle): void {
    this.#onAnnounced(worker.announcement);
    this.#pool.add(worker);
    this.#pump(performance.now());
  }

  onLinkEnd(worker: WorkerHandle): void {
    this.#pool.remove(worker);
  }

  /** wire §6.2 */
  onEnded(worker: WorkerHandle, exit: WorkerExit | null): void {
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
