/**
 * Processes that another one starts, because it has the rights they are to have. Its answers come from
 * somebody with fewer rights than the front: they are looked at before they are believed.
 *
 * All bytes go through one channel in JSON: a nursery says a line for each start and each end of a
 * worker, and no request passes here.
 */
import { EventEmitter } from "node:events";
import { Duplex, Readable } from "node:stream";

import { CONTROL_FD, type Launch, type LaunchedProcess, type Launcher } from "./launcher.ts";

/** To the process that starts others. Texts are latin-1. */
export type LaunchOrder =
  | { readonly order: "launch"; readonly id: number; readonly what: Launch }
  | { readonly order: "say"; readonly id: number; readonly text: string }
  | { readonly order: "hang-up"; readonly id: number }
  | { readonly order: "kill"; readonly id: number }
  | { readonly order: "kill-foreign"; readonly pid: number };

/** From it. */
export type LaunchNews =
  | { readonly news: "said" | "wrote"; readonly id: number; readonly text: string }
  | {
      readonly news: "ended";
      readonly id: number;
      readonly code: number | null;
      readonly signal: NodeJS.Signals | null;
      /** Why it could not be started, or null. */
      readonly error: string | null;
    };

/** What was written before an end is here within this time. */
const LAST_WORDS_MS = 500;

export class RemoteLauncher implements Launcher {
  readonly #send: (order: LaunchOrder) => void;
  readonly #processes: Map<number, RemoteProcess> = new Map();
  #lastId = 0;
  #isGone = false;

  constructor(send: (order: LaunchOrder) => void) {
    this.#send = send;
  }

  launch(what: Launch): LaunchedProcess {
    const id = ++this.#lastId;
    const launched = new RemoteProcess(id, what, this.#send);
    this.#processes.set(id, launched);
    if (this.#isGone) queueMicrotask(() => this.#endAll());
    else this.#send({ order: "launch", id, what });
    return launched;
  }

  killForeign(pid: number): void {
    this.#send({ order: "kill-foreign", pid });
  }

  /** @param message - what came; anything. */
  hear(message: unknown): void {
    if (typeof message !== "object" || message === null) return;
    const { news, id, text, code, signal, error } = message as Readonly<Record<string, unknown>>;
    const launched = typeof id === "number" ? this.#processes.get(id) : undefined;
    if (launched === undefined) return;
    if (typeof text === "string") {
      const bytes = Buffer.from(text, "latin1");
      if (news === "said") launched.control.push(bytes);
      else if (news === "wrote") launched.stderr?.push(bytes);
    } else if (news === "ended") {
      this.#processes.delete(launched.id);
      const isSignal = typeof signal === "string" && signal.startsWith("SIG");
      launched.ended(
        typeof code === "number" ? code : null,
        isSignal ? (signal as NodeJS.Signals) : null,
        typeof error === "string" ? error : null,
      );
    }
  }

  /** The other process has ended: what it has started ends, too. */
  gone(): void {
    this.#isGone = true;
    this.#endAll();
  }

  #endAll(): void {
    const left = [...this.#processes.values()];
    this.#processes.clear();
    for (const launched of left) launched.ended(null, null, "the process that starts it has ended");
  }
}

class RemoteProcess extends EventEmitter implements LaunchedProcess {
  readonly id: number;
  readonly control: Duplex;
  readonly stdout: Readable | null = null;
  /** Standard output comes here as well, where it is wanted. */
  readonly stderr: Readable | null;
  readonly stdio: readonly unknown[];
  readonly #send: (order: LaunchOrder) => void;

  constructor(id: number, { stdio }: Launch, send: (order: LaunchOrder) => void) {
    super();
    this.id = id;
    this.#send = send;
    this.control = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _, done) => {
        send({ order: "say", id, text: chunk.toString("latin1") });
        done();
      },
      final: (done) => {
        send({ order: "hang-up", id });
        done();
      },
    });
    this.stderr = stdio[2] === "pipe" ? new Readable({ read: () => {} }) : null;
    this.stdio = [null, null, this.stderr, this.control];
  }

  kill(): void {
    this.#send({ order: "kill", id: this.id });
  }

  ended(code: number | null, signal: NodeJS.Signals | null, error: string | null): void {
    this.stderr?.push(null);
    this.control.push(null);
    // After what came before has been taken.
    setImmediate(() => {
      this.control.destroy();
      if (error === null) this.emit("close", code, signal);
      else this.emit("error", new Error(error));
    });
  }
}

/** At the other end: starts what is ordered, and tells what becomes of it. */
export class LaunchOrders {
  readonly #launcher: Launcher;
  readonly #tell: (news: LaunchNews) => void;
  readonly #running: Map<number, LaunchedProcess> = new Map();
  #idle: (() => void) | null = null;

  constructor(launcher: Launcher, tell: (news: LaunchNews) => void) {
    this.#launcher = launcher;
    this.#tell = tell;
  }

  obey(order: LaunchOrder): void {
    if (order.order === "kill-foreign") {
      this.#launcher.killForeign(order.pid);
      return;
    }
    if (order.order === "launch") {
      this.#launch(order.id, order.what);
      return;
    }
    const launched = this.#running.get(order.id);
    if (launched === undefined) return; // It has just ended.
    const control = launched.stdio[CONTROL_FD] as Duplex;
    if (order.order === "say") control.write(order.text, "latin1");
    else if (order.order === "hang-up") control.end();
    else launched.kill("SIGKILL");
  }

  #launch(id: number, what: Launch): void {
    const launched = this.#launcher.launch(what);
    this.#running.set(id, launched);
    const end = (code: number | null, signal: NodeJS.Signals | null, error: string | null) => {
      if (!this.#running.delete(id)) return;
      this.#tell({ news: "ended", id, code, signal, error });
      if (this.#running.size === 0) this.#idle?.();
    };
    launched.on("error", (error) => end(null, null, error.message));
    launched.on("close", (code, signal) => end(code, signal, null));
    // Workers that outlive it keep its output open.
    launched.on("exit", (code, signal) => {
      setTimeout(() => end(code, signal, null), LAST_WORDS_MS);
    });
    const control = launched.stdio[CONTROL_FD] as Duplex | undefined;
    control?.on("error", () => {}); // "close" follows.
    control?.on("data", (data: Buffer) => {
      this.#tell({ news: "said", id, text: data.toString("latin1") });
    });
    for (const stream of [launched.stdout, launched.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.#tell({ news: "wrote", id, text: data.toString("latin1") });
      });
    }
  }

  /** Nobody is there to tell any more: each process hears that, and ends. Resolves when all have. */
  hangUp(): Promise<void> {
    for (const launched of this.#running.values()) {
      (launched.stdio[CONTROL_FD] as Duplex | undefined)?.destroy();
    }
    if (this.#running.size === 0) return Promise.resolve();
    return new Promise((resolve) => (this.#idle = resolve));
  }
}
