/**
 * What a settings file says, from the value that a parser of TOML or JSON made of it. Pure: who
 * reads the file is elsewhere.
 *
 * A key is the long flag without its dashes, so the table has no second set of names. Values become
 * the text that would follow the flag and are read by the same readers. Every fault names the file
 * and, where it can be found, the line.
 */
import type { ValueRow } from "./definition.ts";
import { nearestName } from "./nearest.ts";
import { type GivenValues, type SettingKey, valueRows } from "./settings.ts";

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
}

export interface SettingsFileFault {
  readonly kind: "file-fault";
  readonly message: string;
}

export const NO_LAYER: SettingsLayer = { app: null, given: new Map() };

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
  for (const [name, value] of Object.entries(file.data)) {
    const place = placeOf(file, name);
    if (name === SCHEMA_KEY) continue;
    if (name === APP_KEY) {
      if (typeof value !== "string") return fault(place, 'app takes text such as "mysite.wsgi".');
      app = { flag: `${place}: ${APP_KEY}`, texts: [value], origin: place };
      continue;
    }
    const entry = rowByKey.get(name);
    if (entry === undefined) return unknownKey(place, name);
    const [key, row] = entry;
    const texts = toTexts(row, value);
    if (typeof texts === "string") return fault(place, `${name} takes ${texts}.`);
    given.set(key, { flag: `${place}: ${name}`, texts, origin: place });
  }
  return { app, given };
}

/** The texts that would follow the flag, or what would have been accepted. */
function toTexts(row: ValueRow, value: unknown): readonly string[] | string {
  if (row.kind === "assignments") return toAssignments(value);
  if (row.kind === "switch") {
    return typeof value === "boolean" ? [value ? "on" : "off"] : "true or false";
  }
  // 0o660 and 660 both come as numbers, and only one of them is what was meant.
  if (row.kind === "file-mode") {
    return typeof value === "string" ? [value] : 'an octal number in quotes, such as "660"';
  }
  if (!row.repeatable) return toText(value) ?? "one number or text";
  const texts = (Array.isArray(value) ? value : [value]).map((item) => toText(item)?.[0]);
  return texts.every((text) => text !== undefined) ? texts : "text, or a list of texts";
}

function toText(value: unknown): readonly string[] | null {
  if (typeof value === "string") return [value];
  return typeof value === "number" || typeof value === "bigint" ? [String(value)] : null;
}

function toAssignments(value: unknown): readonly string[] | string {
  const expected = 'a table of texts, such as {DEBUG = "1"}';
  if (!isTable(value)) return expected;
  const texts: string[] = [];
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== "string" || name.includes("=")) return expected;
    texts.push(`${name}=${text}`);
  }
  return texts;
}

function unknownKey(place: string, name: string): SettingsFileFault {
  const names = [APP_KEY, ...rowByKey.keys()];
  // Who comes from other servers writes underscores.
  const nearest = nearestName(name.replaceAll("_", "-"), names);
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  const advice = name === "config" ? " It can't be set in the file itself." : hint;
  return fault(place, `There is no setting ${JSON.stringify(name)}.${advice}`);
}

function fault(place: string, message: string): SettingsFileFault {
  return { kind: "file-fault", message: `${place}: ${message}` };
}

/** `wizgy.toml:3`; parsers don't keep lines, so the first line that begins with the key counts. */
export function placeOf(file: Pick<SettingsFile, "path" | "text">, name: string): string {
  const escaped = name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const start = new RegExp(`^[\\s{,[]*(?:def )?["']?${escaped}["']?\\s*[=:.(\\]]`);
  const index = file.text.split("\n").findIndex((line) => start.test(line));
  return index === -1 ? file.path : `${file.path}:${index + 1}`;
}

function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
