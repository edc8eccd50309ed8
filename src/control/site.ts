/**
 * A site: one application that runs. Its place on the machine, its workers, its static files, what a
 * browser sees of `--reload`, and how all that is renewed. What it shares with others, from the
 * addresses to the access log, is the front's and comes in from outside.
 *
 *     made -> booting -> ready, waits for a fix (--reload), or is down (one of several) -> ended
 */
import { existsSync } from "node:fs";
import { resolve } from "node:path";

import type { Log } from "../base/log.ts";
import { encodePath } from "../gateway/path-info.ts";
import type { ListenerConstants } from "../gateway/request-environ.ts";
import type { Service } from "../listen/service.ts";
import type { Settings } from "../options/settings.ts";
import type { BootFault } from "../workers/boot-fault.ts";
import { OWN_LAUNCHER } from "../workers/launcher.ts";
import { Workforce } from "../workers/workforce.ts";
import type { CodeWatch } from "./code-watch.ts";
import { type Place, findPlace } from "./place.ts";
import { describeBootFault, waitForFix } from "./refusals.ts";
import type { ReloadPages } from "./reload-pages.ts";
import { type ReloadOutcome, Reloader } from "./reloader.ts";
import { type Renewed, type Reread, renew } from "./renewal.ts";
import { type LastingParts, makeService } from "./service.ts";
import { SiteDown } from "./site-down.ts";
import type { Steward } from "./steward.ts";
import type { SiteState } from "./start-up.ts";
import { StaticMounts } from "./static-mounts.ts";
import { NO_CONTEXT, workforcePlan } from "./workforce-plan.ts";

/** What a site is made of. */
export interface SiteParts {
  /** Null: it is the only one. */
  readonly name: string | null;
  /** See `Service.mount`. */
  readonly mount: string;
  readonly settings: Settings;
  readonly place: Place;
  /** Null: it has the rights of the server. */
  readonly steward: Steward | null;
  /** Of the listeners that its requests come through. */
  readonly constants: readonly ListenerConstants[];
  readonly log: Log;
  readonly lasting: LastingParts;
  /** Reads its settings again, for a reload. */
  readonly reread: () => Promise<Reread>;
  /** After a reload: this is what counts from now on. */
  readonly onRenewed: (service: Service) => void;
  /** Other numbers of workers are wanted. */
  readonly onResized: () => void;
}

export async function makeSite(parts: SiteParts): Promise<Site> {
  if (!parts.settings.reload) return new Site(parts, null);
  // Loaded with the flag only.
  const { ReloadPages } = await import("./reload-pages.ts");
  return new Site(parts, new ReloadPages(encodePath(parts.mount)));
}

export class Site {
  readonly workforce: Workforce;
  readonly #parts: SiteParts;
  readonly #pages: ReloadPages | null;
  readonly #staticMounts: StaticMounts;
  readonly #reloader: Reloader;
  #codeWatch: CodeWatch | null = null;
  #down: SiteDown | null = null;
  #service: Service | null = null;
  #started: Promise<unknown> = Promise.resolve();
  #isBooting = true;
  #hasEnded = false;

  /** @param pages - of `--reload`. */
  constructor(parts: SiteParts, pages: ReloadPages | null) {
    const { settings, place, constants, log, lasting, reread, onRenewed } = parts;
    this.#parts = parts;
    this.#pages = pages;
    this.#staticMounts = new StaticMounts(settings, place.staticMounts, log, pages, parts.mount);
    const { steward } = parts;
    const context = {
      constants: constants[0] ?? null,
      output: lasting.logs.workerOutput,
      launcher: OWN_LAUNCHER,
      identity: {},
      ...steward?.context,
    };
    const plan = workforcePlan(settings, place, { ...context, isReload: false });
    this.workforce = new Workforce(
      plan,
      log,
      (announcement) => this.#staticMounts.take(announcement),
      steward?.linkServer,
    );
    this.workforce.onResized = parts.onResized;
    for (const { id, entries } of constants) this.workforce.addConstants(id, entries);
    if (steward !== null) steward.onLost = () => this.#loseSteward();
    const renewed: Renewed = {
      settings,
      reread,
      findPlace: (newSettings) => steward?.findPlace(newSettings) ?? findPlace(newSettings),
      part: parts.name === null ? "all" : "site",
      context: { ...context, isReload: true },
      workforce: this.workforce,
      log,
      apply: (newSettings, newPlace) => {
        this.#down?.end();
        this.#down = null;
        onRenewed(this.#makeService(newSettings, newPlace));
        parts.onResized();
      },
    };
    this.#reloader = new Reloader(async () => {
      const outcome = await renew(renewed);
      pages?.note(outcome);
      return outcome;
    });
  }

  /** Boots all workers. Null: all are ready; else why the application can't be served. */
  start(): Promise<BootFault | null> {
    const started = this.workforce.start();
    const isOver = (): void => {
      this.#isBooting = false;
    };
    this.#started = started.then(isOver, isOver);
    return started;
  }

  /** The boot has come to an end while others were served already. */
  endBoot(fault: BootFault | null): void {
    if (this.#hasEnded) return;
    if (fault === null) this.#parts.log.write("info", "Its workers are ready now.");
    else if (!this.waitForFix(fault)) this.goDown(fault);
  }

  /**
   * The application could not be loaded. With `--reload` browsers are told why, until a change
   * mends it.
   * @returns false: without `--reload` nothing would mend it.
   */
  waitForFix(fault: BootFault): boolean {
    if (this.#pages === null) return false;
    this.#pages.noteNotStarted(waitForFix(this.#parts.settings, fault, this.#parts.log));
    return true;
  }

  /** The application could not be loaded, while others are served: it is tried again, and again. */
  goDown(fault: BootFault): void {
    const { message, traceback } = describeBootFault(this.#parts.settings, fault);
    const trace = traceback === "" ? "" : `\n${traceback.trimEnd()}`;
    this.#parts.log.write("error", `Not served, and tried again: ${message}${trace}`);
    this.#down = new SiteDown(async () => (await this.reload()).ok);
    if (this.#service !== null) this.#service.staticFiles = this.#down;
  }

  /** Nobody is left who could start its Python. */
  #loseSteward(): void {
    if (this.#hasEnded) return;
    const text = "The process with the rights of its user has ended, and its workers with it.";
    this.#parts.log.write("critical", `${text} It is down until the server is started again.`);
    this.#down?.end();
    this.#down = new SiteDown(null);
    if (this.#service !== null) this.#service.staticFiles = this.#down;
    // A boot that is under way ends by itself, and is waited for.
    if (!this.#isBooting) void this.workforce.stop(0);
  }

  get state(): SiteState {
    if (this.#down !== null) return "down";
    return this.#isBooting ? "booting" : "serving";
  }

  /** What its connections share, from now until a reload. */
  serve(): Service {
    return this.#makeService(this.#parts.settings, this.#parts.place);
  }

  #makeService(settings: Settings, place: Place): Service {
    const { log, lasting, mount, steward } = this.#parts;
    // A worker of another user can't open what the front has written.
    const own = { mount, sharesFiles: steward === null };
    const service = makeService(settings, place, this.workforce, log, lasting, own);
    this.#staticMounts.serveWith(service);
    if (this.#down !== null) service.staticFiles = this.#down;
    this.#service = service;
    return service;
  }

  async reload(): Promise<ReloadOutcome> {
    await this.#started;
    return this.#reloader.reload();
  }

  /** More or fewer workers. */
  resizeBy(difference: number): void {
    const { onResized, log } = this.#parts;
    const count = this.workforce.resizeBy(difference);
    onResized();
    log.write("info", `${count === 1 ? "1 worker is" : `${count} workers are`} wanted now.`);
  }

  /** With `--reload`: resolves when changes of the code are seen. */
  async watchCode(): Promise<void> {
    const { settings, place, log } = this.#parts;
    if (!settings.reload) return;
    const { CodeWatch } = await import("./code-watch.ts");
    const folders = [place.cwd, ...workforcePlan(settings, place, NO_CONTEXT).pythonPath];
    const named = settings.reloadExtraFile.map((path) => resolve(place.cwd, path));
    const extra = named.filter((path) => existsSync(path));
    for (const path of named.filter((each) => !extra.includes(each))) {
      log.write(
        "warning",
        `--reload-extra-file: there is no ${path}, and none that comes is seen.`,
      );
    }
    const codeWatch = new CodeWatch(
      folders,
      extra,
      (names) => {
        const more = names.length > 1 ? ` and ${names.length - 1} more` : "";
        log.write("info", `${names[0]}${more} has changed.`);
        void this.reload();
      },
      (error) => log.write("warning", `--reload can't watch all files: ${error.message}`),
    );
    await codeWatch.ready();
    log.write("info", `Watching ${[...folders, ...extra].join(", ")} (--reload).`);
    this.#codeWatch = codeWatch;
  }

  /** The server stops. The workers go on until the requests are answered. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#pages?.end();
    this.#down?.end();
    await this.#codeWatch?.end();
  }
}
