/**
 * Who starts the processes of Python: the front itself, or a process that has the rights they are to
 * have (`RemoteLauncher`).
 */
import { type IOType, spawn } from "node:child_process";
import type { Readable } from "node:stream";

/** What is to be started. */
export interface Launch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Of standard input, output and error, and of the socket at `CONTROL_FD`. */
  readonly stdio: readonly (IOType & ("ignore" | "inherit" | "pipe"))[];
}

/** The socket among the descriptors that a process is given. */
export const CONTROL_FD = 3;

/** A process that was started; the part of Node's `ChildProcess` that is needed. */
export interface LaunchedProcess {
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  /** At `CONTROL_FD` both ways of a socket; the types of Node know about readable ones only. */
  readonly stdio: readonly unknown[];
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
  on(
    event: "exit" | "close",
    listener: (code: number | null, signal: NodeJS.Signals | null) => void,
  ): unknown;
  kill(signal: NodeJS.Signals): unknown;
}

export interface Launcher {
  launch(what: Launch): LaunchedProcess;
  /** Ends a process that is no child of this one. It may be gone already. */
  killForeign(pid: number): void;
}

/** With the rights of this process. */
export const OWN_LAUNCHER: Launcher = {
  launch: ({ command, args, cwd, env, stdio }) =>
    // Not `detached`: a session of its own would put the workers into another scheduling group
    // than the front (Linux autogroup), where giving way to it does not work. The nursery makes
    // itself a process group instead, so that Ctrl-C in the terminal reaches the front alone.
    spawn(command, args, { cwd, env, stdio: [...stdio], detached: false }),
  killForeign: (pid) => {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  },
};
