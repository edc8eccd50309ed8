/**
 * A generation: the workers that run one state of the application's code and settings. A reload
 * makes a new one beside the old, and only when all of its workers are ready do they get requests.
 */
import type { Socket } from "node:net";

import type { Log } from "../base/log.ts";
import type { Job } from "../pool/job.ts";
import type { BootFault } from "./boot-fault.ts";
import type { LinkServer } from "./link-server.ts";
import type { HookNews, WorkerExit } from "./nursery.ts";
import { Recycling, type RecyclingPlan } from "./recycling.ts";
import { WarmUp, type WarmUpPlan } from "./warm-up.ts";
import { RequestWatch, type WatchPlan } from "./request-watch.ts";
import { type BootFailure, type WorkerEvents, WorkerHandle } from "./worker-handle.ts";
import type { ProcessPlan } from "./process-plan.ts";
import { WorkerProcesses } from "./worker-processes.ts";

export interface GenerationPlan extends ProcessPlan {
  /** What a worker has to answer before it counts as ready; null: nothing. */
  readonly warmUp: WarmUpPlan | null;
  readonly recycling: RecyclingPlan;
  readonly watch: WatchPlan;
}

/** What a generation tells whoever gives work to its workers. */
export interface GenerationEvents {
  /** A worker has connected: it is told what all requests share. */
  onConnected(worker: WorkerHandle): void;
  /** The worker can have requests. */
  onServing(worker: WorkerHandle): void;
  /** It can't any more; what it has, has no end yet. */
  onLinkEnd(worker: WorkerHandle): void;
  /** Its process has ended. `exit` is null when nobody can say how. */
  onEnded(worker: WorkerHandle, exit: WorkerExit | null): void;
  onRoom(nowMs: number): void;
  onHandedBack(jobs: Job[]): void;
  onLog(worker: WorkerHandle, job: Job | null, status: number, text: string): void;
}

export class Generation implements WorkerEvents {
  readonly #events: GenerationEvents;
  readonly #processes: WorkerProcesses;
  readonly #recycling: Recycling;
  readonly #warmUp: WarmUpPlan | null;
  readonly #watch: RequestWatch;
  /** Ready, but not all of the generation is. */
  readonly #waiting: Set<WorkerHandle> = new Set();
  #serves = false;

  constructor(plan: GenerationPlan, linkServer: LinkServer, log: Log, events: GenerationEvents) {
    this.#events = events;
    this.#warmUp = plan.warmUp;
    this.#recycling = new Recycling(plan.recycling, log, {
      onWorn: (worker, why) => this.#processes.replace(worker, why),
      onTooLarge: (worker, why) => this.#processes.kill(worker, why),
    });
    this.#processes = new WorkerProcesses(plan, linkServer, log, {
      onGreeted: (socket: Socket, pid: number) => {
        const wornAt = this.#recycling.wornAt();
        const worker = new WorkerHandle(socket, pid, plan.threads, this, wornAt);
        worker.getsAhead = !plan.greenlets;
        events.onConnected(worker);
        return worker;
      },
      onEnded: (worker, exit) => events.onEnded(worker, exit),
    });
    this.#watch = new RequestWatch(plan.watch, log, this.#processes);
  }

  /** Boots all workers; they wait for `serve`. Null: all are ready. */
  start(): Promise<BootFault | null> {
    this.#watch.start();
    return this.#processes.start();
  }

  /** From now on workers that are ready get requests. */
  serve(): void {
    this.#serves = true;
    for (const worker of this.#waiting) this.#isReady(worker);
    this.#waiting.clear();
  }

  /** See `WorkerProcesses.stop`. */
  stop(graceMs: number): Promise<void> {
    this.#recycling.end();
    this.#watch.stop();
    return this.#processes.stop(graceMs);
  }

  /** See `WorkerProcesses.leave`. */
  async leave(): Promise<void> {
    this.#recycling.end();
    await this.#processes.leave();
    this.#watch.stop();
  }

  tellHooks(news: HookNews): void {
    this.#processes.tellHooks(news);
  }

  /** See `WorkerProcesses.resize`. */
  resize(count: number): void {
    this.#processes.tellHooks(`want ${count}`);
    this.#processes.resize(count);
  }

  /** See `WorkerProcesses.shrink`. */
  shrink(): boolean {
    return this.#processes.shrink();
  }

  /** Workers that are wanted. */
  get count(): number {
    return this.#processes.count;
  }

  /** Workers that are connected. */
  get workers(): Iterable<WorkerHandle> {
    return this.#processes.workers.values();
  }

  /** What the workers run on, "CPython 3.11.7"; empty before the nursery is up. */
  get python(): string {
    return this.#processes.python;
  }

  // From the workers

  onReady(worker: WorkerHandle): void {
    const plan = this.#warmUp;
    if (plan === null) {
      this.#isReady(worker);
      return;
    }
    const warmUp = new WarmUp(plan, (fault) => {
      if (fault === null) this.#isReady(worker);
      else {
        const traceback = warmUp.notes.join("\n");
        this.#processes.noteUnfit(worker, { kind: "warm-up-failed", message: fault, traceback });
      }
    });
    worker.run(warmUp, performance.now());
  }

  #isReady(worker: WorkerHandle): void {
    if (!this.#serves) {
      this.#waiting.add(worker);
      this.#processes.noteReady(worker);
      return;
    }
    worker.ready = true;
    this.#recycling.add(worker);
    this.#events.onServing(worker);
    if (!this.#waiting.has(worker)) this.#processes.noteReady(worker);
  }

  onBootFailed(worker: WorkerHandle, failure: BootFailure): void {
    this.#processes.noteBootFailed(worker, failure);
  }

  onRoom(_worker: WorkerHandle, nowMs: number): void {
    this.#events.onRoom(nowMs);
  }

  onHandedBack(_worker: WorkerHandle, jobs: Job[]): void {
    this.#events.onHandedBack(jobs);
  }

  onLog(worker: WorkerHandle, job: Job | null, status: number, text: string): void {
    if (job instanceof WarmUp) job.notes.push(text);
    this.#events.onLog(worker, job, status, text);
  }

  onWorn(worker: WorkerHandle, requests: number): void {
    this.#processes.replace(worker, `has had ${requests} requests (--max-requests)`);
  }

  onLinkEnd(worker: WorkerHandle): void {
    this.#waiting.delete(worker);
    this.#recycling.remove(worker);
    this.#events.onLinkEnd(worker);
    this.#processes.noteLinkEnd(worker);
  }
}
