/**
 * What a configuration file of gunicorn says, from what Python made of it (`gunicorn_config.py`). Names that
 * gunicorn doesn't know are the file's own variables. A setting that isn't ours is no fault as long as it
 * switches nothing on.
 */
import type { ValueRow } from "./definition.ts";
import { refusalOf } from "./gunicorn-flags.ts";
import { gunicornHooks } from "./gunicorn-hooks.ts";
import { gunicornSettings } from "./gunicorn-settings.ts";
import { type SettingsFileFault, type SettingsLayer, placeOf } from "./settings-file.ts";
import { type GivenValues, type SettingKey, rowOf } from "./settings.ts";

/** A file that Python has evaluated. */
export interface EvaluatedConfig {
  /** As it is shown in messages. */
  readonly path: string;
  readonly text: string;
  /** By name: what JSON can hold, or `{unreadable: TYPE}`. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Names of functions that are hooks. */
  readonly hooks: readonly string[];
}

/** What is read of gunicorn's secure_scheme_headers. */
const READ_SCHEME_FIELD = "X-FORWARDED-PROTO";

export interface GunicornLayer extends SettingsLayer {
  /** Sentences for the log: what of the file has no effect. */
  readonly notes: readonly string[];
}

/** Sorts the names of the file. The first fault ends the reading. */
export function readGunicornConfig(config: EvaluatedConfig): GunicornLayer | SettingsFileFault {
  const given = new Map<SettingKey, GivenValues>();
  given.set("config", { flag: "--config", texts: [config.path], origin: config.path });
  const notes: string[] = [];
  let app: GivenValues | null = null;
  for (const [name, value] of Object.entries(config.values)) {
    const setting = gunicornSettings[name];
    // An empty text, as os.getenv gives it for a variable that isn't set, is no value there either.
    if (setting === undefined || value === null || value === "") continue;
    const place = placeOf(config, name);
    const refuse = (why: string): SettingsFileFault => ({
      kind: "file-fault",
      message: `${place}: ${name}: ${why}`,
    });
    if (name === "wsgi_app") {
      app = { flag: `${place}: ${name}`, texts: [textOf(value)], origin: place };
      continue;
    }
    if (name === "umask") {
      const mask = maskOf(value);
      if (mask === null) return refuse("it takes an octal number, such as 0o027.");
      // gunicorn makes its socket with it, and nothing that the application writes.
      const texts = [(0o666 & ~mask).toString(8).padStart(3, "0")];
      given.set("unixSocketMode", { flag: `${place}: ${name}`, texts, origin: place });
      continue;
    }
    if (name === "secure_scheme_headers") {
      const read = schemeFields(value);
      if (!read.isRead) return refuse(refusalOf(setting, "") ?? "");
      if (read.others) notes.push(`${place}: of ${name} only ${READ_SCHEME_FIELD} is read.`);
      continue;
    }
    if (setting.meaning.kind === "gives") {
      const { key, text } = setting.meaning;
      if (!isOff(value))
        given.set(key, { flag: `${place}: ${name}`, texts: [text], origin: place });
      continue;
    }
    if (setting.meaning.kind !== "same") {
      const why = isOff(value) ? null : refusalOf(setting, textOf(value));
      if (why !== null) return refuse(why);
      continue;
    }
    const { key } = setting.meaning;
    const texts = toTexts(rowOf(key), value);
    if (texts === null) return refuse("this value can't be passed on from Python.");
    given.set(key, { flag: `${place}: ${name}`, texts, origin: place });
  }
  for (const name of config.hooks) {
    const meaning = gunicornHooks[name];
    const place = placeOf(config, name);
    if (meaning === undefined || meaning.kind === "runs") continue;
    if (meaning.kind === "refused") {
      return { kind: "file-fault", message: `${place}: ${name}: ${meaning.why}` };
    }
    notes.push(`${place}: ${name} is never called: ${meaning.why}.`);
  }
  return { app, given, sites: [], notes };
}

function toTexts(row: ValueRow, value: unknown): readonly string[] | null {
  if (row.kind === "file-mode" && typeof value === "number") return [`0${value.toString(8)}`];
  if (row.kind === "choice" && typeof value === "boolean")
    return [value ? (row.bare ?? "") : "off"];
  if (row.kind === "switch") {
    const text = String(value).toLowerCase();
    return text === "true" ? ["on"] : text === "false" ? ["off"] : null;
  }
  const values = Array.isArray(value) ? value : [value];
  const texts = values.filter((item) => typeof item === "string" || typeof item === "number");
  if (texts.length !== values.length || (texts.length !== 1 && !row.repeatable)) return null;
  // gunicorn takes several addresses in one text.
  return row.kind === "addresses"
    ? texts.flatMap((text) => String(text).split(","))
    : texts.map(String);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A number, or a text with a number as Python writes it. */
function maskOf(value: unknown): number | null {
  const text = typeof value === "number" ? value.toString(8) : String(value).replace(/^0o?/, "");
  return /^[0-7]{1,3}$/.test(text || "0") ? parseInt(text || "0", 8) : null;
}

function schemeFields(value: unknown): { readonly isRead: boolean; readonly others: boolean } {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  const names = entries.map(([name]) => name.toUpperCase());
  const isRead = entries.some(
    ([name, text]) => name.toUpperCase() === READ_SCHEME_FIELD && text === "https",
  );
  return {
    isRead: isRead || isOff(value),
    others: names.some((name) => name !== READ_SCHEME_FIELD),
  };
}

/** What switches nothing on. */
function isOff(value: unknown): boolean {
  if (String(value).toLowerCase() === "false") return true;
  if (value === false || value === 0 || value === "") return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
