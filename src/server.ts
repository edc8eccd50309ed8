/**
 * The composition root: the only file that knows all parts. Takes settings, gives an exit code.
 *
 *     addresses taken -> rights given up -> workers boot -> serving -> stopping -> exit code
 *
 * The addresses come first, so that a port in use is found before Python starts, and a client that
 * is too early waits instead of being refused. Nothing but that is done as root.
 */
import { LEAVE_MS, QUICK_STOP_MS, drain } from "./control/drain.ts";
import { Front } from "./control/front.ts";
import { openLogs } from "./control/logs.ts";
import { type Place, type PlaceFault, findPlace } from "./control/place.ts";
import { openPresence } from "./control/presence.ts";
import { refuse, refuseBoot } from "./control/refusals.ts";
import { type Rights, findRights, takeRights } from "./control/rights.ts";
import { makeLastingParts } from "./control/service.ts";
import { StopSignals, watchServingSignals } from "./control/signals.ts";
import { makeSite } from "./control/site.ts";
import { renderStartUp } from "./control/start-up.ts";
import { openTls } from "./control/tls.ts";
import { NO_CONTEXT, workforcePlan } from "./control/workforce-plan.ts";
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
  const front = await Front.open(settings, tls, rights.socket);
  if (!(front instanceof Front)) return refuse(front.code, front.message);
  const place = await findPlaceWith(rights, settings);
  if (place.kind === "fault") {
    await front.stop();
    return refuse(place.code, place.message);
  }
  const logs = openLogs(settings, log);
  if (logs.kind === "fault") {
    await front.stop();
    return refuse("cannot-write-log", logs.message);
  }
  const lasting = makeLastingParts(settings, place, log, logs);
  const site = await makeSite({
    settings,
    place,
    constants: front.views.map((view) => view.constants),
    log,
    lasting,
    reread,
    onRenewed: (service) => front.renew(service),
  });
  const signals = new StopSignals();
  let isServing: () => void = () => {};
  const serving = new Promise<void>((resolveServing) => (isServing = resolveServing));
  const endServingSignals = watchServingSignals({
    onReload: () => void serving.then(() => site.reload()),
    onResize: (difference) => void serving.then(() => site.resizeBy(difference)),
    onReopenLogs: () => logs.reopen(),
  });
  const startFault = await Promise.race([site.start(), signals.asked]);
  const waits = startFault !== null && startFault !== "asked" && site.waitForFix(startFault);
  const fault = waits ? null : startFault;
  const { addresses } = front;
  const presence =
    fault === null
      ? await openPresence(settings, site.workforce.folder, {
          describe: () => ({ pid: process.pid, app: settings.app, addresses }),
          reload: () => site.reload(),
        })
      : null;
  if (presence?.kind !== "presence") {
    await front.stop();
    await site.workforce.stop(QUICK_STOP_MS);
    await logs.close();
    signals.end();
    endServingSignals();
    if (presence !== null) return refuse(presence.code, presence.message);
    return fault === null || fault === "asked" ? 0 : refuseBoot(settings, fault);
  }

  front.serve(site.serve());
  const startUp = renderStartUp({
    version: VERSION,
    app: settings.app,
    python: `${site.workforce.python}, ${place.interpreter.path}`,
    pythonOrigin: describeInterpreter(place.interpreter),
    workers: place.workers,
    threads: settings.threads,
    config: settings.config === "off" ? null : settings.config,
    addresses,
  });
  process.stderr.write(`${startUp}\n`);
  isServing();
  await site.watchCode();

  await signals.asked;
  lasting.stopping = true;
  presence.end();
  await site.end();
  await drain(settings, front.listeners, [site.workforce], signals, log);
  signals.end();
  endServingSignals();
  await logs.close();
  await lasting.statsd?.close();
  return 0;
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
  const workforce = new Workforce(
    workforcePlan(settings, { ...place, workers: 1 }, NO_CONTEXT),
    log,
  );
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
