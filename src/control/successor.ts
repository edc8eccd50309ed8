/**
 * USR2: another server takes the place of this one, on the same sockets. It is started with the same
 * command, reads settings and code anew, and says so when it can serve; only then this one ends, in
 * order. Whatever goes wrong before that, this one goes on.
 *
 *     none -> booting -> none (it could not)
 *                     -> serving: this one drains and ends
 */
import { type ChildProcess, spawn } from "node:child_process";
import { realpathSync } from "node:fs";

import type { Log } from "../base/log.ts";
import { withInheritance, type HandedSocket } from "./inheritance.ts";

/** Standard input, output and error, and the channel on which it says that it is ready. */
const STDIO = ["inherit", "inherit", "inherit", "ipc"] as const;
/** What a server that was told to stop gets for that. */
const STOP_MS = 5_000;

/** The word of a server that serves. */
const READY = "ready";

/** Says to the server that started this one that it can end; nothing when none did. */
export function tellPredecessor(): void {
  if (process.connected) process.send?.(READY, () => process.disconnect());
}

export class Successor {
  readonly #log: Log;
  readonly #sockets: () => readonly HandedSocket[];
  readonly #environment: () => NodeJS.ProcessEnv;
  #state: "none" | "booting" | "serving" = "none";
  #child: ChildProcess | null = null;

  /**
   * @param sockets - what it gets; asked for when it is started.
   * @param environment - variables that were removed from ours.
   */
  constructor(
    sockets: () => readonly HandedSocket[],
    environment: () => NodeJS.ProcessEnv,
    log: Log,
  ) {
    this.#sockets = sockets;
    this.#environment = environment;
    this.#log = log;
  }

  /** Resolves with its process id when it serves; with null when it does not and this server goes on. */
  async start(): Promise<number | null> {
    const refusal = this.#refusal();
    if (refusal !== null) {
      this.#log.write("warning", `USR2: ${refusal}`);
      return null;
    }
    this.#state = "booting";
    const sockets = this.#sockets();
    const child = startCommand(
      sockets,
      { isServed: true, predecessor: process.pid },
      this.#environment(),
    );
    this.#child = child;
    this.#log.write("info", `USR2: a new server boots on the same sockets, process ${child.pid}.`);
    const end = await new Promise<string | null>((resolve) => {
      child.on("message", (word) => {
        if (word === READY) resolve(null);
      });
      child.on("error", (error) => resolve(error.message));
      child.on("exit", (code, signal) => {
        const told = "what it wrote to standard error says why";
        resolve(
          signal === null
            ? `it ended with exit code ${code}; ${told}`
            : `it was ended by ${signal}`,
        );
      });
    });
    if (end !== null) {
      this.#state = "none";
      this.#child = null;
      this.#log.write("error", `The new server can't serve, and this one goes on: ${end}.`);
      return null;
    }
    this.#state = "serving";
    if (child.connected) child.disconnect();
    child.unref();
    return child.pid ?? 0;
  }

  #refusal(): string | null {
    if (this.#state === "booting") {
      return `process ${this.#child?.pid} boots already as the new server; this one is not started twice.`;
    }
    if (this.#state === "serving")
      return `process ${this.#child?.pid} serves now, and this one ends.`;
    if (process.pid === 1) {
      return "process 1 can't be replaced, because its container ends with it. HUP reloads the application.";
    }
    return null;
  }

  /** This server is to end: so is one that boots. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === null || this.#state !== "booting") return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
    await ended;
    clearTimeout(timer);
  }
}

/**
 * The folder in which the command was typed, by the name that it was typed with: a link in it may lead
 * to another release by now.
 */
const startFolder = (() => {
  const cwd = process.cwd();
  const named = process.env["PWD"] ?? cwd;
  try {
    return realpathSync(named) === cwd ? named : cwd;
  } catch {
    return cwd;
  }
})();

/** Runs this process's own command again, with sockets and a channel. */
export function startCommand(
  sockets: readonly HandedSocket[],
  inheritance: Omit<Parameters<typeof withInheritance>[1], "sockets">,
  environment: NodeJS.ProcessEnv,
): ChildProcess {
  const handed = sockets.map((socket, index) => ({ ...socket, fd: STDIO.length + index }));
  return spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    cwd: startFolder,
    env: withInheritance({ ...process.env, ...environment }, { ...inheritance, sockets: handed }),
    stdio: [...STDIO, ...sockets.map(({ fd }) => fd)],
  });
}
