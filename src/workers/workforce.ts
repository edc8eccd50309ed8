/**
 * All workers of one application: has them forked, gives them work, replaces the ones that die.
 *
 * A worker's end is known when two things have come: the end of its link, after which no answer
 * can arrive, and the nursery's report with its ledger. Only then is it decided what becomes of its
 * jobs (wire §6.2): the ones it had not started run elsewhere, the others are lost. Without a
 * nursery there is no ledger, and every job counts as started (wire §6.3).
 */
import { constants as osConstants } from "node:os";
import type { Socket } from "node:net";

import type { Log } from "../base/log.ts";
import { BackOff } from "../pool/back-off.ts";
import type { Job } from "../pool/job.ts";
import { Pool } from "../pool/pool.ts";
import { LogStatus } from "../wire/frame.ts";
import { LinkServer } from "./link-server.ts";
import { Nursery, type NurseryPlan, type WorkerExit } from "./nursery.ts";
import { type BootFailure, type WorkerEvents, WorkerHandle } from "./worker-handle.ts";

export interface WorkforcePlan extends Omit<NurseryPlan, "linkPath" | "multiprocess"> {
  readonly workers: number;
  /** Requests that may wait for a worker. */
  readonly maxQueued: number;
  readonly bootTimeoutMs: number;
}

/** Why the application can't be served. */
export type BootFault =
  | { readonly kind: "application"; readonly failure: BootFailure }
  | { readonly kind: "worker"; readonly message: string };

/** One place for a worker; processes come and go in it. */
interface Place {
  readonly number: number;
  pid: number;
  forkedAtMs: number;
  bootTimer: NodeJS.Timeout | null;
}

/** A worker between its two ends. */
interface Ending {
  linkEnded: boolean;
  exit: WorkerExit | null;
}

const KILL = osConstants.signals.SIGKILL;

export class Workforce implements WorkerEvents {
  readonly #plan: WorkforcePlan;
  readonly #log: Log;
  readonly #pool: Pool<WorkerHandle>;
  readonly #linkServer: LinkServer;
  readonly #places: Place[] = [];
  readonly #workers: Map<number, WorkerHandle> = new Map();
  readonly #endings: Map<WorkerHandle, Ending> = new Map();
  readonly #backOff: BackOff = new BackOff();
  readonly #nurseryBackOff: BackOff = new BackOff();
  readonly #timers: Set<NodeJS.Timeout> = new Set();
  #constants: { id: number; entries: readonly string[] }[] = [];
  #nursery: Nursery | null = null;
  #nurseryBornAtMs = 0;
  #booted: ((fault: BootFault | null) => void) | null = null;
  #stopping = false;
  #stopped: (() => void) | null = null;
  /** What the workers run on, "CPython 3.11.7"; empty before the nursery is up. */
  python = "";

  constructor(plan: WorkforcePlan, log: Log) {
    this.#plan = plan;
    this.#log = log;
    this.#pool = new Pool(plan.maxQueued);
    this.#linkServer = new LinkServer(plan.token, (socket, pid, received) =>
      this.#greeted(socket, pid, received),
    );
  }

  /** Boots all workers. Null: all are ready; else why the application can't be served. */
  async start(): Promise<BootFault | null> {
    await this.#linkServer.listen();
    const booted = new Promise<BootFault | null>((resolve) => {
      this.#booted = resolve;
    });
    for (let number = 1; number <= this.#plan.workers; number++) {
      this.#places.push({ number, pid: 0, forkedAtMs: 0, bootTimer: null });
    }
    this.#startNursery();
    return booted;
  }

  /** Entries that all requests of a listener share; before the first job that names the id. */
  addConstants(id: number, entries: readonly string[]): void {
    this.#constants.push({ id, entries });
    for (const worker of this.#workers.values()) worker.sendConstants(id, entries);
  }

  /** Runs the job on a worker, now or when one is free. False: the queue is full. */
  submit(job: Job): boolean {
    const nowMs = performance.now();
    const offer = this.#pool.offer(job, nowMs);
    if (offer === "queued") return true;
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

  /**
   * Ends all processes; resolves when the last one is gone. Who wants running requests to finish
   * waits for them first.
   * @param graceMs - how long workers may take to leave before they are killed.
   */
  async stop(graceMs: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    for (const timer of this.#timers) clearTimeout(timer);
    this.#clearBootTimers();
    const nursery = this.#nursery;
    if (nursery !== null) {
      const gone = new Promise<void>((resolve) => {
        this.#stopped = resolve;
      });
      for (const worker of this.#workers.values()) worker.end();
      const kill = setTimeout(() => {
        for (const place of this.#places) if (place.pid > 0) nursery.signal(place.pid, KILL);
        // Workers that an earlier nursery left: their links are open, so the numbers are theirs.
        for (const worker of this.#workers.values()) killAdopted(worker);
      }, graceMs);
      if (this.#allGone()) nursery.end();
      await gone;
      clearTimeout(kill);
    }
    this.#linkServer.close();
  }

  // The nursery

  #startNursery(): void {
    this.#nurseryBornAtMs = performance.now();
    const plan = this.#plan;
    this.#nursery = new Nursery(
      { ...plan, linkPath: this.#linkServer.path, multiprocess: plan.workers > 1 },
      {
        onUp: (_, python) => {
          this.python = python;
          for (const pid of this.#workers.keys()) this.#nursery?.adopt(pid);
          for (const place of this.#places) if (place.pid === 0) this.#fork(place);
        },
        onForked: (number, pid) => this.#forked(number, pid),
        onExit: (exit) => this.#exited(exit),
        onDown: (code, error) => this.#nurseryDown(code, error),
      },
    );
  }

  #nurseryDown(code: number | null, error: NodeJS.ErrnoException | null): void {
    this.#nursery = null;
    if (this.#stopping) {
      for (const worker of this.#workers.values()) worker.destroy();
      this.#stopped?.();
      return;
    }
    const message =
      error === null
        ? `The Python process that starts workers ended with ${ending(code ?? -1)}.`
        : `${this.#plan.python} could not be started: ${error.message}.`;
    if (this.#booted !== null) {
      // It has said why on standard error when it could.
      this.#finishBoot({ kind: "worker", message });
      return;
    }
    this.#log.write("error", `${message} Starting another one.`);
    // Running workers go on; those that were being forked are forgotten with it.
    for (const place of this.#places) if (!this.#workers.has(place.pid)) place.pid = 0;
    for (const worker of [...this.#endings.keys()]) this.#noteEnd(worker, "nursery");
    this.#later(this.#nurseryBackOff.delayAfter(performance.now() - this.#nurseryBornAtMs), () =>
      this.#startNursery(),
    );
  }

  // From fork to ready

  #fork(place: Place): void {
    if (this.#nursery === null || this.#stopping) return;
    place.pid = -1;
    place.forkedAtMs = performance.now();
    this.#nursery.fork(place.number);
  }

  #forked(number: number, pid: number): void {
    const place = this.#places[number - 1];
    if (place === undefined) return;
    place.pid = pid;
    if (this.#stopping) {
      this.#nursery?.signal(pid, KILL);
      return;
    }
    const { bootTimeoutMs } = this.#plan;
    if (this.#workers.get(pid)?.ready === true) return;
    place.bootTimer = setTimeout(() => {
      const text = `worker ${pid} was not ready after ${bootTimeoutMs / 1000} s (--boot-timeout)`;
      this.#log.write("error", `${text}; it is killed.`);
      this.#nursery?.signal(pid, KILL);
      this.#finishBoot({ kind: "worker", message: `${text}.` });
    }, bootTimeoutMs);
  }

  #greeted(socket: Socket, pid: number, received: Buffer): void {
    if (this.#stopping) {
      socket.destroy();
      return;
    }
    const worker = new WorkerHandle(socket, pid, this.#plan.threads, this);
    this.#workers.set(pid, worker);
    for (const { id, entries } of this.#constants) worker.sendConstants(id, entries);
    worker.receive(received);
  }

  onReady(worker: WorkerHandle): void {
    const place = this.#placeOf(worker.pid);
    if (place?.bootTimer) clearTimeout(place.bootTimer);
    worker.ready = true;
    this.#pool.add(worker);
    this.#log.write("debug", `worker ${worker.pid} is ready`);
    if (this.#booted !== null && this.#pool.seats.length === this.#plan.workers) {
      this.#finishBoot(null);
    }
    this.#pump(performance.now());
  }

  onBootFailed(worker: WorkerHandle, failure: BootFailure): void {
    if (this.#booted !== null) this.#finishBoot({ kind: "application", failure });
    else {
      const trace = failure.traceback === "" ? "" : `\n${failure.traceback}`;
      this.#log.write("error", `worker ${worker.pid} can't load: ${failure.message}${trace}`);
    }
  }

  #finishBoot(fault: BootFault | null): void {
    const booted = this.#booted;
    this.#booted = null;
    booted?.(fault);
  }

  // Work

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
        job.onLost();
        continue;
      }
      job.worker = null;
      job.number = 0;
      this.#pool.giveBack(job);
    }
    this.#pump(performance.now());
  }

  #pump(nowMs: number): void {
    for (;;) {
      const worker = this.#pool.seatForNext(nowMs);
      if (worker === null) return;
      const job = this.#pool.next();
      if (job === undefined) return;
      worker.run(job, nowMs);
    }
  }

  // The end of a worker

  onLinkEnd(worker: WorkerHandle): void {
    this.#pool.remove(worker);
    this.#noteEnd(worker, "link");
  }

  #exited(exit: WorkerExit): void {
    const place = this.#places[exit.worker - 1];
    const livedMs = performance.now() - (place?.forkedAtMs ?? 0);
    if (place !== undefined && place.pid === exit.pid) {
      if (place.bootTimer !== null) clearTimeout(place.bootTimer);
      place.pid = 0;
    }
    const worker = this.#workers.get(exit.pid);
    if (worker !== undefined) this.#noteEnd(worker, exit);
    if (this.#stopping) {
      if (this.#allGone()) this.#nursery?.end();
      return;
    }
    if (this.#booted !== null) {
      const message = `A worker ended with ${ending(exit.status)} before it was ready.`;
      this.#finishBoot({ kind: "worker", message });
      return;
    }
    if (place === undefined || place.pid !== 0) return;
    const delayMs = this.#backOff.delayAfter(livedMs);
    const when = delayMs === 0 ? "now" : `in ${delayMs / 1000} s`;
    this.#log.write(
      "error",
      `worker ${exit.pid} ended with ${ending(exit.status)}; another one starts ${when}.`,
    );
    this.#later(delayMs, () => {
      if (place.pid === 0) this.#fork(place);
    });
  }

  #noteEnd(worker: WorkerHandle, what: "link" | "nursery" | WorkerExit): void {
    let end = this.#endings.get(worker);
    if (end === undefined) this.#endings.set(worker, (end = { linkEnded: false, exit: null }));
    if (what === "link") end.linkEnded = true;
    else if (what !== "nursery") end.exit = what;
    const reported = end.exit !== null || this.#nursery === null || !this.#isOurs(worker);
    if (!end.linkEnded || !reported) return;
    this.#endings.delete(worker);
    this.#workers.delete(worker.pid);
    this.#settle(worker, end.exit);
    const place = this.#placeOf(worker.pid);
    if (end.exit === null && place !== undefined) {
      place.pid = 0;
      this.#fork(place);
    }
    if (this.#stopping && this.#allGone()) this.#nursery?.end();
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
        const how = exit === null ? "" : ` with ${ending(exit.status)}`;
        this.#log.write("error", `${job.describe()}: worker ${worker.pid} ended${how} in it`);
      }
      job.onLost();
    }
    worker.jobs.clear();
    this.#runElsewhere(notStarted);
  }

  /** Whether the present nursery forked it, and will report its end. */
  #isOurs(worker: WorkerHandle): boolean {
    return worker.bornAtMs >= this.#nurseryBornAtMs;
  }

  #allGone(): boolean {
    return this.#workers.size === 0 && this.#places.every((place) => place.pid === 0);
  }

  #placeOf(pid: number): Place | undefined {
    return this.#places.find((place) => place.pid === pid);
  }

  #clearBootTimers(): void {
    for (const place of this.#places) if (place.bootTimer !== null) clearTimeout(place.bootTimer);
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function killAdopted(worker: WorkerHandle): void {
  try {
    process.kill(worker.pid, KILL);
  } catch {
    // It has just ended by itself.
  }
}

/** "exit code 1", "signal SIGKILL" */
function ending(status: number): string {
  if (status >= 0) return `exit code ${status}`;
  const name = Object.entries(osConstants.signals).find(([, number]) => number === -status)?.[0];
  const hint = name === "SIGKILL" ? " (killed from outside, perhaps for lack of memory)" : "";
  return `signal ${name ?? -status}${hint}`;
}

function levelOf(status: number): "debug" | "info" | "warning" | "error" | "critical" {
  if (status >= LogStatus.critical) return "critical";
  if (status >= LogStatus.error) return "error";
  if (status >= LogStatus.warning) return "warning";
  return status >= LogStatus.info ? "info" : "debug";
}
