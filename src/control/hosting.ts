/**
 * The sites of a server: one that takes every request, or those of the `[[site]]` tables, each with the
 * requests that are its own. What happens to one is no concern of the others: they boot, reload and
 * fail apart from each other.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { mountedConstants } from "../gateway/request-environ.ts";
import type { Runner, ServedSite, Service } from "../listen/service.ts";
import type { ErrorLog } from "../log/error-log.ts";
import type { ParsedCommand } from "../options/command-line.ts";
import type { Settings } from "../options/settings.ts";
import type { SiteSettings } from "../options/site-settings.ts";
import { VERSION } from "../version.ts";
import type { BootFault } from "../workers/boot-fault.ts";
import { describeInterpreter } from "../workers/interpreter.ts";
import { SiteTable } from "../site/site-table.ts";
import { readErrorPages } from "./error-pages.ts";
import type { Front } from "./front.ts";
import { type Place, type PlaceFault, findPlace } from "./place.ts";
import type { ReloadOutcome } from "./reloader.ts";
import { type Reread, noteFixed } from "./renewal.ts";
import { type LastingParts, makeService } from "./service.ts";
import { SiteLog } from "./site-log.ts";
import { type Site, makeSite } from "./site.ts";
import { type Serving, describeWorker } from "./start-up.ts";
import type { Steward } from "./steward.ts";
import type { Stewards } from "./stewards.ts";

/** A site with what the settings say of it. */
export interface PlacedSite {
  /** Null: it is the only one, and takes every request. */
  readonly entry: SiteSettings | null;
  readonly settings: Settings;
  readonly place: Place;
  /** Null: it has the rights of the server. */
  readonly steward: Steward | null;
}

/** What all sites have in common. */
export interface HostingParts {
  readonly settings: Settings;
  readonly front: Front;
  readonly log: ErrorLog;
  readonly lasting: LastingParts;
  /** Reads the settings again, for a reload. */
  readonly reread: () => Promise<ParsedCommand>;
}

/** Why nothing can be served: the fault of a site whose settings these are. */
export interface StartFault {
  readonly settings: Settings;
  readonly fault: BootFault;
}

/** How long those that are ready wait for the others. */
const PATIENCE_MS = 5_000;

/** Of requests that are for no site: no application sees them. */
const NOBODY: Runner = { submit: () => false, cancel: () => {}, retryAfterSeconds: 1 };

/** Looks for the folder, the Python and the sizes of each site. The first fault ends the search. */
export async function findPlaces(
  settings: Settings,
  stewards: Stewards,
): Promise<readonly PlacedSite[] | PlaceFault> {
  if (settings.sites.length === 0) {
    const place = await findPlace(settings);
    return place.kind === "fault" ? place : [{ entry: null, settings, place, steward: null }];
  }
  const placed: PlacedSite[] = [];
  for (const entry of settings.sites) {
    const steward = stewards.get(entry.name) ?? null;
    const place = await (steward?.findPlace(entry.settings) ?? findPlace(entry.settings));
    if (place.kind === "fault") {
      return { ...place, message: `${entry.place}: site ${entry.name}: ${place.message}` };
    }
    placed.push({ entry, settings: entry.settings, place, steward });
  }
  return placed;
}

export class Hosting {
  readonly sites: readonly Site[];
  readonly #parts: HostingParts;
  readonly #placed: readonly PlacedSite[];
  /** Beside the sites. Null: there is one, and its service is that of the listeners. */
  #served: readonly ServedSite[] | null = null;
  #settings: Settings;
  /** Where the control socket lies when --control-socket says nothing. */
  readonly controlFolder: string;
  /** Made here, when each site has given its own to another user. */
  readonly #ownFolder: string | null;

  private constructor(parts: HostingParts, placed: readonly PlacedSite[], sites: readonly Site[]) {
    this.#parts = parts;
    this.#placed = placed;
    this.#settings = parts.settings;
    this.sites = sites;
    const at = placed.findIndex(({ steward }) => steward === null);
    this.#ownFolder = at === -1 ? mkdtempSync(join(tmpdir(), "wizgy-")) : null;
    this.controlFolder = this.#ownFolder ?? sites[at]!.workforce.folder;
  }

  /** Behind the end of all workers. */
  async end(): Promise<void> {
    const stewards = this.#placed.flatMap(({ steward }) => (steward === null ? [] : [steward]));
    await Promise.all(stewards.map((steward) => steward.end()));
    if (this.#ownFolder !== null) rmSync(this.#ownFolder, { recursive: true, force: true });
  }

  static async make(parts: HostingParts, placed: readonly PlacedSite[]): Promise<Hosting> {
    const { front, log, lasting, reread } = parts;
    // A reload comes later than this function ends.
    let hosting: Hosting | null = null;
    const sites = placed.map(({ entry, settings, place, steward }, index) => {
      const mount = entry?.mount ?? "";
      const constants = front.views
        .filter((_, at) => entry === null || front.isAt(at, settings.bind))
        .map((view) => mountedConstants(view.constants, mount));
      return makeSite({
        name: entry?.name ?? null,
        mount,
        settings,
        place,
        steward,
        constants,
        log: entry === null ? log : new SiteLog(log, entry.name),
        lasting,
        reread: async () => settingsOf(await reread(), entry),
        onRenewed: (service) => hosting?.renew(index, service),
        onResized: () => hosting?.tellWorkers(),
      });
    });
    hosting = new Hosting(parts, placed, await Promise.all(sites));
    return hosting;
  }

  /**
   * Boots all workers. A site of several that can't be loaded is tried again; one that takes long has its
   * requests wait, when another one is ready.
   * @returns null: something can be served.
   */
  async start(): Promise<StartFault | null> {
    const outcomes: (BootFault | null | "boots")[] = this.sites.map(() => "boots");
    const starts = this.sites.map(async (site, index) => {
      outcomes[index] = await site.start();
      return outcomes[index];
    });
    await patiently(starts);
    const failed = this.sites.flatMap((site, index) => {
      const fault = outcomes[index]!;
      if (fault === "boots") void starts[index]!.then((late) => site.endBoot(late));
      const isFault = typeof fault === "object" && fault !== null;
      return isFault && !site.waitForFix(fault) ? [{ site, fault, index }] : [];
    });
    const [first] = failed;
    if (first !== undefined && failed.length === this.sites.length) {
      return { settings: this.#placed[first.index]!.settings, fault: first.fault };
    }
    for (const { site, fault } of failed) site.goDown(fault);
    return null;
  }

  /** Begins to serve at all addresses. */
  serve(): void {
    const { front } = this.#parts;
    this.tellWorkers();
    if (this.#settings.sites.length === 0) {
      front.serve(this.sites[0]!.serve(), () => null);
      return;
    }
    const served = this.sites.map((site): ServedSite => ({ service: site.serve() }));
    this.#served = served;
    front.serve(this.#commonService(this.#settings), (at) => {
      const there = this.#placed.flatMap(({ entry, settings }, index) =>
        entry !== null && front.isAt(at, settings.bind)
          ? [{ hosts: entry.hosts, mount: entry.mount, site: served[index]! }]
          : [],
      );
      return new SiteTable(there);
    });
  }

  /** What a connection has before its first request, and requests that are for no site. */
  #commonService(settings: Settings): Service {
    const { log, lasting } = this.#parts;
    const pages = readErrorPages(settings, resolve(settings.chdir ?? "."));
    // What is wrong with them has ended the start already, or the reload.
    const errorPages = pages !== null && "message" in pages ? null : pages;
    const place = { sendfileRoots: [], gateRules: null, errorPages };
    const own = { mount: "", sharesFiles: true };
    return makeService(settings, place, NOBODY, log, lasting, own);
  }

  /** For the block that is printed when all of it serves. */
  describe(): Serving {
    const { settings, front } = this.#parts;
    const config = settings.config === "off" ? null : settings.config;
    const common = { version: VERSION, config, addresses: front.addresses, fronts: 1 };
    const [site, only] = [this.sites[0]!, this.#placed[0]!];
    if (only.entry === null) {
      return {
        kind: "application",
        ...common,
        app: settings.app,
        python: `${site.workforce.python}, ${only.place.interpreter.path}`,
        pythonOrigin: describeInterpreter(only.place.interpreter),
        workers: only.place.workers,
        mostWorkers: only.place.mostWorkers,
        each: describeWorker(settings),
      };
    }
    const sites = this.sites.map(({ workforce, state }, index) => {
      const { entry, place, settings: own } = this.#placed[index]!;
      const { name = "", hosts = [], mount = "" } = entry ?? {};
      const host = hosts.find((each) => !each.includes("*")) ?? null;
      const python = `${workforce.python}, ${place.interpreter.path}`;
      return {
        name,
        app: own.app,
        python,
        workers: place.workers,
        mostWorkers: place.mostWorkers,
        state,
        host,
        path: `${mount}/`,
      };
    });
    return { kind: "sites", ...common, sites };
  }

  renew(index: number, service: Service): void {
    if (this.#served === null) this.#parts.front.renew(service);
    else this.#served[index]!.service = service;
  }

  tellWorkers(): void {
    const { statsd } = this.#parts.lasting;
    statsd?.workers(this.sites.reduce((sum, { workforce }) => sum + workforce.count, 0));
  }

  /**
   * Reloads one site, or all.
   * @param name - of the one; null: all.
   */
  async reload(name: string | null): Promise<ReloadOutcome> {
    const names = this.#placed.map(({ entry }) => entry?.name ?? null);
    if (name !== null) {
      const site = this.sites[names.indexOf(name)];
      if (site !== undefined) return site.reload();
      const there = this.#served === null ? "There are no sites" : `There are ${names.join(", ")}`;
      return { ok: false, message: `There is no site ${name}. ${there}.`, traceback: "" };
    }
    const outcomes = await Promise.all(this.sites.map((site) => site.reload()));
    if (this.#served === null) return outcomes[0]!;
    await this.#renewCommon();
    return {
      ok: outcomes.every(({ ok }) => ok),
      message: outcomes.map(({ message }, index) => `${names[index]}: ${message}`).join("\n"),
      traceback: outcomes.map(({ traceback }) => traceback).join(""),
    };
  }

  /** What is the server's and not a site's. */
  async #renewCommon(): Promise<void> {
    const { front, log, reread } = this.#parts;
    const command = await reread();
    if (command.kind !== "serve") return; // Each site has said so.
    const { settings } = command;
    const known = new Set(this.#placed.map(({ entry }) => entry?.name));
    for (const { name } of settings.sites) {
      if (known.has(name)) continue;
      log.write("warning", `The site ${name} is new: that needs a restart of the server.`);
    }
    noteFixed(this.#settings, settings, "server", log);
    this.#settings = settings;
    front.renew(this.#commonService(settings));
  }
}

/** Resolves when all have ended, or one is good and the others had some time more. */
async function patiently(starts: readonly Promise<BootFault | null>[]): Promise<void> {
  const all = Promise.all(starts);
  const oneIsGood = Promise.any(
    starts.map(async (start) => {
      if ((await start) !== null) throw new Error("it can't be loaded");
    }),
  );
  const enough = oneIsGood.then(
    () => new Promise((resolve) => setTimeout(resolve, PATIENCE_MS).unref()),
    () => all,
  );
  await Promise.race([all, enough]);
}

/** The settings of a site among those of the whole server. */
function settingsOf(command: ParsedCommand, entry: SiteSettings | null): Reread {
  if (command.kind === "fault") return { kind: "fault", message: command.message };
  if (command.kind !== "serve") return fault("the settings don't say what to serve");
  const { settings } = command;
  if (entry === null) {
    if (settings.sites.length === 0) return { kind: "settings", settings };
    return fault("the settings have sites now, which needs a restart of the server.");
  }
  const now = settings.sites.find(({ name }) => name === entry.name);
  if (now === undefined) {
    return fault("the settings have no site of this name any more, which needs a restart.");
  }
  if (now.mount !== entry.mount || now.hosts.join() !== entry.hosts.join()) {
    return fault("its hosts or its mount have changed, which needs a restart of the server.");
  }
  return { kind: "settings", settings: now.settings };
}

function fault(message: string): Reread {
  return { kind: "fault", message };
}
