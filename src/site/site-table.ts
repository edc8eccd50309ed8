/**
 * Which site a request is for. Pure: the host and the path in, the site out, the same for every version of
 * HTTP.
 *
 *     an exact host, before the longest *.host, before every host;
 *     among the sites of one host the longest mount that the path is below.
 *
 * A site whose mount does not fit is passed over: then a site of a wider host may have the path.
 */
import { hostOf } from "../http/host.ts";
import { behindMount } from "./mount-path.ts";

/** What the settings say of a site. */
export interface SiteEntry<Site> {
  /** Lower case: names, `*.name`, addresses as in a URI, or `*`. */
  readonly hosts: readonly string[];
  /** Decoded, without a slash at its end. */
  readonly mount: string;
  readonly site: Site;
}

export interface FoundSite<Site> {
  readonly site: Site;
  /** The path behind its mount, percent-encoded as it was sent. */
  readonly path: string;
}

/** `unknown-host`: no site has the host. `unknown-path`: some do, and none of them the path. */
export type NoSite = "unknown-host" | "unknown-path";

type Entries<Site> = SiteEntry<Site>[];

export class SiteTable<Site> {
  readonly #exact: Map<string, Entries<Site>> = new Map();
  /** By what follows the star, with the dot. */
  readonly #below: Map<string, Entries<Site>> = new Map();
  readonly #every: Entries<Site> = [];

  constructor(entries: readonly SiteEntry<Site>[]) {
    // So that the first one that fits has the longest mount.
    for (const entry of entries.toSorted((a, b) => b.mount.length - a.mount.length)) {
      for (const host of entry.hosts) {
        if (host === "*") this.#every.push(entry);
        else if (host.startsWith("*.")) add(this.#below, host.slice(1), entry);
        else add(this.#exact, host, entry);
      }
    }
  }

  /**
   * @param authority - host and port as the client has named them, valid; null: it has named none.
   * @param path - of the request target, percent-encoded as it was sent.
   */
  find(authority: string | null, path: string): FoundSite<Site> | NoSite {
    let isKnown = false;
    const host = authority === null ? "" : siteHost(authority);
    for (const entries of this.#candidates(host)) {
      isKnown = true;
      for (const { site, mount } of entries) {
        const rest = behindMount(mount, path);
        if (rest !== null) return { site, path: rest };
      }
    }
    return isKnown ? "unknown-path" : "unknown-host";
  }

  /** Sites that have the host, the most particular first. */
  *#candidates(host: string): Generator<Entries<Site>> {
    const exact = this.#exact.get(host);
    if (exact !== undefined) yield exact;
    if (this.#below.size > 0) {
      // An address in brackets has dots only where no name of a site can be.
      for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
        const below = dot === 0 ? undefined : this.#below.get(host.slice(dot));
        if (below !== undefined) yield below;
      }
    }
    if (this.#every.length > 0) yield this.#every;
  }
}

/** As it is compared with: without port, in lower case, without the dot of the root (RFC 9110 §4.2.3). */
export function siteHost(authority: string): string {
  const host = hostOf(authority).toLowerCase();
  return host.endsWith(".") ? host.slice(0, -1) : host;
}

function add<Site>(map: Map<string, Entries<Site>>, key: string, entry: SiteEntry<Site>): void {
  const entries = map.get(key);
  if (entries === undefined) map.set(key, [entry]);
  else entries.push(entry);
}
