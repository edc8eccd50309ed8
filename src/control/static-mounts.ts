/**
 * The folders whose files a server sends: what the settings name, and what the application told of
 * itself. Where both have the same prefix the settings count.
 */
import type { Log } from "../base/log.ts";
import { StaticFiles } from "../files/static-files.ts";
import type { StaticSource } from "../listen/static-source.ts";
import type { Settings } from "../options/settings.ts";
import type { StaticMount } from "../static/mounts.ts";
import type { StaticAnnouncement } from "../wire/ready.ts";
import type { ReloadPages } from "./reload-pages.ts";

const SWITCH_OFF = "--no-django-static leaves them to the application.";

export class StaticMounts {
  readonly #settings: Settings;
  readonly #configured: readonly StaticMount[];
  readonly #log: Log;
  readonly #siteMount: string;
  /** What the application's mounts are, as text, to see when they change. */
  #told = "";
  /** Made when there is the first mount. */
  #files: StaticFiles | null = null;
  #service: { staticFiles: StaticSource | null } | null = null;

  readonly #pages: ReloadPages | null;

  /**
   * @param configured - from the settings.
   * @param pages - of `--reload`; they come before the files.
   * @param siteMount - see `Service.mount`.
   */
  constructor(
    settings: Settings,
    configured: readonly StaticMount[],
    log: Log,
    pages: ReloadPages | null,
    siteMount: string,
  ) {
    this.#siteMount = siteMount;
    this.#settings = settings;
    this.#configured = configured;
    this.#log = log;
    this.#pages = pages;
    if (configured.length > 0) this.#mount([]);
  }

  /** From now on this service sends them. */
  serveWith(service: { staticFiles: StaticSource | null }): void {
    this.#service = service;
    this.#serveFiles();
  }

  #serveFiles(): void {
    if (this.#pages !== null) this.#pages.behind = this.#files;
    if (this.#service !== null) this.#service.staticFiles = this.#pages ?? this.#files;
  }

  /** What a worker says that begins to serve. All of one generation say the same. */
  take(announcement: StaticAnnouncement | null): void {
    if (this.#settings.noDjangoStatic) return;
    const note = announcement?.note ?? "";
    const folders = (announcement?.folders ?? []).map((folder) => ({
      ...folder,
      prefix: this.#belowMount(folder.prefix),
    }));
    const told = [
      note,
      ...folders.flatMap(({ prefix, below, folder }) => [prefix, below, folder.toString("latin1")]),
    ].join("\0");
    if (told === this.#told) return;
    this.#told = told;
    const isTaken = ({ prefix }: { readonly prefix: string }): boolean =>
      this.#configured.some((mount) => mount.prefix === prefix);
    const mounts = folders
      .filter((folder) => isMountable(folder.prefix) && !isTaken(folder))
      .map(({ prefix, below, folder }) => ({ prefix, folders: [{ below, folder }] }));
    if (folders.some(isTaken)) {
      this.#log.write("info", `${note}: --static has the same prefix and is what counts.`);
    } else if (note !== "") {
      this.#log.write("info", mounts.length > 0 ? `${note}. ${SWITCH_OFF}` : `${note}.`);
    }
    this.#mount(mounts);
  }

  /** An application that knows where it is mounted may write it into the addresses of its files. */
  #belowMount(prefix: string): string {
    const isBelow = this.#siteMount !== "" && prefix.startsWith(`${this.#siteMount}/`);
    return isBelow ? prefix.slice(this.#siteMount.length) : prefix;
  }

  #mount(told: readonly StaticMount[]): void {
    const mounts = [...this.#configured, ...told];
    if (this.#files === null) {
      if (mounts.length === 0) return;
      const seconds = Math.floor(this.#settings.staticMaxAgeMs / 1000);
      const cacheControl = seconds === 0 ? "no-cache" : `public, max-age=${seconds}`;
      const lists = this.#settings.staticListing;
      this.#files = new StaticFiles({ lists, cacheControl }, this.#log, this.#siteMount);
    }
    this.#files.setMounts(mounts);
    this.#serveFiles();
  }
}

/** Neither everything nor what no request path begins with. */
function isMountable(prefix: string): boolean {
  return prefix.length > 1 && prefix.startsWith("/") && prefix.endsWith("/");
}
