/**
 * What a reload does: reads the settings again, finds Python again, boots a new generation of
 * workers, and only when that has worked lets the settings count.
 */
import type { Log } from "../base/log.ts";
import { type SettingKey, type Settings, rowOf } from "../options/settings.ts";
import type { Workforce } from "../workers/workforce.ts";
import type { Place, PlaceFault } from "./place.ts";
import { describeBootFault } from "./refusals.ts";
import type { ReloadOutcome } from "./reloader.ts";
import { type PlanContext, workforcePlan } from "./workforce-plan.ts";

/** Settings of what is made once: a reload leaves it as it is. */
const FIXED = [
  "bind",
  "backlog",
  "fronts",
  "redirectHttp",
  "certfile",
  "http2",
  "keyfile",
  "caCerts",
  "certReqs",
  "ciphers",
  "tlsMinVersion",
  "hsts",
  "static",
  "staticListing",
  "staticMaxAgeMs",
  "noDjangoStatic",
  "maxConnections",
  "maxConnectionsPerAddress",
  "bufferTotalBytes",
  "user",
  "group",
  "pid",
  "controlSocket",
  "accessLogfile",
  "errorLogfile",
  "captureOutput",
  "logLevel",
  "accessLogformat",
  "statsdHost",
  "statsdPrefix",
  "dogstatsdTags",
  "name",
] as const satisfies readonly SettingKey[];

/** Settings as they are now, or why they can't be had. */
export type Reread = { readonly kind: "settings"; readonly settings: Settings } | RereadFault;

export interface RereadFault {
  readonly kind: "fault";
  readonly message: string;
}

/**
 * Tells of settings that have changed and do not count before a restart.
 * @param part - whose settings: those that a site may have of its own, the others, or all.
 */
export function noteFixed(
  before: Settings,
  now: Settings,
  part: "all" | "site" | "server",
  log: Log,
): void {
  for (const key of FIXED) {
    if (part !== "all" && (rowOf(key).perSite === true) !== (part === "site")) continue;
    if (JSON.stringify(now[key]) === JSON.stringify(before[key])) continue;
    log.write("warning", `The setting ${key} has changed: that needs a restart of the server.`);
  }
}

export interface Renewed {
  /** What the server runs with. */
  settings: Settings;
  /** Reads the settings as at the start. */
  readonly reread: () => Promise<Reread>;
  readonly findPlace: (settings: Settings) => Promise<Place | PlaceFault>;
  /** See `noteFixed`. */
  readonly part: "all" | "site";
  /** Of the new workers' plan. */
  readonly context: PlanContext;
  readonly workforce: Workforce;
  readonly log: Log;
  /** Lets the settings count for everything but the workers. */
  readonly apply: (settings: Settings, place: Place) => void;
}

/** Never rejects. When it fails, all is as before, and the log says why. */
export async function renew(renewed: Renewed): Promise<ReloadOutcome> {
  const { log } = renewed;
  log.write("info", "Reloading: new workers boot.");
  const startedAtMs = performance.now();
  const outcome = await attempt(renewed, startedAtMs).catch((error: unknown) =>
    failed(renewed, error instanceof Error ? error.message : String(error)),
  );
  if (outcome.ok) log.write("info", outcome.message);
  else {
    const trace = outcome.traceback === "" ? "" : `\n${outcome.traceback.trimEnd()}`;
    log.write("error", `${outcome.message}${trace}`);
  }
  return outcome;
}

async function attempt(renewed: Renewed, startedAtMs: number): Promise<ReloadOutcome> {
  const { workforce, log, context } = renewed;
  const read = await renewed.reread();
  if (read.kind === "fault") return failed(renewed, read.message);
  const { settings } = read;
  const place = await renewed.findPlace(settings);
  if (place.kind === "fault") return failed(renewed, place.message);
  const fault = await workforce.reload(workforcePlan(settings, place, context));
  if (fault !== null) {
    const { message, traceback } = describeBootFault(settings, fault);
    return failed(renewed, message, traceback);
  }
  noteFixed(renewed.settings, settings, renewed.part, log);
  renewed.apply(settings, place);
  renewed.settings = settings;
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(1);
  const { count } = workforce;
  const workers = count === 1 ? "1 new worker serves" : `${count} new workers serve`;
  return { ok: true, message: `Reloaded in ${seconds} s: ${workers}.`, traceback: "" };
}

function failed({ workforce }: Renewed, message: string, traceback = ""): ReloadOutcome {
  const goOn = workforce.serves ? ", and the workers that are there go on" : "";
  const text = `The reload failed${goOn}: ${message}`;
  return { ok: false, message: text, traceback };
}
