/** What is said when the server does not run. */
import { existsSync, lstatSync } from "node:fs";
import { dirname, resolve } from "node:path";

import type { Log } from "../base/log.ts";
import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";
import { type BindAddress, renderBindAddress } from "../options/bind-address.ts";
import type { Settings } from "../options/settings.ts";
import type { BootFault } from "../workers/boot-fault.ts";
import type { ReloadOutcome } from "./reloader.ts";
import type { UnknownName } from "./socket-choice.ts";

/** Says why the server does not run; the exit code is the catalogue's. */
export function refuse(code: ErrorCode, message: string): number {
  process.stderr.write(`wizgy: ${message}\n`);
  return errorCatalogue[code].exitCode ?? 1;
}

/** The same for what kept the workers from booting, with the application's own traceback. */
export function refuseBoot(settings: Settings, fault: BootFault): number {
  if (fault.kind === "told") return errorCatalogue["worker-cannot-boot"].exitCode ?? 1;
  const { code, message, traceback } = describeBootFault(settings, fault);
  process.stderr.write(traceback === "" ? "" : `${traceback.trimEnd()}\n\n`);
  return refuse(code, message);
}

/** The same with `--reload`, where the next change of a file may mend it. */
export function waitForFix(settings: Settings, fault: BootFault, log: Log): ReloadOutcome {
  const { message, traceback } = describeBootFault(settings, fault);
  const trace = traceback === "" ? "" : `\n${traceback.trimEnd()}`;
  log.write("error", `Waiting for a fix (--reload): ${message}${trace}`);
  return { ok: false, message, traceback };
}

/** In a sentence, with the application's own traceback where it raised. */
export function describeBootFault(
  settings: Settings,
  fault: BootFault,
): { readonly code: ErrorCode; readonly message: string; readonly traceback: string } {
  switch (fault.kind) {
    case "told":
      return { code: "worker-cannot-boot", message: "Python could not start.", traceback: "" };
    case "worker":
      return { code: "worker-cannot-boot", message: fault.message, traceback: "" };
    case "application": {
      const { kind, message, traceback } = fault.failure;
      const code = isErrorCode(kind) ? kind : "import-raised";
      return { code, message: `${settings.app} can't be served: ${message}`, traceback };
    }
  }
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

/** Why an address can't be listened on, in a sentence that says what to do. */
export function cannotListen(address: BindAddress, error: unknown): string {
  const shown = renderBindAddress(address);
  const { code, message } =
    error instanceof Error
      ? (error as NodeJS.ErrnoException)
      : { code: "", message: String(error) };
  if (address.kind === "fd") {
    return `${shown} is not a socket that can be listened on (${code ?? message}). Pass an open stream socket under this number, or choose another address with --bind.`;
  }
  if (address.kind === "unix" && !existsSync(dirname(resolve(address.path)))) {
    // The system's own code for it says that it may not be used.
    return `${shown}: there is no folder ${dirname(address.path)}. Make it, or choose another path with --bind.`;
  }
  if (address.kind === "unix" && isOtherThanSocket(address.path)) {
    return `${shown}: there is something of that name which is no socket. Remove it, or choose another path with --bind.`;
  }
  switch (code) {
    case "EADDRINUSE":
      return `${shown} is in use by another program. Stop that one, or choose another address with --bind.`;
    case "EACCES":
      return `${shown} may not be used by this user (ports below 1024 need a right of their own). Choose another address with --bind.`;
    case "EPERM":
      return `${shown} can't be given to that owner by this user. Choose another one with --unix-socket-owner.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${shown} is not an address of this machine. Choose another one with --bind.`;
    default:
      return `${shown} can't be listened on: ${message}.`;
  }
}

/** No socket of that name was passed. */
export function noSuchSocket({ name, known }: UnknownName): {
  readonly kind: "fault";
  readonly code: ErrorCode;
  readonly message: string;
} {
  const were =
    known.length === 0
      ? "no sockets with names were passed to this process (LISTEN_FDS, LISTEN_FDNAMES)"
      : `the sockets that were passed are called ${known.join(", ")}`;
  const message = `fd:${name}: ${were}. Choose another address with --bind, or FileDescriptorName=${name} in the socket unit.`;
  return { kind: "fault", code: "cannot-listen", message };
}

function isOtherThanSocket(path: string): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats !== undefined && !stats.isSocket();
}
