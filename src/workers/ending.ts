/** How processes end, in numbers and words. */
import { constants } from "node:os";

export const KILL: number = constants.signals.SIGKILL;
/** Has the stacks of a worker's threads written to standard error, whatever they are doing (`timeout.py`). */
export const DUMP_STACKS: number = constants.signals.SIGWINCH;
/** Has a worker of greenlets look at its link, whatever they are doing (`green_crew.py`); else without effect. */
export const NUDGE: number = constants.signals.SIGURG;

/** One number for both ways to end: the exit code, or minus the signal. */
export function endingStatus(code: number | null, signal: NodeJS.Signals | null): number {
  return code ?? (signal === null ? -1 : -constants.signals[signal]);
}

/**
 * "exit code 1", "signal SIGSEGV".
 * @param status - the exit code, or minus the signal.
 */
export function renderEnding(status: number): string {
  if (status >= 0) return `exit code ${status}`;
  const name = Object.entries(constants.signals).find(([, number]) => number === -status)?.[0];
  const hint = name === "SIGKILL" ? " (killed from outside, perhaps for lack of memory)" : "";
  return `signal ${name ?? -status}${hint}`;
}

/** For the log: the time for `running` requests is over. */
export function renderCut(pid: number, running: number, gracefulTimeoutMs: number): string {
  const requests = running === 1 ? "1 request" : `${running} requests`;
  const after = `${gracefulTimeoutMs / 1000} s (--graceful-timeout)`;
  return `worker ${pid} did not finish ${requests} within ${after} and is killed.`;
}
