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
import { Hosting, type PlacedSite, findPlaces } from "./control/hosting.ts";
import { shareSettings } from "./control/front-share.ts";
import { takeInheritance } from "./control/inheritance.ts";
import { openLogs } from "./control/logs.ts";
import { MainLink } from "./control/main-link.ts";
import type { PlaceFault } from "./control/place.ts";
import { Presence, openPresence } from "./control/presence.ts";
import { refuse, refuseBoot } from "./control/refusals.ts";
import type { ReloadOutcome } from "./control/reloader.ts";
import { type Rights, findRights, takeRights } from "./control/rights.ts";
import { makeLastingParts } from "./control/service.ts";
import { ServiceManager } from "./control/service-manager.ts";
import { NO_WISHES, StopSignals, watchServingSignals } from "./control/signals.ts";
import { renderServing, servedNames } from "./control/start-up.ts";
import { Successor, tellPredecessor } from "./control/successor.ts";
import { type Stewards, endStewards, openStewards } from "./control/stewards.ts";
import { openTls } from "./control/tls.ts";
import { NO_CONTEXT, workforcePlan } from "./control/workforce-plan.ts";
import { ErrorLog } from "./log/error-log.ts";
import type { ParsedCommand } from "./options/command-line.ts";
import type { Settings } from "./options/settings.ts";
import { isFault } from "./tls/certificates.ts";
import { Workforce } from "./workers/workforce.ts";

/**
 * Serves until a signal asks for the end. Resolves with the exit code of the process.
 * @param reread - reads the settings again, for a reload.
 */
export async function serve(
  wholeSettings: Settings,
  rereadWhole: () => Promise<ParsedCommand>,
): Promise<number> {
  if (wholeSettings.name !== null) process.title = wholeSettings.name;
  const log = new ErrorLog(wholeSettings.logLevel, process.stderr);
  // Who read the log may have gone, and there is no other place to tell it; the requests go on.
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
  const inheritance = takeInheritance(process.env, process.pid);
  if (inheritance.note !== "") log.write("info", inheritance.note);
  const manager = ServiceManager.find(process.env, process.pid, log);
  const rights = findRights(wholeSettings);
  if (rights.kind === "fault") return refuse(rights.code, rights.message);
  const { share } = inheritance;
  if (wholeSettings.fronts > 1 && share === null) {
    const { superviseFronts } = await import("./control/main-process.ts");
    return superviseFronts(wholeSettings, inheritance, rights, manager, log);
  }
  const settings = shareSettings(wholeSettings, share);
  const reread = async (): Promise<ParsedCommand> => {
    const command = await rereadWhole();
    if (command.kind !== "serve") return command;
    return { ...command, settings: shareSettings(command.settings, share) };
  };
  // Before the rights of root are given up: keys are often for root alone.
  const tls = await openTls(settings, log);
  if (tls !== null && isFault(tls)) return refuse("bad-certificate", tls.message);
  const front = await Front.open(settings, tls, rights.socket, inheritance, log);
  if (!(front instanceof Front)) return refuse(front.code, front.message);
  const stewards = await openStewards(settings, rights);
  if ("kind" in stewards) {
    await front.stop();
    return refuse(stewards.code, stewards.message);
  }
  const placed = await findPlacesWith(rights, settings, stewards);
  const logs = "kind" in placed ? placed : openLogs(settings, log);
  if ("kind" in placed || logs.kind === "fault") {
    await Promise.all([front.stop(), endStewards(stewards)]);
    if ("kind" in placed) return refuse(placed.code, placed.message);
    return refuse("cannot-write-log", logs.kind === "fault" ? logs.message : "");
  }
  const workers = placed.reduce((sum, { place }) => sum + place.mostWorkers, 0);
  const lasting = makeLastingParts(settings, workers, log, logs);
  const hosting = await Hosting.make({ settings, front, log, lasting, reread }, placed);
  const workforces = hosting.sites.map(({ workforce }) => workforce);
  const reload = async (site: string | null): Promise<ReloadOutcome> => {
    manager?.reloading();
    const outcome = await hosting.reload(site);
    manager?.reloaded(outcome.message);
    return outcome;
  };
  const resize = (difference: number): number => {
    if (difference !== 0) for (const site of hosting.sites) site.resizeBy(difference);
    return workforces.reduce((sum, { count }) => sum + count, 0);
  };
  const reopenLogs = (): void => logs.reopen();
  const signals = new StopSignals(share === null);
  const link = share === null ? null : new MainLink(signals, inheritance.folder);
  let isServing: () => void = () => {};
  const serving = new Promise<void>((resolveServing) => (isServing = resolveServing));
  // Of several fronts each does what the main process is asked for.
  const endServingSignals = watchServingSignals(
    link !== null
      ? NO_WISHES
      : {
          onReload: () => void serving.then(() => reload(null)),
          onResize: (difference) => void serving.then(() => resize(difference)),
          onReopenLogs: reopenLogs,
          onReplace: () => void serving.then(() => replace()),
        },
  );
  const fault = await Promise.race([hosting.start(), signals.asked]);
  const { addresses } = front;
  const presence =
    fault === null
      ? await openPresence(
          settings,
          hosting.controlFolder,
          {
            describe: () => ({ pid: process.pid, app: servedNames(hosting.describe()), addresses }),
            reload,
          },
          inheritance.predecessor,
        )
      : null;
  if (!(presence instanceof Presence)) {
    await front.stop();
    await Promise.all(workforces.map((workforce) => workforce.stop(QUICK_STOP_MS)));
    await hosting.end();
    await logs.close();
    signals.end();
    endServingSignals();
    if (presence !== null) return refuse(presence.code, presence.message);
    return fault === null || fault === "asked" ? 0 : refuseBoot(fault.settings, fault.fault);
  }

  await front.join();
  hosting.serve();
  const served = hosting.describe();
  const python = placed[0]!.place.interpreter.path;
  const canServe = (): boolean => workforces.some((workforce) => workforce.canServe);
  if (link === null) tellPredecessor();
  else {
    link.serve(
      { reload, resize, canServe, reopenLogs },
      { kind: "ready", serving: served, python, sockets: front.sockets },
    );
  }
  const successor = new Successor(
    () => front.sockets,
    () => manager?.environment ?? {},
    log,
  );
  const replace = async (): Promise<void> => {
    const pid = await successor.start();
    if (pid === null) {
      await presence.restore();
      return;
    }
    front.handOver();
    presence.handOver();
    manager?.handOver();
    signals.stop("replaced", `USR2: process ${pid} serves now`);
  };
  if (link === null) process.stderr.write(`${renderServing(served)}\n`);
  const status = `Serving ${servedNames(served)} at ${addresses.join(", ")}`;
  manager?.ready(python, status, canServe);
  isServing();
  await Promise.all(hosting.sites.map((site) => site.watchCode()));

  await signals.asked;
  lasting.stopping = true;
  presence.hide();
  if (!signals.isReplaced) manager?.stopping();
  await successor.stop();
  await Promise.all(hosting.sites.map((site) => site.end()));
  await drain(settings, front.listeners, workforces, signals, log);
  signals.end();
  endServingSignals();
  await logs.close();
  await lasting.statsd?.close();
  presence.end();
  await hosting.end();
  await manager?.end();
  return 0;
}

/** Loads the applications as `serve` would, serves nothing. 0: all is well. */
export async function checkConfig(settings: Settings): Promise<number> {
  const log = new ErrorLog(settings.logLevel, process.stderr);
  const rights = findRights(settings);
  if (rights.kind === "fault") return refuse(rights.code, rights.message);
  const tls = await openTls(settings, log);
  if (tls !== null && isFault(tls)) return refuse("bad-certificate", tls.message);
  tls?.stop();
  const stewards = await openStewards(settings, rights);
  if ("kind" in stewards) return refuse(stewards.code, stewards.message);
  const placed = await findPlacesWith(rights, settings, stewards);
  let exitCode = "kind" in placed ? refuse(placed.code, placed.message) : 0;
  for (const { settings: own, place, steward } of "kind" in placed ? [] : placed) {
    const context = { ...NO_CONTEXT, ...steward?.context };
    const plan = workforcePlan(own, { ...place, workers: 1 }, context);
    const workforce = new Workforce(plan, log, () => {}, steward?.linkServer);
    const fault = await workforce.start();
    await workforce.stop(fault === null ? LEAVE_MS : QUICK_STOP_MS);
    if (fault !== null) exitCode ||= refuseBoot(own, fault);
  }
  await endStewards(stewards);
  if (exitCode !== 0 || "kind" in placed) return exitCode;
  const what = placed.map((site) => site.settings.app).join(", ");
  process.stdout.write(`The settings are fine and ${what} can be loaded.\n`);
  return 0;
}

/** Nothing is looked for with rights that are to be given up. */
async function findPlacesWith(
  rights: Rights,
  settings: Settings,
  stewards: Stewards,
): Promise<readonly PlacedSite[] | PlaceFault> {
  const fault = takeRights(rights);
  if (fault !== null) {
    return { kind: "fault", code: "cannot-change-user", message: `--user, --group: ${fault}` };
  }
  const placed = await findPlaces(settings, stewards);
  if (!("kind" in placed) || settings.user === null) return placed;
  // What root has in its home is not there for others.
  const message = `${placed.message} (Seen with the rights of --user ${settings.user}.)`;
  return { ...placed, message };
}
