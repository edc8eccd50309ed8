/**
 * The main process of a server with several fronts (`--fronts`): holds the sockets, looks after the
 * fronts, and is the one that signals, `wizgy reload` and systemd speak with. It takes no connection and
 * knows no application. When it dies, the fronts end.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import type { ErrorCode } from "../errors/catalogue.ts";
import type { ErrorLog } from "../log/error-log.ts";
import type { Settings } from "../options/settings.ts";
import { frontsFault } from "./front-share.ts";
import { Fronts } from "./fronts.ts";
import { HeldSockets } from "./held-sockets.ts";
import type { Inheritance } from "./inheritance.ts";
import { openLogs } from "./logs.ts";
import { Presence, openPresence } from "./presence.ts";
import { refuse } from "./refusals.ts";
import type { ReloadOutcome } from "./reloader.ts";
import { type Rights, takeRights } from "./rights.ts";
import type { ServiceManager } from "./service-manager.ts";
import { StopSignals, watchServingSignals } from "./signals.ts";
import { renderServing, servedNames } from "./start-up.ts";
import { Successor, tellPredecessor } from "./successor.ts";

/** Resolves with the exit code of the server. */
export async function superviseFronts(
  settings: Settings,
  inheritance: Inheritance,
  rights: Rights,
  manager: ServiceManager | null,
  log: ErrorLog,
): Promise<number> {
  const fault = frontsFault(settings);
  if (fault !== null) return refuse("bad-value", fault);
  const held = await HeldSockets.open(settings, rights.socket, inheritance.sockets);
  if (!(held instanceof HeldSockets)) return refuse(held.code, held.message);
  const rightsFault = takeRights(rights);
  const refuseHeld = (code: ErrorCode, message: string): number => {
    held.removeFiles();
    held.close();
    return refuse(code, message);
  };
  if (rightsFault !== null) {
    return refuseHeld("cannot-change-user", `--user, --group: ${rightsFault}`);
  }
  // The access log is the fronts' own.
  const logs = openLogs({ ...settings, accessLogfile: { kind: "off" } }, log);
  if (logs.kind === "fault") return refuseHeld("cannot-write-log", logs.message);
  const folder = settings.controlSocket === null ? mkdtempSync(join(tmpdir(), "wizgy-")) : "";
  const fronts = new Fronts(settings.fronts, held.sockets, folder, log);
  const reload = async (site: string | null): Promise<ReloadOutcome> => {
    manager?.reloading();
    const outcome = await fronts.reload(site);
    manager?.reloaded(outcome.message);
    return outcome;
  };
  const successor = new Successor(
    () => fronts.sockets,
    () => manager?.environment ?? {},
    log,
  );
  const signals = new StopSignals();
  let isServing: () => void = () => {};
  const serving = new Promise<void>((resolveServing) => (isServing = resolveServing));
  const endServingSignals = watchServingSignals({
    onReload: () => void serving.then(() => reload(null)),
    onResize: (difference) => void serving.then(() => fronts.resizeBy(difference)),
    onReopenLogs: () => {
      logs.reopen();
      fronts.reopenLogs();
    },
    onReplace: () => void serving.then(() => replace()),
  });
  const started = await Promise.race([fronts.start(inheritance.isServed), signals.asked]);
  const what = fronts.serving;
  const presence =
    started === null && what !== null
      ? await openPresence(
          settings,
          folder,
          {
            describe: () => ({
              pid: process.pid,
              app: servedNames(what),
              addresses: what.addresses,
            }),
            reload,
          },
          inheritance.predecessor,
        )
      : null;
  const replace = async (): Promise<void> => {
    const pid = await successor.start();
    if (pid === null) {
      if (presence instanceof Presence) await presence.restore();
      return;
    }
    held.handOver();
    if (presence instanceof Presence) presence.handOver();
    manager?.handOver();
    signals.stop("replaced", `USR2: process ${pid} serves now`);
  };
  if (presence instanceof Presence && what !== null) {
    tellPredecessor();
    process.stderr.write(`${renderServing(what)}\n`);
    const status = `Serving ${servedNames(what)} at ${what.addresses.join(", ")}`;
    manager?.ready(fronts.python, status, () => fronts.look());
    isServing();
    await signals.asked;
    log.write("info", `Stopping (${signals.signal}).`);
    presence.hide();
    if (!signals.isReplaced) manager?.stopping();
    await successor.stop();
  }
  const isFailed = typeof started === "number" || (presence !== null && "kind" in presence);
  const graceful = signals.isReplaced ? "replaced" : "graceful";
  held.close();
  fronts.end(isFailed || signals.wantsQuick ? "quick" : graceful, signals.signal);
  void signals.quick.then(() => fronts.end("quick", signals.signal));
  // The fronts take connections for so long.
  const delayed = !isFailed && !signals.isReplaced && settings.drainDelayMs > 0;
  if (delayed)
    await Promise.race([signals.quick, setTimeout(settings.drainDelayMs, null, { ref: false })]);
  held.removeFiles();
  await fronts.ended(settings.drainDelayMs + settings.gracefulTimeoutMs);
  signals.end();
  endServingSignals();
  await logs.close();
  if (presence instanceof Presence) presence.end();
  if (folder !== "") rmSync(folder, { recursive: true, force: true });
  await manager?.end();
  if (presence !== null && "kind" in presence) return refuse(presence.code, presence.message);
  return typeof started === "number" ? started : 0;
}
