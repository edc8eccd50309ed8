/**
 * Keeps a nursery: starts one, and another one when it has died. Each has a token of its own, so
 * that a worker which an earlier one forked in its last moment is turned away: nobody counts on it.
 */
import { BackOff } from "../pool/back-off.ts";
import { KILL } from "./ending.ts";
import type { Greeted, LinkReader, LinkServer } from "./link-server.ts";
import { Nursery, type NurseryEvents, type NurseryPlan } from "./nursery.ts";
import type { WorkerHandle } from "./worker-handle.ts";

/** What the nurseries of a generation have in common. */
export interface LastingNurseryPlan extends Omit<NurseryPlan, "linkPath" | "token"> {
  /** Time for the nursery to be ready, and for each worker. */
  readonly bootTimeoutMs: number;
}

export interface NurseryKeeperEvents extends Omit<NurseryEvents, "onStarted"> {
  /** A worker of this nursery has connected. */
  onGreeted(link: Greeted): LinkReader | null;
}

export class NurseryKeeper {
  /** Null: there is none at this moment. */
  nursery: Nursery | null = null;
  readonly #plan: LastingNurseryPlan;
  readonly #linkServer: LinkServer;
  readonly #events: NurseryKeeperEvents;
  readonly #backOff: BackOff = new BackOff();
  /** Who waits for the nursery to look at a worker, by process id. */
  readonly #looks: Map<number, ((startedNumber: number) => void)[]> = new Map();
  #bornAtMs = 0;
  #token = "";

  constructor(plan: LastingNurseryPlan, linkServer: LinkServer, events: NurseryKeeperEvents) {
    this.#plan = plan;
    this.#linkServer = linkServer;
    this.#events = events;
  }

  start(): void {
    const events = this.#events;
    this.#bornAtMs = performance.now();
    this.forget();
    this.#token = this.#linkServer.expect((link) => events.onGreeted(link));
    const plan = { ...this.#plan, token: this.#token, linkPath: this.#linkServer.path };
    let isSlow = false;
    const slowText = `it was not ready after ${plan.bootTimeoutMs / 1000} s (--boot-timeout)`;
    const bootTimer = setTimeout(() => {
      isSlow = true;
      this.nursery?.kill();
    }, plan.bootTimeoutMs);
    this.nursery = new Nursery(plan, {
      onUp: (pid, python) => {
        clearTimeout(bootTimer);
        events.onUp(pid, python);
      },
      onUnloadable: (failure) => events.onUnloadable(failure),
      onForked: (worker, pid) => events.onForked(worker, pid),
      onStarted: (pid, number) => this.#answerLooks(pid, number),
      onExit: (exit) => {
        this.#answerLooks(exit.pid, exit.startedNumber);
        events.onExit(exit);
      },
      onDown: (status, error) => {
        clearTimeout(bootTimer);
        this.nursery = null;
        for (const pid of this.#looks.keys()) this.#answerLooks(pid, Infinity);
        events.onDown(status, isSlow ? new Error(slowText) : error);
      },
    });
  }

  /** Milliseconds to wait before the next one. */
  restartDelayMs(): number {
    return this.#backOff.delayAfter(performance.now() - this.#bornAtMs);
  }

  /** Its workers are turned away from now on. */
  forget(): void {
    this.#linkServer.forget(this.#token);
  }

  /** Whether the present nursery forked it, and will report its end. */
  isParentOf(worker: WorkerHandle): boolean {
    return this.nursery !== null && worker.bornAtMs >= this.#bornAtMs;
  }

  /** The highest number that the worker has started; Infinity when nobody can say. */
  startedNumber(worker: WorkerHandle): Promise<number> {
    const { pid } = worker;
    if (this.nursery === null || !this.isParentOf(worker) || worker.processEnded) {
      return Promise.resolve(Infinity);
    }
    this.nursery.look(pid);
    return new Promise((resolve) => {
      this.#looks.set(pid, [...(this.#looks.get(pid) ?? []), resolve]);
    });
  }

  #answerLooks(pid: number, startedNumber: number): void {
    const waiting = this.#looks.get(pid) ?? [];
    this.#looks.delete(pid);
    for (const resolve of waiting) resolve(startedNumber);
  }

  /** Of the process with this id: the nursery lets go of its link. */
  release(pid: number): void {
    this.nursery?.release(pid);
  }

  /** @param worker - of this process id, when it is connected. */
  kill(pid: number, worker: WorkerHandle | undefined): void {
    // Only whoever reaps a process knows that its number still means it. That of an adopted worker
    // is sure as long as its link is open.
    if (worker === undefined || this.isParentOf(worker)) this.nursery?.signal(pid, KILL);
    // Its link is open, so the number still means it.
    else if (!worker.linkEnded) this.#plan.launcher.killForeign(pid);
  }
}
