/**
 * The settings of each site: what its own table says, over what holds for the whole server. Its own
 * table is the most particular place, so it wins over the command line as well, which speaks of
 * all sites.
 */
import { renderBindAddress } from "./bind-address.ts";
import type { GivenValues, SettingKey, Settings, ValueFault } from "./settings.ts";
import { ANY_HOST } from "./site-keys.ts";
import type { SiteLayer } from "./site-tables.ts";

export interface SiteSettings {
  /** Unique: for the log and for `wizgy reload`. */
  readonly name: string;
  /** Where its table begins. */
  readonly place: string;
  /** As they are compared with; every host is `*`. */
  readonly hosts: readonly string[];
  /** A beginning of the path, decoded and without a slash at its end. */
  readonly mount: string;
  readonly settings: Settings;
}

/** Why the sites can't be served together. */
export interface SitesFault {
  readonly kind: "sites-fault";
  readonly code: "missing-app" | "bad-settings-file";
  readonly message: string;
}

/**
 * @param app - of the sites that name none.
 * @param read - the settings that result when these values come first.
 */
export function readSites(
  app: string,
  layers: readonly SiteLayer[],
  read: (app: string, own: ReadonlyMap<SettingKey, GivenValues>) => Settings | ValueFault,
): readonly SiteSettings[] | ValueFault | SitesFault {
  const sites: SiteSettings[] = [];
  const names = new Set(layers.map(({ name }) => name));
  for (const layer of layers) {
    const { place, hosts, mount } = layer;
    const own = layer.app?.texts[0] ?? app;
    if (own === "") {
      const message = `${place}: this site has no application. Name it, such as app = "mysite.wsgi".`;
      return { kind: "sites-fault", code: "missing-app", message };
    }
    const settings = read(own, layer.given);
    if ("kind" in settings) return settings;
    let name = layer.name ?? nameOf(layer, own);
    for (let n = 2; layer.name === null && names.has(name); n++)
      name = `${nameOf(layer, own)}#${n}`;
    names.add(name);
    sites.push({ name, place, hosts, mount, settings });
  }
  return findConflict(sites) ?? sites;
}

/** What nobody has named is called after where it is found. */
function nameOf({ hosts, mount }: SiteLayer, app: string): string {
  const [host = ANY_HOST] = hosts;
  return host === ANY_HOST && mount === "" ? app : `${host}${mount}`;
}

/** Two sites for one and the same request. */
function findConflict(sites: readonly SiteSettings[]): SitesFault | null {
  const owners = new Map<string, SiteSettings>();
  for (const site of sites) {
    for (const address of site.settings.bind.map(renderBindAddress)) {
      for (const host of site.hosts) {
        const key = `${address}\0${host}\0${site.mount}`;
        const other = owners.get(key);
        if (other !== undefined) {
          const what = host === ANY_HOST ? "every host" : `the host ${host}`;
          const where = site.mount === "" ? "" : ` below ${site.mount}`;
          const message = `${site.place}: the site at ${other.place} takes ${what}${where} at ${address}, too. Give one of them other hosts, another mount or another bind.`;
          return { kind: "sites-fault", code: "bad-settings-file", message };
        }
        owners.set(key, site);
      }
    }
  }
  return null;
}
