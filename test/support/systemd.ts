/** systemd as a test plays it: sockets, a service, and what the service tells. See `play_systemd.py`. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

import { ServerFolder, hasEnded, until } from "./server-processes.ts";
import { projectRoot, testPython } from "./server.ts";

export interface SystemdPlan {
  readonly sockets?: readonly {
    readonly kind: "tcp" | "unix" | "datagram";
    readonly name?: string;
  }[];
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly passesPid?: boolean;
  readonly watchdogUsec?: number;
  readonly isAbstract?: boolean;
}

interface Told {
  readonly sender: number;
  /** The assignments of one message. */
  readonly message: string;
}

/** Far more than anything takes that is waited for. */
const BOUND_MS = 30_000;

export class Systemd {
  readonly folder: ServerFolder = new ServerFolder();
  readonly told: Told[] = [];
  /** Ports and paths of the sockets, in order. */
  addresses: (number | string)[] = [];
  /** The service's main process, as it was started. */
  pid = 0;
  exitCode: number | null = null;
  log = "";
  readonly #child: ChildProcess;

  /** Resolves when the process is started; nothing is ready then. */
  static async start(plan: SystemdPlan): Promise<Systemd> {
    const systemd = new Systemd(plan);
    await until(BOUND_MS, () => (systemd.pid > 0 ? null : `not started:\n${systemd.log}`));
    return systemd;
  }

  private constructor(plan: SystemdPlan) {
    const python = existsSync(testPython) ? testPython : "python3";
    const text = JSON.stringify({
      sockets: plan.sockets ?? [],
      folder: this.folder.path,
      command: [process.execPath, `${projectRoot}bin/wizgy.js`, "--python", python, ...plan.args],
      env: { TMPDIR: this.folder.path, ...plan.env },
      passes_pid: plan.passesPid ?? true,
      watchdog_usec: plan.watchdogUsec ?? 0,
      abstract: plan.isAbstract ?? false,
    });
    const script = `${projectRoot}test/support/play_systemd.py`;
    this.#child = spawn(python, [script, text], { cwd: projectRoot });
    this.#child.stderr?.setEncoding("utf8").on("data", (piece: string) => (this.log += piece));
    createInterface({ input: this.#child.stdout! }).on("line", (line) => {
      const { pid, addresses, ended, sender, message } = JSON.parse(line) as {
        pid?: number;
        addresses?: (number | string)[];
        ended?: number;
        sender?: number;
        message?: string;
      };
      if (pid !== undefined) [this.pid, this.addresses] = [pid, addresses ?? []];
      if (ended !== undefined) this.exitCode = ended;
      if (sender !== undefined) this.told.push({ sender, message: message ?? "" });
    });
  }

  /** Resolves when the log has it. */
  async logged(pattern: RegExp): Promise<string> {
    await until(BOUND_MS, () => {
      const state = this.exitCode === null ? "" : `ended with ${this.exitCode}: `;
      return pattern.test(this.log) ? null : `${state}no ${String(pattern)} in\n${this.log}`;
    });
    return pattern.exec(this.log)?.[0] ?? "";
  }

  /** Resolves with the first message, from the given one on, that has it. */
  async heard(pattern: RegExp, from = 0): Promise<Told> {
    const find = (): Told | undefined =>
      this.told.slice(from).find(({ message }) => pattern.test(message));
    await until(BOUND_MS, () => {
      const all = this.told.map(({ message }) => message).join("\n--\n");
      return find() === undefined ? `no ${String(pattern)} in\n${all}\n${this.log}` : null;
    });
    return find()!;
  }

  /** Resolves with the exit code of the process that was started. */
  async ended(): Promise<number> {
    await until(BOUND_MS, () => (this.exitCode === null ? `it is there:\n${this.log}` : null));
    return this.exitCode ?? -1;
  }

  /** Ends what is left. */
  async close(): Promise<void> {
    const all = [
      this.pid,
      ...this.told.map(({ message }) => Number(/MAINPID=(\d+)/.exec(message)?.[1] ?? 0)),
    ];
    for (const pid of new Set(all)) if (pid > 0 && !hasEnded(pid)) kill(pid);
    const closed = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin?.end();
    await closed;
    this.folder.remove();
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    // It may end by itself in this very moment.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}
