/**
 * A server under chaos, ours or another one: started by its command line with a folder of its own
 * in it, by which all its processes are found. Other servers are treated like ours.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { type Server, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../support/ports.ts";
import { isAlive, lifeRequest } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";
import { hasEnded, until } from "../support/server-processes.ts";
import { projectRoot } from "../support/server.ts";
import type { ChaosTarget } from "./targets.ts";

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

export class ChaosServer {
  readonly folder: string = mkdtempSync(join(tmpdir(), "wizgy-chaos-"));
  readonly port: number;
  readonly #child: ChildProcess;
  readonly #closed: Promise<void>;
  readonly #target: ChaosTarget;
  /** The process that signals go to, when it is no longer the one that was started. */
  #successor: number | null = null;
  #stopping = false;
  /** What ended the server though nobody asked for it; null: nothing. */
  endedBy: string | null = null;

  /** Resolves when the server answers. */
  static async start(target: ChaosTarget, flags: readonly string[]): Promise<ChaosServer> {
    const server = new ChaosServer(target, flags, await freePort());
    try {
      await until(START_TIMEOUT_MS, async () => {
        if (server.hasEnded) throw new Error(`${target.name} ended at once:\n${server.log()}`);
        return (await server.#answers()) ? null : `no answer:\n${server.log()}`;
      });
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  private constructor(target: ChaosTarget, flags: readonly string[], port: number) {
    this.port = port;
    this.#target = target;
    const [program = "", ...args] = target.command({ port, folder: this.folder });
    const log = openSync(join(this.folder, "log"), "a");
    this.#child = spawn(program, [...args, ...flags], {
      cwd: join(projectRoot, "test", "apps", "process"),
      env: {
        ...process.env,
        TMPDIR: this.folder,
        RECORDS: join(this.folder, "records"),
        BROKEN: join(this.folder, "broken"),
      },
      stdio: ["ignore", log, log],
    });
    closeSync(log);
    this.#closed = new Promise((resolve) => {
      this.#child.on("exit", (code, signal) => {
        if (!this.#stopping && this.#successor === null)
          this.endedBy = signal ?? `exit code ${code}`;
        resolve();
      });
      this.#child.on("error", (error) => {
        this.endedBy = error.message;
        resolve();
      });
    });
  }

  get hasEnded(): boolean {
    if (this.#successor !== null) return !isAlive(this.#successor);
    return (
      this.endedBy !== null || this.#child.exitCode !== null || this.#child.signalCode !== null
    );
  }

  /** To the main process; nothing when that has ended. */
  signal(name: NodeJS.Signals): void {
    if (name === "SIGKILL") this.#stopping = true;
    if (!this.hasEnded) process.kill(this.#main, name);
  }

  get #main(): number {
    return this.#successor ?? this.#child.pid ?? 0;
  }

  /** USR2: resolves when another process is the server, with what went wrong, or null. */
  async replace(withinMs: number): Promise<string | null> {
    const old = this.#main;
    const byHand = this.#target.replaces === "by-hand";
    this.signal("SIGUSR2");
    try {
      // gunicorn's second server has a file of its own until the first one is gone.
      const file = join(this.folder, byHand ? "pid.2" : "pid");
      let successor = 0;
      await until(withinMs, () => {
        successor = existsSync(file) ? Number(readFileSync(file, "utf8")) : 0;
        return successor > 0 && successor !== old ? null : "no other process is the server";
      });
      this.#successor = successor;
      if (byHand) {
        // As its documentation has it: workers of the new one have to be there first.
        await until(withinMs, () => (this.processes().length >= 6 ? null : "no new workers"));
        process.kill(old, "SIGTERM");
      }
      await until(withinMs, () => (hasEnded(old) ? null : "the old server is there"));
      const own = join(this.folder, "pid");
      await until(withinMs, () => {
        const isNamed = existsSync(own) && Number(readFileSync(own, "utf8")) === successor;
        return isNamed ? null : "the new server has not the file of the old one";
      });
      return null;
    } catch (error) {
      return `USR2: ${error instanceof Error ? error.message : String(error)}`;
    }
  }

  log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  /** Lines `begin PID ID` and `end PID ID`, in order. */
  records(): string[] {
    const path = join(this.folder, "records");
    return existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
  }

  breakCode(): void {
    writeFileSync(join(this.folder, "broken"), "");
  }

  mendCode(): void {
    rmSync(join(this.folder, "broken"));
  }

  /** Its processes that live, found by the folder in their arguments. */
  processes(): number[] {
    const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,stat=,args="], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    return table.split("\n").flatMap((line) => {
      const [, pid, state = ""] = /^\s*(\d+)\s+(\S+)/.exec(line) ?? [];
      return line.includes(this.folder) && !state.startsWith("Z") ? [Number(pid)] : [];
    });
  }

  /** How many processes are left when so much time has passed, or none is left before. */
  async leftAfter(withinMs: number): Promise<number> {
    let left = 0;
    const look = (): string | null => {
      left = this.processes().length;
      return left === 0 ? null : `${left} processes`;
    };
    await until(withinMs, look).catch(() => {});
    return left;
  }

  /** Whether somebody else can listen where it did. */
  async portIsFree(): Promise<boolean> {
    const other = await listen(this.port).catch(() => null);
    other?.close();
    return other !== null;
  }

  /** Ends it with TERM; null when it did not within 20 s, -1 when a signal ended it. */
  async stop(): Promise<number | null> {
    this.#stopping = true;
    if (this.#successor !== null) return this.#stopSuccessor(this.#successor);
    if (!this.hasEnded) this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const began = performance.now();
    await this.#closed;
    clearTimeout(timer);
    if (performance.now() - began >= STOP_TIMEOUT_MS) return null;
    return this.#child.exitCode ?? -1;
  }

  /** Nobody here is its parent, and so nobody knows its exit code. */
  async #stopSuccessor(pid: number): Promise<number | null> {
    process.kill(pid, "SIGTERM");
    const state = (): string | null => (hasEnded(pid) ? null : "it is there");
    return until(STOP_TIMEOUT_MS, state).then(
      () => 0,
      () => null,
    );
  }

  /** Ends what is left, and removes the folder. */
  async remove(): Promise<void> {
    this.#stopping = true;
    for (const pid of this.processes()) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It ended by itself meanwhile.
      }
    }
    await this.#closed;
    await this.leftAfter(STOP_TIMEOUT_MS);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }

  async #answers(): Promise<boolean> {
    const client = await RawClient.open(this.port).catch(() => null);
    if (client === null) return false;
    try {
      client.send(lifeRequest("/?id=start"));
      return (await client.answer()).status === 200;
    } catch {
      return false;
    } finally {
      client.destroy();
    }
  }
}

function listen(port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => resolve(server));
  });
}
