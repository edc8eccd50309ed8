/**
 * The `[[site]]` tables of a settings file: one for each application of the server. A table says which
 * requests are the site's, and has the settings that the table of settings marks as a site's own; what it does
 * not say is as the rest of the file, the environment and the command line have it.
 */
import { isTable, toList, toTexts } from "./file-values.ts";
import { jsonPlaceOf } from "./json-keys.ts";
import { nearestName } from "./nearest.ts";
import type { SettingsFile, SettingsFileFault } from "./settings-file.ts";
import { type GivenValues, type SettingKey, valueRows } from "./settings.ts";
import { ANY_HOST, parseSiteHost, parseSiteMount } from "./site-keys.ts";

/** The key of the tables. */
export const SITE_KEY = "site";

/** What one table says. */
export interface SiteLayer {
  /** Where it begins, for messages. */
  readonly place: string;
  readonly name: string | null;
  /** As they are compared with; every host is `*`. */
  readonly hosts: readonly string[];
  /** A beginning of the path, decoded and without a slash at its end. */
  readonly mount: string;
  readonly app: GivenValues | null;
  readonly given: ReadonlyMap<SettingKey, GivenValues>;
}

/** Keys that only a site has. */
const OWN_KEYS = ["app", "name", "hosts", "mount"] as const;
type OwnKey = (typeof OWN_KEYS)[number];

/** Rows by their key in a file. */
const rowByKey = new Map(valueRows.map((entry) => [entry[1].flags[0].slice(2), entry]));

interface Draft {
  name: string | null;
  hosts: readonly string[];
  mount: string;
  app: GivenValues | null;
  readonly given: Map<SettingKey, GivenValues>;
}

/** Reads the value of `site`. The first fault ends the reading. */
export function readSiteTables(
  file: SettingsFile,
  value: unknown,
): readonly SiteLayer[] | SettingsFileFault {
  const expected = `${SITE_KEY} takes a table for each site, in TOML under [[${SITE_KEY}]] with two brackets.`;
  if (!Array.isArray(value)) return fault(placeInSite(file, 0, SITE_KEY), expected);
  const sites: SiteLayer[] = [];
  for (const [index, table] of (value as readonly unknown[]).entries()) {
    if (!isTable(table)) return fault(placeInSite(file, index, SITE_KEY), expected);
    const site = readSiteTable(file, index, table);
    if ("kind" in site) return site;
    const double = sites.find(({ name }) => name !== null && name === site.name);
    if (double !== undefined) {
      return fault(site.place, `The site at ${double.place} has the name ${site.name}, too.`);
    }
    sites.push(site);
  }
  return sites;
}

function readSiteTable(
  file: SettingsFile,
  index: number,
  table: Readonly<Record<string, unknown>>,
): SiteLayer | SettingsFileFault {
  const draft: Draft = { name: null, hosts: [ANY_HOST], mount: "", app: null, given: new Map() };
  for (const [name, value] of Object.entries(table)) {
    const place = placeInSite(file, index, name);
    const wanted = isOwnKey(name)
      ? readOwnKey(draft, name, value, place)
      : readSetting(draft, name, value, place);
    if (wanted !== null) return fault(place, wanted);
  }
  return { place: placeInSite(file, index, null), ...draft };
}

/** What is wrong with it, in a sentence; null: nothing. */
function readOwnKey(draft: Draft, key: OwnKey, value: unknown, place: string): string | null {
  if (key === "hosts") {
    const texts = toList(value);
    if (texts === null || texts.length === 0) return "hosts takes a name, or a list of names.";
    const readings = texts.map((text) => ({ text, reading: parseSiteHost(text) }));
    for (const { text, reading } of readings) {
      if (!reading.ok)
        return `hosts: ${JSON.stringify(text)} is not accepted. It takes ${reading.expected}.`;
    }
    draft.hosts = [
      ...new Set(readings.flatMap(({ reading }) => (reading.ok ? [reading.value] : []))),
    ];
    return null;
  }
  if (typeof value !== "string") return `${key} takes text.`;
  if (key === "app") draft.app = { flag: `${place}: ${key}`, texts: [value], origin: place };
  else if (key === "name") {
    if (!/^[^\s\p{Cc}]{1,100}$/u.test(value)) return "name takes a word of up to 100 characters.";
    draft.name = value;
  } else {
    const mount = parseSiteMount(value);
    if (!mount.ok)
      return `mount: ${JSON.stringify(value)} is not accepted. It takes ${mount.expected}.`;
    draft.mount = mount.value;
  }
  return null;
}

function readSetting(draft: Draft, name: string, value: unknown, place: string): string | null {
  const entry = rowByKey.get(name);
  if (entry === undefined) return unknownKey(name);
  const [key, row] = entry;
  if (row.perSite !== true) {
    return `${name} is a setting of the whole server. Write it above the first [[${SITE_KEY}]].`;
  }
  const texts = toTexts(row, value);
  if (typeof texts === "string") return `${name} takes ${texts}.`;
  draft.given.set(key, { flag: `${place}: ${name}`, texts, origin: place });
  return null;
}

function unknownKey(name: string): string {
  const ofSites = [...rowByKey].filter(([, [, row]]) => row.perSite === true).map(([key]) => key);
  const nearest = nearestName(name.toLowerCase().replaceAll("_", "-"), [...OWN_KEYS, ...ofSites]);
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  return `A site has no setting ${JSON.stringify(name)}.${hint}`;
}

function isOwnKey(name: string): name is OwnKey {
  return (OWN_KEYS as readonly string[]).includes(name);
}

/**
 * `wizgy.toml:3`: the line of a key in the table of that number, or that of its head. Parsers don't keep lines.
 * @param key - null: the head.
 */
function placeInSite({ path, text }: SettingsFile, index: number, key: string | null): string {
  if (path.endsWith(".json")) {
    return jsonPlaceOf({ path, text }, [SITE_KEY, index, ...(key === null ? [] : [key])]);
  }
  const lines = text.split("\n");
  const heads = lines.flatMap((line, at) => (/^\s*\[\[\s*site\s*\]\]/.test(line) ? [at] : []));
  const start = heads[index];
  if (start === undefined) return path; // Tables in a line.
  if (key === null) return `${path}:${start + 1}`;
  const escaped = key.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const begins = new RegExp(`^\\s*(?:\\[\\s*site\\s*\\.\\s*)?["']?${escaped}["']?\\s*[=.\\]]`);
  const end = heads[index + 1] ?? lines.length;
  const found = lines.findIndex((line, at) => at > start && at < end && begins.test(line));
  return `${path}:${(found === -1 ? start : found) + 1}`;
}

function fault(place: string, message: string): SettingsFileFault {
  return { kind: "file-fault", message: `${place}: ${message}` };
}
