/**
 * The composition root: the only file that knows all parts. Takes settings, gives an exit code.
 *
 *     addresses taken -> workers boot -> serving -> stopping -> exit code
 *
 * The addresses come first, so that a port in use is found before Python starts, and a client that
 * is too early waits instead of being refused.
 */
import { randomBytes } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, resolve } from "node:path";

import { watchSignals } from "./control/signals.ts";
import { renderStartUp } from "./control/start-up.ts";
import { type ErrorCode, errorCatalogue } from "./errors/catalogue.ts";
import { listenerConstants } from "./gateway/request-environ.ts";
import { FileSource } from "./files/file-source.ts";
import { type SendfileRoot, parseSendfileRoot } from "./files/sendfile-path.ts";
import { TemporaryFiles } from "./files/temporary-files.ts";
import { DateLine } from "./http/date.ts";
import { DEFAULT_LIMITS } from "./http1/limits.ts";
import { Listener } from "./listen/listener.ts";
import type { Service } from "./listen/service.ts";
import { AccessLog } from "./log/access-log.ts";
import { ErrorLog } from "./log/error-log.ts";
import { type BindAddress, renderBindAddress } from "./options/bind-address.ts";
import type { Settings } from "./options/settings.ts";
import { VERSION } from "./version.ts";
import { usableCpuCount } from "./workers/cpu-count.ts";
import { type Interpreter, describeInterpreter, findInterpreter } from "./workers/interpreter.ts";
import { Workforce } from "./workers/workforce.ts";
import type { BootFault } from "./workers/worker-processes.ts";

/** What quick stops, and stops after a failed start, leave to the workers. */
const QUICK_STOP_MS = 500;
/** What an idle worker needs to leave in order. */
const LEAVE_MS = 5_000;

/** Serves until a signal asks for the end. Resolves with the exit code of the process. */
export async function serve(settings: Settings): Promise<number> {
  const log = new ErrorLog(settings.logLevel, process.stderr);
  // Who read the log may have gone, and there is no other place to tell it; the requests go on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const place = await findPlace(settings);
  if (place.kind === "fault") return refuse(place.code, place.message);
  const listeners = settings.bind.map((address) => new Listener(address));
  for (const listener of listeners) {
    try {
      await listener.open(settings.backlog);
    } catch (error) {
      await Promise.all(listeners.map((other) => other.stop()));
      return refuse("cannot-listen", cannotListen(listener.address, error));
    }
  }
  const workforce = makeWorkforce(settings, place, log);
  const signals = new StopSignals();
  const fault = await Promise.race([workforce.start(), signals.asked]);
  if (fault !== null) {
    await Promise.all(listeners.map((listener) => listener.stop()));
    await workforce.stop(QUICK_STOP_MS);
    signals.end();
    return fault === "asked" ? 0 : refuseBoot(settings, fault);
  }

  const accessLog = makeAccessLog(settings, log);
  const service = makeService(settings, place, workforce, log, accessLog);
  listeners.forEach((listener, index) => {
    const constants = listenerConstants(index + 1, serverPlace(listener), `wizgy/${VERSION}`);
    workforce.addConstants(constants.id, constants.entries);
    listener.serve(service, { constants });
  });
  const startUp = renderStartUp({
    version: VERSION,
    app: settings.app,
    python: `${workforce.python}, ${place.interpreter.path}`,
    pythonOrigin: describeInterpreter(place.interpreter),
    workers: place.workers,
    threads: settings.threads,
    addresses: listeners.map(shownAddress),
  });
  process.stderr.write(`${startUp}\n`);

  await signals.asked;
  service.stopping = true;
  await stop(settings, listeners, workforce, signals, log);
  signals.end();
  await accessLog?.close();
  return 0;
}

/** Loads the application as `serve` would, serves nothing. 0: all is well. */
export async function checkConfig(settings: Settings): Promise<number> {
  const log = new ErrorLog(settings.logLevel, process.stderr);
  const place = await findPlace(settings);
  if (place.kind === "fault") return refuse(place.code, place.message);
  const workforce = makeWorkforce(settings, { ...place, workers: 1 }, log);
  const fault = await workforce.start();
  await workforce.stop(fault === null ? LEAVE_MS : QUICK_STOP_MS);
  if (fault !== null) return refuseBoot(settings, fault);
  process.stdout.write(`The settings are fine and ${settings.app} can be loaded.\n`);
  return 0;
}

/** Where the application runs: what can only be known on this machine. */
interface Place {
  readonly kind: "place";
  readonly cwd: string;
  readonly interpreter: Interpreter;
  readonly workers: number;
  readonly sendfileRoots: readonly SendfileRoot[];
}

/** Why it can't run here. */
interface PlaceFault {
  readonly kind: "fault";
  readonly code: ErrorCode;
  readonly message: string;
}

async function findPlace(settings: Settings): Promise<Place | PlaceFault> {
  const cwd = resolve(settings.chdir ?? ".");
  if (!isFolder(cwd)) {
    const message = `--chdir ${settings.chdir ?? "."}: there is no such folder.`;
    return { kind: "fault", code: "no-such-folder", message };
  }
  const sendfileRoots = settings.sendfileRoot.map((text) => parseSendfileRoot(text, cwd));
  const absent = sendfileRoots.find(({ folder }) => !isFolder(folder));
  if (absent !== undefined) {
    const message = `--sendfile-root: there is no folder ${absent.folder}.`;
    return { kind: "fault", code: "no-such-folder", message };
  }
  const file = resolve(cwd, settings.app.replace(/:[^:/]*$/, ""));
  const appDir = existsSync(file) ? dirname(file) : cwd;
  const interpreter = await findInterpreter({
    // A path is meant from where the command was typed, like all paths that are not the application's.
    python: settings.python?.includes("/") ? resolve(settings.python) : settings.python,
    appDir,
    cwd,
    env: process.env,
  });
  if (interpreter.kind === "fault") return interpreter;
  const workers = settings.workers === "auto" ? usableCpuCount() : settings.workers;
  return { kind: "place", cwd, interpreter, workers, sendfileRoots };
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function makeWorkforce(settings: Settings, place: Place, log: ErrorLog): Workforce {
  return new Workforce(
    {
      python: place.interpreter.path,
      app: settings.app,
      workers: place.workers,
      threads: settings.threads,
      // PYTHONPATH-like: relative folders count from the working directory.
      pythonPath: settings.pythonpath.map((folder) => resolve(place.cwd, folder)),
      cwd: place.cwd,
      env: { ...process.env, ...settings.env },
      maxQueued: settings.queueSize,
      bootTimeoutMs: settings.bootTimeoutMs,
    },
    log,
  );
}

function makeService(
  settings: Settings,
  place: Place,
  workforce: Workforce,
  log: ErrorLog,
  accessLog: AccessLog | null,
): Service {
  const idPrefix = randomBytes(4).toString("hex");
  let lastId = 0;
  const told = new Set<string>();
  return {
    runner: workforce,
    limits: {
      ...DEFAULT_LIMITS,
      maxRequestLineBytes: settings.limitRequestLineBytes,
      maxFields: settings.limitRequestFields,
      maxFieldLineBytes: settings.limitRequestFieldSizeBytes,
      maxBodyBytes: settings.limitRequestBodyBytes,
    },
    timeouts: {
      headerMs: settings.headerTimeoutMs,
      bodyMs: settings.bodyTimeoutMs,
      bodyByteMs: 1000 / settings.bodyMinRateBytes,
      writeMs: settings.writeTimeoutMs,
      keepAliveMs: settings.keepAliveMs,
    },
    streamsBodies: settings.noRequestBuffering,
    requestBufferBytes: settings.requestBufferBytes,
    responseBufferBytes: settings.responseBufferBytes,
    responseTempBytes: settings.responseTempLimitBytes,
    temporaryFiles: new TemporaryFiles(settings.bodyTempDir ?? tmpdir()),
    files: new FileSource(place.sendfileRoots),
    dateLine: new DateLine(),
    log,
    access: accessLog === null ? null : (entry) => accessLog.write(entry),
    stopping: false,
    nextRequestId: () => `${idPrefix}-${(++lastId).toString(36)}`,
    onDroppedField: (name) => {
      const key = name.toLowerCase();
      if (told.has(key) || told.size >= 100) return;
      told.add(key);
      log.write(
        "warning",
        `The request field "${name}" is not passed on: it could be mistaken for another one in environ. This is told once for each name.`,
      );
    },
  };
}

function makeAccessLog(settings: Settings, log: ErrorLog): AccessLog | null {
  const target = settings.accessLogfile;
  if (target.kind === "off") return null;
  return new AccessLog(target.kind === "file" ? target.path : null, (error) =>
    log.write("error", `The access log can't be written: ${error.message}`),
  );
}

/** Graceful: finish what runs. Quick: end it now. The second signal turns one into the other. */
async function stop(
  settings: Settings,
  listeners: readonly Listener[],
  workforce: Workforce,
  signals: StopSignals,
  log: ErrorLog,
): Promise<void> {
  log.write("info", `Stopping (${signals.signal}).`);
  const drained = Promise.all(listeners.map((listener) => listener.stop()));
  if (!signals.wantsQuick) {
    await Promise.race([drained, signals.quick, delay(settings.gracefulTimeoutMs)]);
  }
  const cut = listeners.reduce((sum, listener) => sum + listener.destroy(), 0);
  if (cut > 0) {
    const requests = cut === 1 ? "1 request" : `${cut} requests`;
    const are = cut === 1 ? "is" : "are";
    const late = `did not end within ${settings.gracefulTimeoutMs / 1000} s (--graceful-timeout) and`;
    log.write("warning", `${requests} ${signals.wantsQuick ? "" : `${late} `}${are} cut.`);
  }
  await workforce.stop(cut > 0 || signals.wantsQuick ? QUICK_STOP_MS : LEAVE_MS);
}

/** The signals of this process as promises. */
class StopSignals {
  wantsQuick = false;
  signal = "";
  readonly asked: Promise<"asked">;
  readonly quick: Promise<void>;
  readonly end: () => void;

  constructor() {
    let ask: (word: "asked") => void = () => {};
    let hurry: () => void = () => {};
    this.asked = new Promise((resolveAsked) => (ask = resolveAsked));
    this.quick = new Promise((resolveQuick) => (hurry = resolveQuick));
    this.end = watchSignals((wish, signal) => {
      this.signal ||= signal;
      if (wish === "quick") {
        this.wantsQuick = true;
        hurry();
      }
      ask("asked");
    });
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolveDelay) => setTimeout(resolveDelay, ms).unref());
}

/** PEP 3333 "environ Variables": SERVER_NAME and SERVER_PORT are never empty. */
function serverPlace(listener: Listener): {
  serverName: string;
  serverPort: number;
  scheme: "http";
} {
  const { address } = listener;
  if (address.kind === "unix") return { serverName: "localhost", serverPort: 80, scheme: "http" };
  const anywhere = address.host === "0.0.0.0" || address.host === "::" || address.host === "";
  const serverName = anywhere ? "localhost" : address.host;
  return { serverName, serverPort: listener.port, scheme: "http" };
}

function shownAddress(listener: Listener): string {
  const { address } = listener;
  const actual: BindAddress =
    address.kind === "tcp" ? { ...address, port: listener.port } : address;
  return renderBindAddress(actual);
}

/** Says why the server does not run; the exit code is the catalogue's. */
function refuse(code: ErrorCode, message: string): number {
  process.stderr.write(`wizgy: ${message}\n`);
  return errorCatalogue[code].exitCode ?? 1;
}

function refuseBoot(settings: Settings, fault: BootFault): number {
  if (fault.kind === "told") return errorCatalogue["worker-cannot-boot"].exitCode ?? 1;
  if (fault.kind === "worker") return refuse("worker-cannot-boot", fault.message);
  const { kind, message, traceback } = fault.failure;
  const trace = traceback === "" ? "" : `${traceback.trimEnd()}\n\n`;
  process.stderr.write(trace);
  const code = isErrorCode(kind) ? kind : "import-raised";
  return refuse(code, `${settings.app} can't be served: ${message}`);
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalogue, code);
}

function cannotListen(address: BindAddress, error: unknown): string {
  const shown = renderBindAddress(address);
  const { code, message } =
    error instanceof Error
      ? (error as NodeJS.ErrnoException)
      : { code: "", message: String(error) };
  if (address.kind === "unix" && !existsSync(dirname(resolve(address.path)))) {
    // The system's own code for it says that it may not be used.
    return `${shown}: there is no folder ${dirname(address.path)}. Make it, or choose another path with --bind.`;
  }
  switch (code) {
    case "EADDRINUSE":
      return `${shown} is in use by another program. Stop that one, or choose another address with --bind.`;
    case "EACCES":
      return `${shown} may not be used by this user (ports below 1024 need a right of their own). Choose another address with --bind.`;
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return `${shown} is not an address of this machine. Choose another one with --bind.`;
    default:
      return `${shown} can't be listened on: ${message}.`;
  }
}
