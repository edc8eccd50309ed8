// Runs a load generator, a program of its own: bounded in time, and ended with the bench.

import { spawn } from "node:child_process";

/** How long it may take beyond its own duration before it is killed. */
const EXTRA_MS = 15_000;

export interface GeneratorRun {
  /** All that it printed, on both streams. */
  readonly output: string;
  /** Its exit code, or the signal that ended it. */
  readonly ended: number | NodeJS.Signals | null;
}

/**
 * @param program - its name on PATH.
 * @param seconds - how long it means to run.
 * @throws the system's error, when it can't be started.
 */
export function runLoadGenerator(
  program: string,
  args: readonly string[],
  seconds: number,
): Promise<GeneratorRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    const end = (): boolean => child.kill("SIGKILL");
    // Not spawn's own `timeout`: that one runs on after a program that could not be started.
    const timer = setTimeout(end, seconds * 1000 + EXTRA_MS);
    // When the bench is interrupted its load ends with it.
    process.once("exit", end);
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      process.off("exit", end);
      resolve({ output, ended: signal ?? code });
    });
  });
}
