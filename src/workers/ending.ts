/** How processes end, in numbers and words. */
import { constants } from "node:os";

export const KILL: number = constants.signals.SIGKILL;

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
