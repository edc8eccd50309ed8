/**
 * The Python processes of one application: has workers forked, watches them boot, replaces the ones
 * that die, ends them all. What they are given to do is the business of `workforce.ts`.
 *
 * A worker has ended when two things have come: the nursery's report with its ledger, and the end
 * of its link, after which no answer can arrive. The nursery keeps the link open until it is told
 * to let go, so the report comes first and nothing is written to a process that is gone.
 *
 * When the nursery dies its workers go on. A new nursery adopts them; how they end is then not
 * known, only that their link has ended (wire §6.3).
 */
import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";

import type { Log } from "../base/log.ts";
import { BackOff } from "../pool/back-off.ts";
import { KILL, renderEnding } from "./ending.ts";
import { LinkServer } from "./link-server.ts";
import { Nursery, type NurseryPlan, type WorkerExit } from "./nursery.ts";
import type { BootFailure, WorkerHandle } from "./worker-handle.ts";

export interface ProcessPlan extends Omit<NurseryPlan, "linkPath" | "token" | "multiprocess"> {
  readonly workers: number;
  readonly bootTimeoutMs: number;
}

/** Why the application can't be served. */
export type BootFault =
  | { readonly kind: "application"; readonly failure: BootFailure }
  | { readonly kind: "worker"; readonly message: string }
  /** The Python process has said it itself, on standard error. */
  | { readonly kind: "told" };

export interface ProcessEvents {
  /** A worker has said HELLO: makes its handle. */
  onGreeted(socket: Socket, pid: number): WorkerHandle;
  /** A worker has ended. `exit` is null when nobody can say how. */
  onEnded(worker: WorkerHandle, exit: WorkerExit | null): void;
}

/** One place for a worker; processes come and go in it. */
interface Place {
  readonly number: number;
  /** 0: none. -1: asked for, its number is not known yet. */
  pid: number;
  forkedAtMs: number;
  wasReady: boolean;
  bootTimer: NodeJS.Timeout | null;
}

/** What has come of a worker's two ends. */
interface Ending {
  linkEnded: boolean;
  exit: WorkerExit | null;
}

/** The nursery's exit code after it has said on standard error why it can't run. */
const EXIT_TOLD = 3;
/** What a dead worker has written to a link that was not looked at yet is read well within this. */
const LATE_HELLO_MS = 250;

export class WorkerProcesses {
  /** By process id, from HELLO to the end. */
  readonly workers: Map<number, WorkerHandle> = new Map();
  /** What they run on, "CPython 3.11.7"; empty before the nursery is up. */
  python = "";

  readonly #plan: ProcessPlan;
  readonly #log: Log;
  readonly #events: ProcessEvents;
  readonly #linkServer: LinkServer;
  readonly #places: Place[] = [];
  readonly #endings: Map<WorkerHandle, Ending> = new Map();
  /** Reports about workers whose HELLO was not read yet. */
  readonly #earlyExits: Map<number, WorkerExit> = new Map();
  readonly #backOff: BackOff = new BackOff();
  readonly #nurseryBackOff: BackOff = new BackOff();
  readonly #timers: Set<NodeJS.Timeout> = new Set();
  #nursery: Nursery | null = null;
  #nurseryBornAtMs = 0;
  #booted: ((fault: BootFault | null) => void) | null = null;
  /** The first fault was told; what else fails until `stop` has the same reason. */
  #bootFailed = false;
  #readyCount = 0;
  #stopping = false;
  #stopped: () => void = () => {};

  constructor(plan: ProcessPlan, log: Log, events: ProcessEvents) {
    this.#plan = plan;
    this.#log = log;
    this.#events = events;
    this.#linkServer = new LinkServer((socket, pid, received) =>
      this.#greeted(socket, pid, received),
    );
    for (let number = 1; number <= plan.workers; number++) {
      this.#places.push({ number, pid: 0, forkedAtMs: 0, wasReady: false, bootTimer: null });
    }
  }

  /** Boots all workers. Null: all are ready; else why the application can't be served. */
  async start(): Promise<BootFault | null> {
    await this.#linkServer.listen();
    // Without an answer: who called `stop` in the meantime does not wait for one.
    return new Promise<BootFault | null>((resolve) => {
      if (this.#stopping) return;
      this.#booted = resolve;
      this.#startNursery();
    });
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
    for (const place of this.#places) clearBootTimer(place);
    const gone = new Promise<void>((resolve) => {
      this.#stopped = resolve;
    });
    for (const worker of this.workers.values()) worker.end();
    const kill = setTimeout(() => {
      for (const place of this.#places) if (place.pid > 0) this.#kill(place.pid);
    }, graceMs);
    this.#stepTowardsEnd();
    await gone;
    clearTimeout(kill);
    this.#linkServer.close();
  }

  /** The worker has loaded the application. */
  noteReady(worker: WorkerHandle): void {
    const place = this.#placeOf(worker.pid);
    if (place !== undefined) {
      clearBootTimer(place);
      place.wasReady = true;
    }
    this.#log.write("debug", `worker ${worker.pid} is ready`);
    if (++this.#readyCount === this.#plan.workers) this.#finishBoot(null);
  }

  noteBootFailed(worker: WorkerHandle, failure: BootFailure): void {
    if (this.#booted !== null) {
      this.#finishBoot({ kind: "application", failure });
      return;
    }
    if (this.#bootFailed) return;
    const trace = failure.traceback === "" ? "" : `\n${failure.traceback}`;
    this.#log.write("error", `worker ${worker.pid} can't load: ${failure.message}${trace}`);
  }

  noteLinkEnd(worker: WorkerHandle): void {
    this.#endingOf(worker).linkEnded = true;
    // While it lives and is ours the nursery holds the link: so it was cut on this side.
    if (this.#isOurs(worker) && this.#endingOf(worker).exit === null) this.#kill(worker.pid);
    this.#settleEnd(worker);
  }

  // The nursery

  #startNursery(): void {
    this.#nurseryBornAtMs = performance.now();
    const plan = this.#plan;
    // A token for each nursery: a worker that an earlier one forked in its last moment is turned
    // away, as nobody counts on it.
    const token = randomBytes(16).toString("hex");
    this.#linkServer.token = token;
    this.#nursery = new Nursery(
      { ...plan, token, linkPath: this.#linkServer.path, multiprocess: plan.workers > 1 },
      {
        onUp: (_, python) => {
          this.python = python;
          for (const pid of this.workers.keys()) this.#nursery?.adopt(pid);
          for (const place of this.#places) if (place.pid === 0) this.#fork(place);
        },
        onForked: (number, pid) => this.#forked(number, pid),
        onExit: (exit) => this.#exited(exit),
        onDown: (status, error) => this.#nurseryDown(status, error),
      },
    );
  }

  #nurseryDown(status: number, error: NodeJS.ErrnoException | null): void {
    this.#nursery = null;
    if (this.#stopping) {
      for (const worker of this.workers.values()) killAdopted(worker.pid);
      this.#stopped();
      return;
    }
    const { python } = this.#plan;
    if (this.#booted !== null) {
      const advice = `Check that it runs ("${python} --version"), or choose another Python with --python PATH.`;
      if (status === EXIT_TOLD) this.#finishBoot({ kind: "told" });
      else if (error !== null) {
        this.#finishBoot({
          kind: "worker",
          message: `${python} could not be started: ${error.message}. ${advice}`,
        });
      } else {
        const how = renderEnding(status);
        const message = `${python} ended with ${how} before it could start a worker. ${advice}`;
        this.#finishBoot({ kind: "worker", message });
      }
      return;
    }
    const how = error === null ? `ended with ${renderEnding(status)}` : `failed: ${error.message}`;
    this.#log.write("error", `the Python process that starts workers ${how}; a new one starts.`);
    for (const worker of this.workers.values()) {
      // Forked, and the nursery did not live to say so.
      if (this.#placeOf(worker.pid) === undefined) worker.destroy();
    }
    for (const place of this.#places) {
      if (this.workers.has(place.pid)) continue;
      clearBootTimer(place);
      place.pid = 0;
    }
    // The reports that these ones waited for will not come.
    for (const worker of [...this.#endings.keys()]) this.#settleEnd(worker);
    this.#later(this.#nurseryBackOff.delayAfter(performance.now() - this.#nurseryBornAtMs), () =>
      this.#startNursery(),
    );
  }

  /** Whether the present nursery forked it, and will report its end. */
  #isOurs(worker: WorkerHandle): boolean {
    return this.#nursery !== null && worker.bornAtMs >= this.#nurseryBornAtMs;
  }

  #kill(pid: number): void {
    const worker = this.workers.get(pid);
    // Only whoever reaps a process knows that its number still means it. That of an adopted worker
    // is sure as long as its link is open.
    if (worker === undefined || this.#isOurs(worker)) this.#nursery?.signal(pid, KILL);
    else if (!worker.linkEnded) killAdopted(pid);
  }

  // From fork to ready

  #fork(place: Place): void {
    if (this.#nursery === null || this.#stopping) return;
    place.pid = -1;
    place.forkedAtMs = performance.now();
    place.wasReady = false;
    this.#nursery.fork(place.number);
  }

  #forked(number: number, pid: number): void {
    const place = this.#places[number - 1];
    if (place === undefined) return;
    place.pid = pid;
    if (this.#stopping) {
      this.#kill(pid);
      return;
    }
    if (this.workers.get(pid)?.ready === true) return;
    const { bootTimeoutMs } = this.#plan;
    place.bootTimer = setTimeout(() => {
      const text = `worker ${pid} was not ready after ${bootTimeoutMs / 1000} s (--boot-timeout)`;
      if (this.#booted === null && !this.#bootFailed)
        this.#log.write("error", `${text}; it is killed.`);
      this.#kill(pid);
      const remedy = "See what the import waits for, or allow it more time.";
      this.#finishBoot({ kind: "worker", message: `${text}. ${remedy}` });
    }, bootTimeoutMs);
  }

  #greeted(socket: Socket, pid: number, received: Buffer): void {
    if (this.#stopping) {
      socket.destroy();
      return;
    }
    const worker = this.#events.onGreeted(socket, pid);
    this.workers.set(pid, worker);
    const exit = this.#earlyExits.get(pid);
    if (exit !== undefined) {
      worker.processEnded = true;
      this.#endingOf(worker).exit = exit;
    }
    worker.receive(received);
  }

  #finishBoot(fault: BootFault | null): void {
    const booted = this.#booted;
    this.#booted = null;
    this.#bootFailed ||= booted !== null && fault !== null;
    booted?.(fault);
  }

  // The end of a worker

  #exited(exit: WorkerExit): void {
    const { pid } = exit;
    const place = this.#placeOf(pid);
    if (place !== undefined) clearBootTimer(place);
    const worker = this.workers.get(pid);
    if (worker === undefined) {
      this.#earlyExits.set(pid, exit);
      this.#later(LATE_HELLO_MS, () => {
        if (this.#earlyExits.delete(pid) && !this.workers.has(pid)) this.#vacate(pid, exit, false);
      });
    } else {
      worker.ready = false;
      worker.processEnded = true;
      this.#endingOf(worker).exit = exit;
    }
    // Nothing is written to it any more, so its link can end; what it has written comes first.
    this.#nursery?.release(pid);
    if (worker !== undefined) this.#settleEnd(worker);
  }

  #endingOf(worker: WorkerHandle): Ending {
    let ending = this.#endings.get(worker);
    if (ending === undefined) {
      ending = { linkEnded: false, exit: null };
      this.#endings.set(worker, ending);
    }
    return ending;
  }

  #settleEnd(worker: WorkerHandle): void {
    const { linkEnded, exit } = this.#endingOf(worker);
    if (!linkEnded || (exit === null && this.#isOurs(worker))) return;
    const { pid } = worker;
    this.#endings.delete(worker);
    this.#earlyExits.delete(pid);
    this.workers.delete(pid);
    if (exit === null) this.#nursery?.release(pid);
    const hasServed = exit !== null && worker.hasServed(exit.startedNumber);
    this.#events.onEnded(worker, exit);
    this.#vacate(pid, exit, hasServed);
  }

  /** The place is free: another worker comes, unless the server stops or never started. */
  #vacate(pid: number, exit: WorkerExit | null, hasServed: boolean): void {
    const place = this.#placeOf(pid);
    if (place !== undefined) place.pid = 0;
    if (this.#stopping) {
      this.#stepTowardsEnd();
      return;
    }
    const how = exit === null ? "" : ` with ${renderEnding(exit.status)}`;
    if (this.#booted !== null) {
      const message =
        `A worker ended${how} while it loaded ${this.#plan.app}: the application, ` +
        "or an extension module that it imports, ended the process.";
      this.#finishBoot({ kind: "worker", message });
      return;
    }
    if (place === undefined || this.#bootFailed) return;
    // Whoever has answered requests died of one of them, not of being started.
    if (hasServed) this.#backOff.reset();
    const delayMs = this.#backOff.delayAfter(performance.now() - place.forkedAtMs);
    const when = delayMs === 0 ? "now" : `in ${delayMs / 1000} s`;
    // One that leaves in order was told to, by an operator or because its numbers were used up.
    const level = exit?.status === 0 ? "info" : "error";
    const early = place.wasReady ? "" : " before it was ready";
    this.#log.write(level, `worker ${pid} ended${how}${early}; another one starts ${when}.`);
    this.#later(delayMs, () => {
      if (place.pid === 0) this.#fork(place);
    });
  }

  #placeOf(pid: number): Place | undefined {
    return this.#places.find((place) => place.pid === pid);
  }

  /** While stopping: when no worker is left, the nursery goes; when it is gone, that was all. */
  #stepTowardsEnd(): void {
    if (this.workers.size > 0 || this.#places.some((place) => place.pid !== 0)) return;
    if (this.#nursery === null) this.#stopped();
    else this.#nursery.end();
  }

  #later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function clearBootTimer(place: Place): void {
  if (place.bootTimer !== null) clearTimeout(place.bootTimer);
  place.bootTimer = null;
}

function killAdopted(pid: number): void {
  try {
    process.kill(pid, KILL);
  } catch {
    // It has just ended by itself.
  }
}
