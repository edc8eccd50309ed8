/**
 * The settings of one server, typed by the table and made from text.
 *
 * Text comes from five places, each over the one before: the row's default, a variable that other
 * tools define, the settings file, the `WIZGY_*` variable, the command line. Only the text that wins
 * is read, so that a wrong variable can be overruled.
 */
import type { SettingRow, ValueOf, ValueRow } from "./definition.ts";
import type { SiteSettings } from "./site-settings.ts";
import { settingTable, type SettingTable } from "./table.ts";
import { readValue } from "./values.ts";

type ActionKeys = {
  [Key in keyof SettingTable]: SettingTable[Key] extends { readonly kind: "action" } ? Key : never;
}[keyof SettingTable];

/** The key of a setting in `Settings`. */
export type SettingKey = Exclude<keyof SettingTable, ActionKeys>;

/** The key of a flag that says what to do instead of serving. */
export type ActionKey = ActionKeys;

type TableSettings = { readonly [Key in SettingKey]: ValueOf<SettingTable[Key]> };

/**
 * All settings of a server: one property for each row of the table. Properties that end in Ms are
 * milliseconds, those in Bytes are bytes.
 */
export interface Settings extends TableSettings {
  /** The application as it was named, such as `module:callable` or `path/to/app.py`. */
  readonly app: string;
  /** The applications, when the settings file has `[[site]]` tables; else none, and there is the one. */
  readonly sites: readonly SiteSettings[];
}

/** The environment as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What one place says about one setting. */
export interface GivenValues {
  /** The flag as it was typed, the variable, or the place in a file, for messages. */
  readonly flag: string;
  /** One for each time the flag was given, in order. */
  readonly texts: readonly string[];
  /** Where it came from, for `--print-config`. */
  readonly origin: string;
}

/** A value that can't be used: where it came from, what it was and what would do. */
export interface ValueFault {
  readonly kind: "value-fault";
  readonly source: string;
  readonly text: string;
  readonly expected: string;
}

// Compiles only while each row of the table has the shape of its kind.
const rows: Readonly<Record<keyof SettingTable, SettingRow>> = settingTable;

/** The rows that hold a value, in the order of the table. */
export const valueRows: readonly (readonly [SettingKey, ValueRow])[] = (
  Object.entries(rows) as [SettingKey, SettingRow][]
).filter((entry): entry is [SettingKey, ValueRow] => entry[1].kind !== "action");

/** The row of a setting. */
export function rowOf(key: SettingKey): ValueRow {
  return settingTable[key];
}

/** The `WIZGY_*` variable of a row, or null where there is none. */
export function environmentName(row: ValueRow): string | null {
  // The application inherits the environment as it is; a variable to set variables adds nothing.
  if (row.kind === "assignments") return null;
  return `WIZGY_${row.flags[0].slice(2).replaceAll("-", "_").toUpperCase()}`;
}

/**
 * Reads all settings.
 * @param app - the application as it was named.
 * @param given - what the command line says, by key.
 * @param environment - an empty variable counts as absent.
 * @param fromFile - what the settings file says, by key.
 */
export function readSettings(
  app: string,
  given: ReadonlyMap<SettingKey, GivenValues>,
  environment: Environment,
  fromFile: ReadonlyMap<SettingKey, GivenValues> = new Map(),
): Settings | ValueFault {
  const values: Record<string, unknown> = { app, sites: [] };
  for (const [key, row] of valueRows) {
    const origin = winningValues(key, row, given, environment, fromFile);
    const reading = readValue(row, origin.texts);
    if (!reading.ok) {
      const { text, expected } = written(reading, row, origin);
      return { kind: "value-fault", source: origin.flag, text, expected };
    }
    values[key] = reading.value;
  }
  // The loop has filled in every key of the table; a test holds each value to its type.
  return values as unknown as Settings;
}

/** The settings of a server of this application when nothing else is said. */
export function defaultSettings(app: string): Settings {
  const settings = readSettings(app, new Map(), {});
  if ("kind" in settings) throw new TypeError(`the default of ${settings.source} is wrong`);
  return settings;
}

/** The texts of the place that wins for this row. */
export function winningValues(
  key: SettingKey,
  row: ValueRow,
  given: ReadonlyMap<SettingKey, GivenValues>,
  environment: Environment,
  fromFile: ReadonlyMap<SettingKey, GivenValues>,
): GivenValues {
  return (
    given.get(key) ??
    fromEnvironment(row, environment) ??
    fromFile.get(key) ??
    fromForeignVariable(row, environment) ??
    fromDefault(row)
  );
}

function fromEnvironment(row: ValueRow, environment: Environment): GivenValues | null {
  const name = environmentName(row);
  const own = name === null ? undefined : environment[name];
  if (name === null || own === undefined || own === "") return null;
  const separator = row.kind === "lines" ? "\n" : ",";
  const texts = row.repeatable ? own.split(separator).map((item) => item.trim()) : [own];
  return { flag: name, texts, origin: name };
}

function fromForeignVariable(row: ValueRow, environment: Environment): GivenValues | null {
  if (row.foreign === null) return null;
  const { name, prefix } = row.foreign;
  const text = environment[name];
  if (text === undefined || text === "") return null;
  return { flag: name, texts: [prefix + text], origin: name };
}

/** The fault as the user wrote it: nobody typed the text that we put before a foreign variable's value. */
function written(
  fault: { readonly text: string; readonly expected: string },
  row: ValueRow,
  origin: GivenValues,
): { readonly text: string; readonly expected: string } {
  const foreign = row.foreign;
  if (foreign === null || origin.flag !== foreign.name || foreign.prefix === "") return fault;
  return { text: fault.text.slice(foreign.prefix.length), expected: foreign.expected };
}

function fromDefault(row: ValueRow): GivenValues {
  const texts = row.default === null ? [] : [row.default];
  return { flag: row.flags[0], texts, origin: "default" };
}
