/**
 * The composition root: the only file that knows all parts. Takes settings, gives an exit code.
 *
 *     addresses taken -> rights given up -> workers boot -> serving -> stopping -> exit code
 *
 * The addresses come first, so that a port in use is found before Python starts, and a client that
 * is too early waits instead of being refused. Nothing but that is done as root.
 */
import { serverPlace, shownAddress } from "./control/addresses.ts";
import type { CodeWatch } from "./control/code-watch.ts";
import { openFilesLimit } from "./control/connection-limits.ts";
import { LEAVE_MS, QUICK_STOP_MS, drain } from "./control/drain.ts";
import { type Place, type PlaceFault, findPlace } from "./control/place.ts";
import { openPresence } from "./control/presence.ts";
import { cannotListen, refuse, refuseBoot, waitForFix } from "./control/refusals.ts";
import type { ReloadPages } from "./control/reload-pages.ts";
import { Reloader } from "./control/reloader.ts";
import { type Renewed, renew } from "./control/renewal.ts";
import { type Rights, findRights, takeRights } from "./control/rights.ts";
import {
  type LastingParts,
  makeLastingParts,
  makeService,
  openAccessLog,
} from "./control/service.ts";
import { StopSignals, watchServingSignals } from "./control/signals.ts";
import { StaticMounts } from "./control/static-mounts.ts";
import { renderStartUp } from "./control/start-up.ts";
import { openTls, strictTransport } from "./control/tls.ts";
import { workforcePlan } from "./control/workforce-plan.ts";
import { listenerConstants } from "./gateway/request-environ.ts";
import { Listener } from "./listen/listener.ts";
import { ErrorLog } from "./log/error-log.ts";
import type { ParsedCommand } from "./options/command-line.ts";
import type { Settings } from "./options/settings.ts";
import { isFault } from "./tls/certificates.ts";
import { VERSION } from "./version.ts";
import { describeInterpreter } from "./workers/interpreter.ts";
import { Workforce } from "./workers/workforce.ts";

/**
 * Serves until a signal asks for the end. Resolves with the exit code of the process.
 * @param reread - reads the settings again, for a reload.
 */
export async function serve(
  settings: Settings,
  reread: () => Promise<ParsedCommand>,
): Promise<number> {
  if (settings.name !== null) process.title = settings.name;
  const log = new ErrorLog(settings.logLevel, process.stderr);
  // Who read the log may have gone, and there is no other place to tell it; the requests go on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const rights = findRights(settings);
  if (rights.kind === "fault") return refuse(rights.code, rights.message);
  // Before the rights of root are given up: keys are often for root alone.
  const tls = await openTls(settings, log);
  if (tls !== null && isFault(tls)) return refuse("bad-certificate", tls.message);
  const secured = settings.bind.map((address) => new Listener(address));
  const redirecting = settings.redirectHttp.map((address) => new Listener(address));
  const listeners = [...secured, ...redirecting];
  // The workers' links are open files, too, and must not lack one while they boot.
  const maxEarly = Math.floor(openFilesLimit() / 4 / listeners.length);
  for (const listener of listeners) {
    try {
      await listener.open(settings.backlog, Math.min(settings.backlog, maxEarly), rights.socket);
    } catch (error) {
      await Promise.all(listeners.map((other) => other.stop()));
      return refuse("cannot-listen", cannotListen(listener.address, error));
    }
  }
  const place = await findPlaceWith(rights, settings);
  if (place.kind === "fault") {
    await Promise.all(listeners.map((listener) => listener.stop()));
    return refuse(place.code, place.message);
  }
  const accessLog = openAccessLog(settings, log);
  if (accessLog !== null && "kind" in accessLog) {
    await Promise.all(listeners.map((listener) => listener.stop()));
    return refuse("cannot-write-log", accessLog.message);
  }
  const scheme = tls === null ? "http" : "https";
  const views = listeners.map((listener, index) => {
    const redirects = index >= secured.length;
    const where = serverPlace(listener, redirects ? "http" : scheme);
    return {
      constants: listenerConstants(index + 1, where, `wizgy/${VERSION}`),
      isUnix: listener.address.kind === "unix",
      security: redirects ? null : tls,
      strictTransport: redirects ? "" : strictTransport(settings),
      redirectPort: redirects ? (secured.find(({ port }) => port > 0)?.port ?? 443) : 0,
      knowsHttp2: settings.http2 === "all" && tls === null && !redirects,
    };
  });
  const constants = views[0]?.constants ?? null;
  const pages = settings.reload ? await makeReloadPages() : null;
  const staticMounts = new StaticMounts(settings, place.staticMounts, log, pages);
  const workforce = new Workforce(workforcePlan(settings, place, constants), log, (announcement) =>
    staticMounts.take(announcement),
  );
  for (const view of views) workforce.addConstants(view.constants.id, view.constants.entries);
  const signals = new StopSignals();
  let isServing: () => void = () => {};
  const serving = new Promise<void>((resolveServing) => (isServing = resolveServing));
  const lasting = makeLastingParts(settings, place, log, accessLog);
  const renewed: Renewed = {
    settings,
    reread,
    constants,
    workforce,
    log,
    apply: (newSettings, newPlace) => {
      const service = makeService(newSettings, newPlace, workforce, log, lasting);
      staticMounts.serveWith(service);
      for (const listener of listeners) listener.renew(service);
    },
  };
  const reloader = new Reloader(async () => {
    const outcome = await renew(renewed);
    pages?.note(outcome);
    return outcome;
  });
  const endServingSignals = watchServingSignals({
    onReload: () => void serving.then(() => reloader.reload()),
    onResize: (difference) => void serving.then(() => resize(workforce, difference, log, lasting)),
    onReopenLogs: () => accessLog?.reopen(),
  });
  const startFault = await Promise.race([workforce.start(), signals.asked]);
  const waits = pages !== null && startFault !== null && startFault !== "asked";
  if (waits) pages.noteNotStarted(waitForFix(settings, startFault, log));
  const fault = waits ? null : startFault;
  const addresses = [
    ...secured.map((listener) => shownAddress(listener, scheme)),
    ...redirecting.map((listener) => `${shownAddress(listener, "http")}, redirects to https`),
  ];
  const presence =
    fault === null
      ? await openPresence(settings, workforce.folder, {
          describe: () => ({ pid: process.pid, app: settings.app, addresses }),
          reload: () => reloader.reload(),
        })
      : null;
  if (presence?.kind !== "presence") {
    await Promise.all(listeners.map((listener) => listener.stop()));
    await workforce.stop(QUICK_STOP_MS);
    await accessLog?.close();
    signals.end();
    endServingSignals();
    if (presence !== null) return refuse(presence.code, presence.message);
    return fault === null || fault === "asked" ? 0 : refuseBoot(settings, fault);
  }

  const service = makeService(settings, place, workforce, log, lasting);
  staticMounts.serveWith(service);
  for (const [index, listener] of listeners.entries()) listener.serve(service, views[index]!);
  const startUp = renderStartUp({
    version: VERSION,
    app: settings.app,
    python: `${workforce.python}, ${place.interpreter.path}`,
    pythonOrigin: describeInterpreter(place.interpreter),
    workers: place.workers,
    threads: settings.threads,
    config: settings.config === "off" ? null : settings.config,
    addresses,
  });
  process.stderr.write(`${startUp}\n`);
  isServing();
  const codeWatch = settings.reload ? await watchCode(settings, place, log, reloader) : null;

  await signals.asked;
  lasting.stopping = true;
  pages?.end();
  presence.end();
  await codeWatch?.end();
  await drain(settings, listeners, workforce, signals, log);
  signals.end();
  endServingSignals();
  await accessLog?.close();
  await lasting.statsd?.close();
  return 0;
}

/** Loaded with the flag only. */
async function makeReloadPages(): Promise<ReloadPages> {
  const { ReloadPages } = await import("./control/reload-pages.ts");
  return new ReloadPages();
}

/** The package is loaded with the flag only. */
async function watchCode(
  settings: Settings,
  place: Place,
  log: ErrorLog,
  reloader: Reloader,
): Promise<CodeWatch> {
  const { CodeWatch } = await import("./control/code-watch.ts");
  const folders = [place.cwd, ...workforcePlan(settings, place, null).pythonPath];
  const codeWatch = new CodeWatch(
    folders,
    (names) => {
      const more = names.length > 1 ? ` and ${names.length - 1} more` : "";
      log.write("info", `${names[0]}${more} has changed.`);
      void reloader.reload();
    },
    (error) => log.write("warning", `--reload can't watch all files: ${error.message}`),
  );
  await codeWatch.ready();
  log.write("info", `Watching ${folders.join(", ")} (--reload).`);
  return codeWatch;
}

function resize(
  workforce: Workforce,
  difference: number,
  log: ErrorLog,
  { statsd }: LastingParts,
): void {
  const count = workforce.resizeBy(difference);
  statsd?.workers(count);
  log.write("info", `${count === 1 ? "1 worker is" : `${count} workers are`} wanted now.`);
}

/** Loads the application as `serve` would, serves nothing. 0: all is well. */
export async function checkConfig(settings: Settings): Promise<number> {
  const log = new ErrorLog(settings.logLevel, process.stderr);
  const rights = findRights(settings);
  if (rights.kind === "fault") return refuse(rights.code, rights.message);
  const tls = await openTls(settings, log);
  if (tls !== null && isFault(tls)) return refuse("bad-certificate", tls.message);
  tls?.stop();
  const place = await findPlaceWith(rights, settings);
  if (place.kind === "fault") return refuse(place.code, place.message);
  const workforce = new Workforce(workforcePlan(settings, { ...place, workers: 1 }, null), log);
  const fault = await workforce.start();
  await workforce.stop(fault === null ? LEAVE_MS : QUICK_STOP_MS);
  if (fault !== null) return refuseBoot(settings, fault);
  process.stdout.write(`The settings are fine and ${settings.app} can be loaded.\n`);
  return 0;
}

/** Nothing is looked for with rights that are to be given up. */
async function findPlaceWith(rights: Rights, settings: Settings): Promise<Place | PlaceFault> {
  const fault = takeRights(rights);
  if (fault === null) {
    const place = await findPlace(settings);
    if (place.kind === "place" || settings.user === null) return place;
    // What root has in its home is not there for others.
    return {
      ...place,
      message: `${place.message} (Seen with the rights of --user ${settings.user}.)`,
    };
  }
  const message = `--user, --group: ${fault}`;
  return { kind: "fault", code: "cannot-change-user", message };
}
