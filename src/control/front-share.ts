/**
 * The share that one of several fronts has of what the settings give to the whole server. Shares are
 * rounded up, so that nobody has nothing; only workers add up to what was asked for.
 */
import type { Settings } from "../options/settings.ts";
import { usableCpuCount } from "../workers/cpu-count.ts";
import { NO_SOCKET } from "./control-socket.ts";
import type { FrontShare } from "./inheritance.ts";

/**
 * The settings as one front takes them. What there is once is the main process's.
 * @param share - null: there is one front.
 */
export function shareSettings(settings: Settings, share: FrontShare | null): Settings {
  if (share === null) return settings;
  return {
    ...shareOne(settings, share),
    pid: null,
    controlSocket: NO_SOCKET,
    sites: settings.sites.map((site) => ({ ...site, settings: shareOne(site.settings, share) })),
  };
}

function shareOne(settings: Settings, { index, count }: FrontShare): Settings {
  const part = <Count extends number | "auto">(whole: Count): Count =>
    typeof whole === "number" ? (Math.ceil(whole / count) as Count) : whole;
  const { workers, maxConnections, maxConnectionsPerAddress, queueSize } = settings;
  const share = (all: number): number => Math.max(1, Math.floor((all + count - 1 - index) / count));
  return {
    ...settings,
    workers: shareOfWorkers(workers, share),
    maxConnections: part(maxConnections),
    maxConnectionsPerAddress: part(maxConnectionsPerAddress),
    queueSize: part(queueSize),
    bufferTotalBytes: part(settings.bufferTotalBytes),
  };
}

/** Why the settings can't be served by several fronts, or null. */
export function frontsFault(settings: Settings): string | null {
  const { fronts } = settings;
  if (settings.reload) {
    return `--reload is for the time in which the application is written, and takes one front. Leave --fronts ${fronts} out.`;
  }
  const foreign = settings.sites.find(
    ({ settings: own }) => own.user !== settings.user || own.group !== settings.group,
  );
  if (foreign !== undefined) {
    return `${foreign.place}: site ${foreign.name} has a user of its own, and only one front can see to that. Leave --fronts ${fronts} out.`;
  }
  const own =
    settings.sites.length === 0 ? [settings] : settings.sites.map((site) => site.settings);
  const few = own.find(({ workers }) => leastOf(workers) < fronts);
  if (few === undefined) return null;
  return `--fronts ${fronts} needs as many workers at least, and --workers is ${leastOf(few.workers)}. Most servers need one front.`;
}

type Workers = Settings["workers"];

/** Of a range each end is shared. */
function shareOfWorkers(workers: Workers, share: (all: number) => number): Workers {
  if (typeof workers === "object") {
    return { least: share(workers.least), most: share(workers.most) };
  }
  return share(workers === "auto" ? usableCpuCount() : workers);
}

/** Infinity: whatever is needed is meant by auto. */
function leastOf(workers: Workers): number {
  if (workers === "auto") return Infinity;
  return typeof workers === "object" ? workers.least : workers;
}
