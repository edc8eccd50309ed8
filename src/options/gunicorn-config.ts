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

export interface GunicornLayer extends SettingsLayer {
  /** Sentences for the log: what of the file has no effect. */
  readonly notes: readonly string[];
}

/** Sorts the names of the file. The first fault ends the reading. */
export function readGunicornConfig(config: EvaluatedConfig): GunicornLayer | SettingsFileFault {
  const given = new Map<SettingKey, GivenValues>();
  given.set("config", { flag: "--config", texts: [config.path], origin: config.path });
  let app: GivenValues | null = null;
  for (const [name, value] of Object.entries(config.values)) {
    const setting = gunicornSettings[name];
    if (setting === undefined || value === null) continue;
    const place = placeOf(config, name);
    const refuse = (why: string): SettingsFileFault => ({
      kind: "file-fault",
      message: `${place}: ${name}: ${why}`,
    });
    if (name === "wsgi_app") {
      app = { flag: `${place}: ${name}`, texts: [textOf(value)], origin: place };
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
  const notes: string[] = [];
  for (const name of config.hooks) {
    const meaning = gunicornHooks[name];
    const place = placeOf(config, name);
    if (meaning === undefined || meaning.kind === "runs") continue;
    if (meaning.kind === "refused") {
      return { kind: "file-fault", message: `${place}: ${name}: ${meaning.why}` };
    }
    notes.push(`${place}: ${name} is never called: ${meaning.why}.`);
  }
  return { app, given, notes };
}

function toTexts(row: ValueRow, value: unknown): readonly string[] | null {
  if (row.kind === "file-mode" && typeof value === "number") return [`0${value.toString(8)}`];
  if (row.kind === "choice" && typeof value === "boolean")
    return [value ? (row.bare ?? "") : "off"];
  if (row.kind === "switch" && typeof value === "boolean") return [value ? "on" : "off"];
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

/** What switches nothing on. */
function isOff(value: unknown): boolean {
  if (value === false || value === 0 || value === "") return true;
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
