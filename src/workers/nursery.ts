/**
 * The front's end of the nursery (`wizgy_worker/nursery.py`, which describes the lines): starts
 * the Python process that forks workers, and hears from it how they ended.
 */
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";

import { endingStatus } from "./ending.ts";
import { CONTROL_FD, type LaunchedProcess, type Launcher } from "./launcher.ts";
import type { BootFailure } from "./worker-handle.ts";

const WORKER_PACKAGE = fileURLToPath(
  new URL("../../../python/wizgy_worker/__main__.py", import.meta.url),
);

/** What has been written at the end is here within this time; a child of the application may keep the pipe open. */
const LAST_WORDS_MS = 250;

/** Where workers write to instead of the server's own standard output and error. */
export interface WorkerOutput {
  readonly errors: { write(data: Uint8Array): unknown };
  /** Standard output as well. */
  readonly takesStdout: boolean;
}

/**
 * What hooks are told of: so many workers are wanted from now on; the processes of the state before a
 * reload are gone; the server ends, too.
 */
export type HookNews = `want ${number}` | "alone" | "last";

export interface NurseryPlan {
  readonly launcher: Launcher;
  /** Null: they write where the server does. */
  readonly output: WorkerOutput | null;
  /** The Python to run. */
  readonly python: string;
  readonly linkPath: string;
  readonly token: string;
  readonly app: string;
  /** Requests that a worker runs at the same time: threads, or with `greenlets` slots for those. */
  readonly threads: number;
  readonly greenlets: boolean;
  /** Load the application before the fork. */
  readonly preloads: boolean;
  /** Folders to put before sys.path. */
  readonly pythonPath: readonly string[];
  /** Working directory of the workers. */
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How a worker ended, with what its ledger held (wire §6). */
export interface WorkerExit {
  readonly worker: number;
  readonly pid: number;
  /** The exit code, or minus the signal. */
  readonly status: number;
  readonly startedNumber: number;
  readonly outboxOrigin: number;
  readonly outbox: Buffer;
}

export interface NurseryEvents {
  onUp(pid: number, python: string): void;
  onForked(worker: number, pid: number): void;
  /** From the worker's ledger: the highest request that it has started. */
  onStarted(pid: number, number: number): void;
  onExit(exit: WorkerExit): void;
  /** The application can't be loaded before the fork; the nursery is about to end. */
  onUnloadable(failure: BootFailure): void;
  /**
   * The nursery itself has ended, or never started; nothing else comes after this.
   * @param status - the exit code, or minus the signal.
   */
  onDown(status: number, error: NodeJS.ErrnoException | null): void;
}

export class Nursery {
  readonly #child: LaunchedProcess;
  readonly #control: Duplex;
  #pending = "";
  #isDown = false;

  constructor(plan: NurseryPlan, events: NurseryEvents) {
    const args = [
      WORKER_PACKAGE,
      plan.linkPath,
      plan.token,
      plan.app,
      plan.greenlets ? "greenlets" : "threads",
      String(plan.threads),
      plan.preloads ? "1" : "0",
      ...plan.pythonPath,
    ];
    this.#child = plan.launcher.launch({
      command: plan.python,
      args,
      cwd: plan.cwd,
      env: plan.env,
      stdio: [
        "ignore",
        plan.output?.takesStdout === true ? "pipe" : "inherit",
        plan.output === null ? "inherit" : "pipe",
        "pipe",
      ],
    });
    // With "pipe" at this place there is a duplex socket; the types only know about readable ones.
    this.#control = this.#child.stdio[CONTROL_FD] as Duplex;
    const down = (status: number, error: NodeJS.ErrnoException | null): void => {
      if (this.#isDown) return;
      this.#isDown = true;
      events.onDown(status, error);
    };
    this.#child.on("error", (error) => down(-1, error));
    // "close": its last lines have been read then.
    this.#child.on("close", (code, signal) => down(endingStatus(code, signal), null));
    if (plan.output !== null) this.#collect(plan.output, down);
    this.#control?.on("data", (chunk: Buffer) => this.#receive(chunk.toString("latin1"), events));
    this.#control?.on("error", () => {}); // "close" follows.
  }

  /** Workers that outlive it go on writing. */
  #collect(output: WorkerOutput, down: (status: number, error: null) => void): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (data: Uint8Array) => output.errors.write(data));
    }
    this.#child.on("exit", (code, signal) => {
      const isOver = (): void => {
        setTimeout(() => down(endingStatus(code, signal), null), LAST_WORDS_MS);
      };
      if (this.#control.closed) isOver();
      else this.#control.on("close", isOver);
    });
  }

  /** @param isShared - whether more than one process runs the application. */
  fork(worker: number, isShared: boolean): void {
    this.#say(`fork ${worker} ${isShared ? 1 : 0}`);
  }

  signal(pid: number, signal: number): void {
    this.#say(`signal ${pid} ${signal}`);
  }

  /** Asks how far a worker is; `onStarted` tells. */
  look(pid: number): void {
    this.#say(`look ${pid}`);
  }

  /** A worker of an earlier nursery, which this one ends when the front goes. */
  adopt(pid: number): void {
    this.#say(`adopt ${pid}`);
  }

  /** The worker has ended, and nothing more will be written to its link. */
  release(pid: number): void {
    this.#say(`release ${pid}`);
  }

  /** What hooks are told of. */
  tellHooks(news: HookNews): void {
    this.#say(news);
  }

  /** Ends it without asking; its workers go on. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }

  /** Ends the nursery: it ends its workers first. */
  end(): void {
    this.#say("leave");
    this.#control.end();
  }

  #say(line: string): void {
    if (!this.#isDown) this.#control.write(`${line}\n`);
  }

  #receive(text: string, events: NurseryEvents): void {
    const lines = (this.#pending + text).split("\n");
    this.#pending = lines.pop() ?? "";
    for (const line of lines) {
      const [verb, ...words] = line.split(" ");
      const numbers = words.map(Number);
      if (verb === "up") events.onUp(numbers[0]!, words.slice(1).join(" "));
      else if (verb === "forked") events.onForked(numbers[0]!, numbers[1]!);
      else if (verb === "started") events.onStarted(numbers[0]!, numbers[1]!);
      else if (verb === "unloadable") {
        const [kind = "", message = "", traceback = ""] = words.map((word) =>
          Buffer.from(word, "hex").toString("utf8"),
        );
        events.onUnloadable({ kind, message, traceback });
      } else if (verb === "exit") {
        events.onExit({
          worker: numbers[0]!,
          pid: numbers[1]!,
          status: numbers[2]!,
          startedNumber: numbers[3]!,
          outboxOrigin: numbers[4]!,
          outbox: Buffer.from(words[5] ?? "", "hex"),
        });
      }
    }
  }
}
