/**
 * The processes of one server, found by the temporary folder that the test gave it: the path of
 * the link is an argument of the nursery, and so of every worker that it forked.
 */
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";

import { projectRoot } from "./server.ts";

export interface ServerProcess {
  readonly pid: number;
  readonly parent: number;
}

const LOOK_EVERY_MS = 50;

/** A folder for one server's temporary files, to be passed as TMPDIR. */
export class ServerFolder {
  readonly path: string = mkdtempSync(join(tmpdir(), "wizgy-test-"));

  /** Python processes of the server that started with this folder as TMPDIR; no dead ones. */
  processes(): ServerProcess[] {
    const table = execFileSync("ps", ["-A", "-ww", "-o", "pid=,ppid=,stat=,args="], {
      encoding: "utf8",
      maxBuffer: 64 * 1024 * 1024,
    });
    return table.split("\n").flatMap((line) => {
      const [, pid, parent, state = ""] = /^\s*(\d+)\s+(\d+)\s+(\S+)/.exec(line) ?? [];
      const isOurs = line.includes(`${this.path}/`) && line.includes("wizgy_worker");
      return isOurs && !state.startsWith("Z") ? [{ pid: Number(pid), parent: Number(parent) }] : [];
    });
  }

  /** The nursery: the Python process whose parent is the front. */
  nursery(front: number): number {
    const found = this.processes().find(({ parent }) => parent === front);
    if (found === undefined) throw new Error("the server has no nursery");
    return found.pid;
  }

  /** Resolves when no process of the server is left, with what is left in the folder then. */
  async allGone(withinMs: number): Promise<string[]> {
    await until(withinMs, () => {
      const left = this.processes();
      return left.length === 0 ? null : `processes ${left.map(({ pid }) => pid).join(", ")} live`;
    });
    return readdirSync(this.path).filter((name) => name.startsWith("wizgy-"));
  }

  /** Ends what a failed test left, then removes the folder. */
  remove(): void {
    for (const { pid } of this.processes()) process.kill(pid, "SIGKILL");
    // One that was just killed may still write.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** A server that is not ready, and may never be. */
export interface SpawnedServer {
  readonly pid: number;
  readonly folder: ServerFolder;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
}

/**
 * Starts a server with an application of `test/apps/process` and waits until it is being imported:
 * the application makes the file $STARTED_LOG. The caller ends it and removes the folder.
 */
export async function spawnImporting(app: string): Promise<SpawnedServer> {
  const folder = new ServerFolder();
  const log = join(folder.path, "started");
  const front = spawn(process.execPath, [`${projectRoot}bin/wizgy.js`, "-b", "127.0.0.1:0", app], {
    cwd: `${projectRoot}test/apps/process`,
    env: { ...process.env, TMPDIR: folder.path, STARTED_LOG: log },
    stdio: "ignore",
  });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    front.on("exit", (code, signal) => resolve({ code, signal }));
  });
  await until(20_000, () => (existsSync(log) ? null : "not importing yet"));
  return { pid: front.pid!, folder, ended };
}

/** Whether a process has ended, reaped or not: it may be nobody's child here. */
export function hasEnded(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^\s*(?:Z.*)?$/.test(stdout.trim());
}

/**
 * Looks again and again: for what sends no event, such as the end of another's process.
 * @param state - null when it is as it should be, else how it is.
 */
export async function until(
  withinMs: number,
  state: () => string | null | Promise<string | null>,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const text = await state();
    if (text === null) return;
    if (performance.now() > deadline) throw new Error(`after ${withinMs} ms still: ${text}`);
    await wait(LOOK_EVERY_MS);
  }
}
