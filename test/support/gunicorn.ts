/** Starts gunicorn itself, to compare with. */
import { spawn, spawnSync } from "node:child_process";

import { testPython } from "./server.ts";

export interface RunningGunicorn {
  readonly port: number;
  /** Resolves with the exit code when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

/** Whether the test environment's Python has it. */
export function hasGunicorn(): boolean {
  return spawnSync(testPython, ["-c", "import gunicorn"]).status === 0;
}

/** Ready when a worker boots; requests wait for it. */
export async function startGunicorn(
  args: readonly string[],
  cwd: string,
): Promise<RunningGunicorn> {
  const words = ["-m", "gunicorn", "--bind", "127.0.0.1:0", "--no-control-socket", ...args];
  const child = spawn(testPython, words, { cwd, stdio: ["ignore", "ignore", "pipe"] });
  const closed = new Promise<number | null>((resolve) => child.once("close", resolve));
  const port = await new Promise<number>((resolve, reject) => {
    let text = "";
    child.stderr.setEncoding("utf8").on("data", (more: string) => {
      text += more;
      const found = /Listening at: http:\/\/127\.0\.0\.1:(\d+)[^]*Booting worker/.exec(text);
      if (found !== null) resolve(Number(found[1]));
    });
    child.once("close", () => reject(new Error(text)));
  });
  return {
    port,
    stop: (signal = "SIGTERM") => {
      child.kill(signal);
      return closed;
    },
  };
}
