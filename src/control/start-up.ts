/** The block that is printed when the server is ready: what runs where, and what to type next. */
import type { Settings } from "../options/settings.ts";

export interface StartUp {
  readonly version: string;
  readonly app: string;
  readonly python: string;
  /** Where that Python came from, in words. */
  readonly pythonOrigin: string;
  readonly workers: number;
  readonly mostWorkers: number;
  /** What each worker has, from `describeWorker`. */
  readonly each: string;
  /** The settings file, or null where there is none. */
  readonly config: string | null;
  /** As rendered for people: `http://127.0.0.1:8000`, `unix:/run/x.sock`. */
  readonly addresses: readonly string[];
  /** Processes that take connections. */
  readonly fronts: number;
}

/** Whether the application of a site could be loaded. */
export type SiteState = "serving" | "booting" | "down";

/** The same for a server of several sites. */
export interface SitesStartUp {
  readonly version: string;
  readonly config: string | null;
  readonly addresses: readonly string[];
  readonly fronts: number;
  readonly sites: readonly {
    readonly name: string;
    readonly app: string;
    readonly python: string;
    readonly workers: number;
    readonly mostWorkers: number;
    readonly state: SiteState;
    /** A host that is the site's, or null where every host is; and a path. */
    readonly host: string | null;
    readonly path: string;
  }[];
}

/** What a server, or one of several fronts of it, says of itself when it serves. */
export type Serving =
  | ({ readonly kind: "application" } & StartUp)
  | ({ readonly kind: "sites" } & SitesStartUp);

export function renderServing(serving: Serving): string {
  return serving.kind === "sites" ? renderSitesStartUp(serving) : renderStartUp(serving);
}

/** What runs, in a word or a few. */
export function servedNames(serving: Serving): string {
  return serving.kind === "sites" ? serving.sites.map(({ name }) => name).join(" ") : serving.app;
}

/** What several fronts of one server are together. */
export function sumServing(parts: readonly [Serving, ...Serving[]]): Serving {
  const [first] = parts;
  const fronts = parts.length;
  if (first.kind === "application") {
    const all = parts.filter((part) => part.kind === "application");
    return { ...first, ...sumWorkers(all), fronts };
  }
  const sites = first.sites.map((site, index) => {
    const all = parts.flatMap((part) => (part.kind === "sites" ? (part.sites[index] ?? []) : []));
    return { ...site, ...sumWorkers(all) };
  });
  return { ...first, sites, fronts };
}

/** A line for each site. */
export function renderSitesStartUp(startUp: SitesStartUp): string {
  const { version, config, addresses, fronts, sites } = startUp;
  const lines = sites.map(({ name, app, python, state, ...counts }) => {
    const count = countWorkers(counts);
    const what = {
      serving: `${count}, ${python}`,
      booting: "still booting; its requests wait",
      down: "not loaded, see the log; it is tried again",
    }[state];
    return `  site    ${name === app ? name : `${name}: ${app}`} (${what})`;
  });
  const [first] = sites;
  const address = addresses[0] ?? "";
  const host = first?.host ?? null;
  return [
    `wizgy ${version} is serving ${sites.length === 1 ? "1 site" : `${sites.length} sites`}`,
    ...addresses.map((each) => `  at      ${each}`),
    ...lines,
    ...(fronts === 1 ? [] : [`  with    ${fronts} fronts`]),
    ...(config === null ? [] : [`  config  ${config}`]),
    "",
    host === null ? tryIt(address) : tryHost(address, host, first?.path ?? "/"),
    "Press Ctrl-C to stop. All options: wizgy --help",
  ].join("\n");
}

/** A name that this machine may not be known by. */
function tryHost(address: string, host: string, path: string): string {
  const isUnix = address.startsWith("unix:");
  const socket = isUnix ? `--unix-socket ${address.slice("unix:".length)} ` : "";
  const origin = isUnix ? "http://localhost" : ownAddress(address);
  return `Try: curl -i -H 'Host: ${host}' ${socket}${origin}${path}`;
}

/** A few lines, the addresses last but one, each line on its own in the log. */
export function renderStartUp(startUp: StartUp): string {
  const { version, app, python, pythonOrigin, each, config, addresses } = startUp;
  const behind = startUp.fronts === 1 ? "" : ` behind ${startUp.fronts} fronts`;
  const count = countWorkers(startUp);
  return [
    `wizgy ${version} is serving ${app}`,
    ...addresses.map((address) => `  at      ${address}`),
    `  python  ${python} (${pythonOrigin})`,
    `  with    ${count}${each === "" ? "" : ` of ${each}`}${behind}`,
    ...(config === null ? [] : [`  config  ${config}`]),
    "",
    tryIt(addresses[0] ?? ""),
    "Press Ctrl-C to stop. All options: wizgy --help",
  ].join("\n");
}

/** How many requests a worker runs at a time, and in what; empty for one thread. */
export function describeWorker(
  settings: Pick<Settings, "workerClass" | "workerConnections" | "threads">,
): string {
  if (settings.workerClass === "gevent") return `${settings.workerConnections} greenlets`;
  return settings.threads > 1 ? `${settings.threads} threads` : "";
}

type WorkerCounts = Pick<StartUp, "workers" | "mostWorkers">;

function sumWorkers(parts: readonly WorkerCounts[]): WorkerCounts {
  const workers = parts.reduce((sum, part) => sum + part.workers, 0);
  return { workers, mostWorkers: parts.reduce((sum, part) => sum + part.mostWorkers, 0) };
}

function countWorkers(counts: WorkerCounts): string {
  const { workers, mostWorkers } = counts;
  if (mostWorkers > workers) return `${workers} to ${mostWorkers} workers`;
  return `${workers} ${workers === 1 ? "worker" : "workers"}`;
}

function tryIt(address: string): string {
  if (address.startsWith("unix:")) {
    return `Try: curl --unix-socket ${address.slice("unix:".length)} http://localhost/`;
  }
  const own = ownAddress(address);
  return `Open ${own} in a browser, or: curl -i ${own}/`;
}

/** Every interface is no place to go to: not every system takes it for this machine. */
function ownAddress(address: string): string {
  return address.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:");
}
