/** Why an application can't be served, in words that say what to do. */
import { renderEnding } from "./ending.ts";
import type { BootFailure } from "./worker-handle.ts";

export type BootFault =
  | { readonly kind: "application"; readonly failure: BootFailure }
  | { readonly kind: "worker"; readonly message: string }
  /** The Python process has said it itself, on standard error. */
  | { readonly kind: "told" };

/** The nursery's exit code after it has said on standard error why it can't run. */
const EXIT_TOLD = 3;

/** The nursery ended before it could fork a worker. */
export function nurseryFault(
  python: string,
  status: number,
  error: NodeJS.ErrnoException | null,
): BootFault {
  if (status === EXIT_TOLD) return { kind: "told" };
  const advice = `Check that it runs ("${python} --version"), or choose another Python with --python PATH.`;
  const how =
    error === null
      ? `${python} ended with ${renderEnding(status)} before it could start a worker`
      : `${python} could not be started: ${error.message}`;
  return { kind: "worker", message: `${how}. ${advice}` };
}

/** @param how - " with exit code 1", or nothing. */
export function diedLoading(app: string, how: string): BootFault {
  const message =
    `A worker ended${how} while it loaded ${app}: the application, ` +
    "or an extension module that it imports, ended the process.";
  return { kind: "worker", message };
}

/**
 * For the log, of a worker or nursery that comes later.
 * @param who - "worker 42".
 */
export function renderBootFailure(who: string, failure: BootFailure): string {
  const trace = failure.traceback === "" ? "" : `\n${failure.traceback}`;
  return `${who} can't load: ${failure.message}${trace}`;
}

/** Without its end, which says what is done about it. */
export function renderSlowBoot(pid: number, bootTimeoutMs: number): string {
  return `worker ${pid} was not ready after ${bootTimeoutMs / 1000} s (--boot-timeout)`;
}

/** @param text - from `renderSlowBoot`. */
export function slowBoot(text: string): BootFault {
  const remedy = "See what the import waits for, or allow it more time.";
  return { kind: "worker", message: `${text}. ${remedy}` };
}
