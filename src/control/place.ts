/** Where the application runs: what the settings mean on this machine. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

import type { ErrorCode } from "../errors/catalogue.ts";
import { type SendfileRoot, parseSendfileRoot } from "../files/sendfile-path.ts";
import { compileAccessFormat } from "../log/access-format.ts";
import type { CountRange } from "../options/definition.ts";
import type { Settings } from "../options/settings.ts";
import { parseStatsdAddress } from "../options/statsd-address.ts";
import { type StaticMount, parseStaticMount } from "../static/mounts.ts";
import { usableCpuCount } from "../workers/cpu-count.ts";
import { temporaryFolderFault } from "./temporary-folder.ts";
import type { ErrorPages } from "../access/error-pages.ts";
import { readErrorPages } from "./error-pages.ts";
import { type GateRules, readGateRules } from "./rules-gate.ts";
import { warmUpRequest } from "./warm-up-request.ts";
import { type Interpreter, findInterpreter } from "../workers/interpreter.ts";

/** What can only be known on this machine. */
export interface Place {
  readonly kind: "place";
  readonly cwd: string;
  readonly interpreter: Interpreter;
  /** At the start, and at the most. */
  readonly workers: number;
  readonly mostWorkers: number;
  readonly sendfileRoots: readonly SendfileRoot[];
  readonly staticMounts: readonly StaticMount[];
  /** Null: there are no rules for requests. */
  readonly gateRules: GateRules | null;
  /** Null: errors are told in a line of text. */
  readonly errorPages: ErrorPages | null;
}

/** Why it can't run here. */
export interface PlaceFault {
  readonly kind: "fault";
  readonly code: ErrorCode;
  readonly message: string;
}

/**
 * Looks for the folder, the Python and the sizes that the settings mean.
 * @param known - the Python, when somebody else has looked, with the rights that count: the folders are there then.
 */
export async function findPlace(
  settings: Settings,
  known: Interpreter | null = null,
): Promise<Place | PlaceFault> {
  const cwd = resolve(settings.chdir ?? ".");
  if (known === null && !isFolder(cwd)) {
    const message = `--chdir ${settings.chdir ?? "."}: there is no such folder.`;
    return { kind: "fault", code: "no-such-folder", message };
  }
  if (known === null && !canEnter(cwd)) {
    const folder =
      settings.chdir === null ? `The working folder ${cwd}` : `--chdir ${settings.chdir}`;
    const message = `${folder}: the server's user may not enter this folder.`;
    return { kind: "fault", code: "no-such-folder", message };
  }
  const temporaryFault = temporaryFolderFault(settings);
  if (temporaryFault !== null) return temporaryFault;
  const { warmup } = settings;
  if (warmup !== null && warmUpRequest(warmup, 1) === null) {
    const message = `--warmup: ${JSON.stringify(warmup)} is not accepted. It takes /PATH or http://HOST/PATH.`;
    return { kind: "fault", code: "bad-value", message };
  }
  const sendfileRoots = settings.sendfileRoot.map((text) => parseSendfileRoot(text, cwd));
  const absent = sendfileRoots.find(({ folder }) => known === null && !isFolder(folder));
  if (absent !== undefined) {
    const message = `--sendfile-root: there is no folder ${absent.folder}.`;
    return { kind: "fault", code: "no-such-folder", message };
  }
  const staticMounts = readMounts(settings, cwd, known !== null);
  if ("kind" in staticMounts) return staticMounts;
  const gateRules = readGateRules(settings, cwd);
  if (gateRules !== null && "message" in gateRules) {
    return { kind: "fault", code: "bad-value", message: gateRules.message };
  }
  const errorPages = readErrorPages(settings, cwd);
  if (errorPages !== null && "message" in errorPages) {
    return { kind: "fault", code: "bad-value", message: errorPages.message };
  }
  const format = compileAccessFormat(settings.accessLogformat ?? "");
  if (typeof format !== "function") {
    const message = `--access-logformat: ${format.fault}. docs/guide/from-gunicorn.md has them all.`;
    return { kind: "fault", code: "bad-value", message };
  }
  const statsd = parseStatsdAddress(settings.statsdHost ?? "localhost");
  if (!statsd.ok) {
    const message = `--statsd-host ${settings.statsdHost}: it takes ${statsd.expected}.`;
    return { kind: "fault", code: "bad-value", message };
  }
  const interpreter = known ?? (await findPython(settings, cwd));
  if (interpreter.kind === "fault") return interpreter;
  const { least, most } = workerRange(settings.workers);
  return {
    kind: "place",
    cwd,
    interpreter,
    workers: least,
    mostWorkers: most,
    sendfileRoots,
    staticMounts,
    gateRules,
    errorPages,
  };
}

function findPython(settings: Settings, cwd: string): ReturnType<typeof findInterpreter> {
  const file = resolve(cwd, settings.app.replace(/:[^:/]*$/, ""));
  const appDir = existsSync(file) ? dirname(file) : cwd;
  return findInterpreter({
    // A path is meant from where the command was typed, like all paths that are not the application's.
    python: settings.python?.includes("/") ? resolve(settings.python) : settings.python,
    appDir,
    cwd,
    env: process.env,
  });
}

function workerRange(workers: Settings["workers"]): CountRange {
  if (typeof workers === "object") return workers;
  const count = workers === "auto" ? usableCpuCount() : workers;
  return { least: count, most: count };
}

function readMounts(
  settings: Settings,
  cwd: string,
  areThere: boolean,
): readonly StaticMount[] | PlaceFault {
  const mounts: StaticMount[] = [];
  for (const text of settings.static) {
    const mount = parseStaticMount(text);
    if (mount.kind === "malformed") {
      const message = `--static ${text}: it takes ${mount.expected}.`;
      return { kind: "fault", code: "bad-value", message };
    }
    const folder = resolve(cwd, mount.folder);
    if (!areThere && !isFolder(folder)) {
      const message = `--static ${text}: there is no folder ${folder}.`;
      return { kind: "fault", code: "no-such-folder", message };
    }
    mounts.push({ prefix: mount.prefix, folders: [{ below: "", folder: Buffer.from(folder) }] });
  }
  return mounts;
}

function canEnter(folder: string): boolean {
  try {
    accessSync(folder, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}
