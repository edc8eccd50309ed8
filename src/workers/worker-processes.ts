/**
 * The Python processes of one generation of the application: has workers forked, watches them boot,
 * has others come for the ones that die, ends them all. Who is replaced while it lives, and how many
 * there are, is decided in `worker-turnover.ts`; when one has ended, in `worker-endings.ts`. What they
 * are given to do is the business of `workforce.ts`.
 *
 * When the nursery dies its workers go on, and a new nursery adopts them.
 */
import type { Log } from "../base/log.ts";
import { BackOff } from "../pool/back-off.ts";
import {
  type BootFault,
  diedLoading,
  nurseryFault,
  renderBootFailure,
  renderSlowBoot,
  slowBoot,
} from "./boot-fault.ts";
import { renderCut, renderEnding } from "./ending.ts";
import type { Greeted, LinkServer } from "./link-server.ts";
import { FirstBoot } from "./first-boot.ts";
import { NurseryKeeper } from "./nursery-keeper.ts";
import type { HookNews, WorkerExit } from "./nursery.ts";
import type { BootFailure, WorkerHandle } from "./worker-handle.ts";
import type { ProcessEvents, ProcessPlan } from "./process-plan.ts";
import { Timers } from "./timers.ts";
import { WorkerEndings } from "./worker-endings.ts";
import { type WorkerPlace, WorkerPlaces, clearBootTimer } from "./worker-places.ts";
import { WorkerTurnover } from "./worker-turnover.ts";

export class WorkerProcesses {
  /** By process id, from HELLO to the end. */
  readonly workers: Map<number, WorkerHandle> = new Map();
  /** What they run on, "CPython 3.11.7"; empty before the nursery is up. */
  python = "";

  readonly #plan: ProcessPlan;
  readonly #keeper: NurseryKeeper;
  readonly #log: Log;
  readonly #events: ProcessEvents;
  readonly #places: WorkerPlaces = new WorkerPlaces();
  readonly #turnover: WorkerTurnover;
  readonly #endings: WorkerEndings;
  readonly #boot: FirstBoot;
  readonly #backOff: BackOff = new BackOff();
  readonly #timers: Timers = new Timers();
  /** `leaving`: workers finish what they have. Either way nobody is replaced any more. */
  #state: "living" | "leaving" | "stopping" = "living";
  #gone: Promise<void> | null = null;
  #tellGone: () => void = () => {};

  constructor(plan: ProcessPlan, linkServer: LinkServer, log: Log, events: ProcessEvents) {
    this.#plan = plan;
    this.#log = log;
    this.#events = events;
    this.#keeper = new NurseryKeeper(plan, linkServer, {
      onGreeted: (link) => this.#greeted(link),
      onUnloadable: (failure) => this.#noteFailure(this.#plan.app, failure),
      onUp: (_, python) => this.#nurseryUp(python),
      onForked: (number, pid) => this.#forked(number, pid),
      onExit: (exit) => this.#exited(exit),
      onDown: (status, error) => this.#nurseryDown(status, error),
    });
    this.#turnover = new WorkerTurnover(this.#places, this.workers, plan.multiprocess, log, {
      onWanted: (place) => this.#fork(place),
      onUnwanted: (place) => this.#dismiss(place),
    });
    this.#endings = new WorkerEndings(this.#keeper, {
      onEnded: (worker, exit) => this.#ended(worker, exit),
      onEndedUnseen: (exit) => this.#vacate(exit.pid, exit, false),
    });
    this.#boot = new FirstBoot(plan.workers);
    for (let count = 0; count < plan.workers; count++) this.#places.add(null);
  }

  /** Boots all workers. Null: all are ready; else why the application can't be served. */
  start(): Promise<BootFault | null> {
    // Else without an answer: who called `stop` in the meantime does not wait for one.
    if (this.#state === "living") this.#keeper.start();
    return this.#boot.outcome;
  }

  /**
   * Ends all processes; resolves when the last one is gone. Who wants running requests to finish
   * waits for them first, or calls `leave`.
   * @param graceMs - how long workers may take to leave before they are killed.
   */
  async stop(graceMs: number): Promise<void> {
    await this.#end("stopping", graceMs, (worker) => worker.end());
  }

  /** The same, but workers finish what they have, in the time for it; the rest is cut. */
  async leave(): Promise<void> {
    await this.#end("leaving", this.#plan.gracefulTimeoutMs, (worker) => worker.retire());
  }

  async #end(
    state: "leaving" | "stopping",
    graceMs: number,
    tell: (worker: WorkerHandle) => void,
  ): Promise<void> {
    if (this.#state === state || this.#state === "stopping") return this.#gone ?? undefined;
    this.#state = state;
    this.#turnover.end();
    this.#timers.clear();
    for (const place of this.#places) {
      clearBootTimer(place);
      if (place.pid === 0) this.#places.remove(place);
    }
    this.#gone ??= new Promise<void>((resolve) => {
      this.#tellGone = resolve;
    });
    for (const worker of this.workers.values()) tell(worker);
    const kill = setTimeout(() => {
      for (const place of this.#places) this.#cut(place);
      if (this.#places.size === 0) this.#keeper.nursery?.kill();
    }, graceMs);
    this.#stepTowardsEnd();
    await this.#gone;
    clearTimeout(kill);
    this.#keeper.forget();
  }

  /** Workers that are wanted. */
  get count(): number {
    return this.#places.lasting().length;
  }

  readonly tellHooks = (news: HookNews): void => this.#keeper.nursery?.tellHooks(news);

  /** See `WorkerTurnover.resize`. */
  resize(count: number): void {
    this.#turnover.resize(count);
  }

  /** See `WorkerTurnover.shrink`. */
  shrink(): boolean {
    return this.#turnover.shrink();
  }

  /** See `WorkerTurnover.replace`. */
  replace(worker: WorkerHandle, why: string): void {
    this.#turnover.replace(worker.pid, why);
  }

  /** Ends the process now. What it had started is lost (wire §6.2), and another one comes. */
  kill(worker: WorkerHandle, why: string): void {
    this.#log.write("error", `worker ${worker.pid} ${why} and is killed.`);
    worker.ready = false;
    this.#kill(worker.pid);
  }

  /** The highest number that the worker has started; Infinity when nobody can say. */
  startedNumber(worker: WorkerHandle): Promise<number> {
    return this.#keeper.startedNumber(worker);
  }

  signal(worker: WorkerHandle, signal: number): void {
    if (this.#keeper.isParentOf(worker)) this.#keeper.nursery?.signal(worker.pid, signal);
  }

  /** The worker has loaded the application, and can have requests. */
  noteReady(worker: WorkerHandle): void {
    this.#log.write("debug", `worker ${worker.pid} is ready`);
    this.#boot.noteReady();
    this.#turnover.noteReady(worker.pid);
  }

  noteBootFailed(worker: WorkerHandle, failure: BootFailure): void {
    this.#noteFailure(`worker ${worker.pid}`, failure);
  }

  #noteFailure(who: string, failure: BootFailure): void {
    if (this.#boot.takes({ kind: "application", failure })) return;
    this.#log.write("error", renderBootFailure(who, failure));
  }

  /** It has loaded the application, but must not have requests. */
  noteUnfit(worker: WorkerHandle, failure: BootFailure): void {
    this.noteBootFailed(worker, failure);
    this.#kill(worker.pid);
  }

  noteLinkEnd(worker: WorkerHandle): void {
    this.#endings.noteLinkEnd(worker);
  }

  // The nursery

  #nurseryUp(python: string): void {
    this.python = python;
    for (const pid of this.workers.keys()) this.#keeper.nursery?.adopt(pid);
    for (const place of this.#places) if (place.pid === 0) this.#fork(place);
  }

  #nurseryDown(status: number, error: NodeJS.ErrnoException | null): void {
    if (this.#state !== "living") {
      this.#nurseryDownAtEnd();
      return;
    }
    if (this.#boot.takes(nurseryFault(this.#plan.python, status, error))) return;
    const how = error === null ? `ended with ${renderEnding(status)}` : `failed: ${error.message}`;
    this.#log.write("error", `the Python process that starts workers ${how}; a new one starts.`);
    for (const worker of this.workers.values()) {
      // Forked, and the nursery did not live to say so.
      if (this.#places.of(worker.pid) === undefined) worker.destroy();
    }
    for (const place of this.#places) {
      if (this.workers.has(place.pid)) continue;
      this.#places.empty(place);
      if (place.isLeaving) this.#places.remove(place);
    }
    this.#endings.noteNurseryEnd();
    this.#timers.later(this.#keeper.restartDelayMs(), () => this.#keeper.start());
  }

  /** Who leaves may go on, which can be seen by its link; who is stopped is killed. */
  #nurseryDownAtEnd(): void {
    for (const place of this.#places) {
      if (!this.workers.has(place.pid)) this.#places.remove(place);
    }
    for (const worker of this.workers.values()) {
      if (this.#state === "stopping") this.#plan.launcher.killForeign(worker.pid);
    }
    this.#endings.noteNurseryEnd();
    if (this.#state === "stopping") this.#tellGone();
    else this.#stepTowardsEnd();
  }

  #kill(pid: number): void {
    this.#keeper.kill(pid, this.workers.get(pid));
  }

  // From fork to ready

  #fork(place: WorkerPlace): void {
    if (this.#keeper.nursery === null || this.#state !== "living") return;
    place.pid = -1;
    place.forkedAtMs = performance.now();
    place.isAlone = !this.#turnover.isShared;
    this.#keeper.nursery.fork(place.number, !place.isAlone);
  }

  #forked(number: number, pid: number): void {
    const place = this.#places.get(number);
    if (place === undefined) return;
    place.pid = pid;
    if (this.#state !== "living" || place.isLeaving) {
      this.#kill(pid);
      return;
    }
    if (this.#turnover.noteForked(place)) return;
    const { bootTimeoutMs } = this.#plan;
    place.bootTimer = setTimeout(() => {
      const text = renderSlowBoot(pid, bootTimeoutMs);
      if (!this.#boot.takes(slowBoot(text))) this.#log.write("error", `${text}; it is killed.`);
      this.#kill(pid);
    }, bootTimeoutMs);
  }

  #greeted({ socket, pid, received }: Greeted): WorkerHandle | null {
    if (this.#state !== "living") {
      socket.destroy();
      return null;
    }
    const worker = this.#events.onGreeted(socket, pid);
    this.workers.set(pid, worker);
    this.#endings.noteGreeted(worker);
    worker.receive(received);
    return worker;
  }

  // The end of a worker

  #exited(exit: WorkerExit): void {
    const place = this.#places.of(exit.pid);
    if (place !== undefined) clearBootTimer(place);
    this.#endings.noteExit(this.workers.get(exit.pid), exit);
  }

  #ended(worker: WorkerHandle, exit: WorkerExit | null): void {
    this.workers.delete(worker.pid);
    const hasServed = exit !== null && worker.hasServed(exit.startedNumber);
    this.#events.onEnded(worker, exit);
    this.#vacate(worker.pid, exit, hasServed);
  }

  /** The place is free: another worker comes, unless none is wanted there any more. */
  #vacate(pid: number, exit: WorkerExit | null, hasServed: boolean): void {
    const place = this.#places.of(pid);
    const wasServing = place?.isServing === true;
    if (place !== undefined) this.#places.empty(place);
    const how = exit === null ? "" : ` with ${renderEnding(exit.status)}`;
    if (this.#state !== "living") {
      if (place !== undefined) this.#places.remove(place);
      this.#stepTowardsEnd();
      return;
    }
    if (this.#boot.takes(diedLoading(this.#plan.app, how)) || place === undefined) return;
    if (place.isLeaving || this.#places.successorOf(place) !== undefined) {
      const level = place.isLeaving ? "debug" : "error";
      this.#log.write(level, `worker ${pid} ended${how}.`);
      this.#places.remove(place);
      this.#turnover.replaceNext();
      return;
    }
    // Whoever has answered requests died of one of them, not of being started.
    if (hasServed) this.#backOff.reset();
    const delayMs = this.#backOff.delayAfter(performance.now() - place.forkedAtMs);
    const when = delayMs === 0 ? "now" : `in ${delayMs / 1000} s`;
    // One that leaves in order was told to, by an operator or because its numbers were used up.
    const level = exit?.status === 0 ? "info" : "error";
    const early = wasServing ? "" : " before it was ready";
    this.#log.write(level, `worker ${pid} ended${how}${early}; another one starts ${when}.`);
    this.#timers.later(delayMs, () => {
      if (place.pid === 0) this.#fork(place);
    });
  }

  // Leaving for good

  /** The worker in this place finishes what it has, if it serves, and goes. */
  #dismiss(place: WorkerPlace): void {
    const worker = this.workers.get(place.pid);
    if (worker === undefined || !place.isServing) this.#kill(place.pid);
    else {
      worker.retire();
      this.#timers.later(this.#plan.gracefulTimeoutMs, () => this.#cut(place));
    }
  }

  /** The time to finish is over. */
  #cut(place: WorkerPlace): void {
    const running = this.workers.get(place.pid)?.jobs.size ?? 0;
    if (running > 0 && this.#state !== "stopping") {
      const text = renderCut(place.pid, running, this.#plan.gracefulTimeoutMs);
      this.#log.write("warning", text);
    }
    if (place.pid > 0) this.#kill(place.pid);
  }

  /** At the end: when no worker is left, the nursery goes; when it is gone, that was all. */
  #stepTowardsEnd(): void {
    if (this.workers.size > 0 || this.#places.size > 0) return;
    if (this.#keeper.nursery === null) this.#tellGone();
    else this.#keeper.nursery.end();
  }
}
