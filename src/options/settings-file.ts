/**
 * What a settings file says, from the value that a parser of TOML or JSON made of it. Pure: who
 * reads the file is elsewhere.
 *
 * A key is the long flag without its dashes, so the table has no second set of names. Values become
 * the text that would follow the flag and are read by the same readers. Every fault names the file
 * and, where it can be found, the line.
 */
import type { ValueRow } from "./definition.ts";
import { isTable, toTexts } from "./file-values.ts";
import { jsonPlaceOf } from "./json-keys.ts";
import { nearestName } from "./nearest.ts";
import { type GivenValues, type SettingKey, valueRows } from "./settings.ts";
import { SITE_KEY, type SiteLayer, readSiteTables } from "./site-tables.ts";

/** A settings file that has been parsed. */
export interface SettingsFile {
  /** As it is shown in messages. */
  readonly path: string;
  readonly text: string;
  /** What the parser made of the text. */
  readonly data: unknown;
}

/** What lies between the defaults and the environment. */
export interface SettingsLayer {
  /** The application, when it is named here. */
  readonly app: GivenValues | null;
  readonly given: ReadonlyMap<SettingKey, GivenValues>;
  /** The applications, when they are written as sites. */
  readonly sites: readonly SiteLayer[];
}

export interface SettingsFileFault {
  readonly kind: "file-fault";
  readonly message: string;
}

export const NO_LAYER: SettingsLayer = { app: null, given: new Map(), sites: [] };

/** The key of the application, which has no flag. */
export const APP_KEY = "app";

/** Editors look here for the schema of a JSON file. */
const SCHEMA_KEY = "$schema";

/** The key of a row in a settings file, or null for those that say which file is read. */
export function fileKey(key: SettingKey, row: ValueRow): string | null {
  return key === "config" || key === "gunicornCompat" ? null : row.flags[0].slice(2);
}

const rowByKey: ReadonlyMap<string, readonly [SettingKey, ValueRow]> = new Map(
  valueRows.flatMap((entry) => {
    const name = fileKey(...entry);
    return name === null ? [] : [[name, entry]];
  }),
);

/** Sorts the keys of a file to the rows of the table. The first fault ends the reading. */
export function readSettingsFile(file: SettingsFile): SettingsLayer | SettingsFileFault {
  if (!isTable(file.data)) return fault(file.path, "It takes one table of settings.");
  const given = new Map<SettingKey, GivenValues>();
  given.set("config", { flag: "--config", texts: [file.path], origin: file.path });
  let app: GivenValues | null = null;
  let sites: readonly SiteLayer[] = [];
  for (const [name, value] of Object.entries(file.data)) {
    const place = placeOf(file, name);
    if (name === SCHEMA_KEY) continue;
    if (name === APP_KEY) {
      if (typeof value !== "string") return fault(place, 'app takes text such as "mysite.wsgi".');
      app = { flag: `${place}: ${APP_KEY}`, texts: [value], origin: place };
      continue;
    }
    if (name === SITE_KEY) {
      const read = readSiteTables(file, value);
      if ("kind" in read) return read;
      sites = read;
      continue;
    }
    const entry = rowByKey.get(name);
    if (entry === undefined) return unknownKey(place, name);
    const [key, row] = entry;
    const texts = toTexts(row, value);
    if (typeof texts === "string") return fault(place, `${name} takes ${texts}.`);
    given.set(key, { flag: `${place}: ${name}`, texts, origin: place });
  }
  return { app, given, sites };
}

function unknownKey(place: string, name: string): SettingsFileFault {
  const names = [APP_KEY, SITE_KEY, ...rowByKey.keys()];
  // Who comes from other servers writes underscores.
  const nearest = nearestName(name.toLowerCase().replaceAll("_", "-"), names);
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  const advice = name === "config" ? " It can't be set in the file itself." : hint;
  return fault(place, `There is no setting ${JSON.stringify(name)}.${advice}`);
}

function fault(place: string, message: string): SettingsFileFault {
  return { kind: "file-fault", message: `${place}: ${message}` };
}

/** `wizgy.toml:3`; parsers don't keep lines, so in TOML the first line that begins with the key counts. */
export function placeOf(file: Pick<SettingsFile, "path" | "text">, name: string): string {
  if (file.path.endsWith(".json")) return jsonPlaceOf(file, [name]);
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const start = new RegExp(`^[\\s{,[]*(?:def )?["']?${escaped}["']?\\s*[=:.(\\]]`);
  const index = file.text.split("\n").findIndex((line) => start.test(line));
  return index === -1 ? file.path : `${file.path}:${index + 1}`;
}
