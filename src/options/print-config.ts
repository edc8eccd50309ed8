/**
 * The text of `--print-config`: every setting, its value and where it came from. It is itself a
 * settings file, so that it can be saved, changed and given back with `--config`.
 */
import type { ValueRow } from "./definition.ts";
import type { GivenValues, SettingKey } from "./settings.ts";
import { APP_KEY, fileKey } from "./settings-file.ts";

/** A setting with the texts that won. */
export interface OriginatedSetting {
  readonly key: SettingKey;
  readonly row: ValueRow;
  readonly given: GivenValues;
}

/** Lines of TOML, each with its origin as a comment. */
export function renderConfig(
  app: GivenValues | null,
  settings: readonly OriginatedSetting[],
): string {
  const lines = [renderLine(APP_KEY, app === null ? null : quoted(app.texts[0] ?? ""), app)];
  const tables: string[] = [];
  for (const { key, row, given } of settings) {
    const name = fileKey(key, row);
    if (name === null) continue;
    if (row.kind === "assignments") tables.push(...renderTable(name, given));
    else lines.push(renderLine(name, renderValue(row, given.texts), given));
  }
  return `${[...lines, ...tables].join("\n")}\n`;
}

function renderLine(name: string, value: string | null, given: GivenValues | null): string {
  if (value === null || given === null) return `# ${name} is not set`;
  return `${name} = ${value} # ${given.origin}`;
}

function renderTable(name: string, given: GivenValues): string[] {
  if (given.texts.length === 0) return [`# ${name} is not set`];
  const pairs = given.texts.map((text) => {
    const equals = text.indexOf("=");
    return `${quoted(text.slice(0, equals))} = ${quoted(text.slice(equals + 1))}`;
  });
  return ["", `[${name}] # ${given.origin}`, ...pairs];
}

function renderValue(row: ValueRow, texts: readonly string[]): string | null {
  const last = texts.at(-1);
  if (last === undefined) return null;
  if (row.repeatable) return `[${texts.map(quoted).join(", ")}]`;
  if (row.kind === "switch") return last === "on" ? "true" : "false";
  const isNumber = row.kind !== "text" && row.kind !== "choice" && row.kind !== "file-mode";
  return isNumber && /^(?:0|[1-9]\d*)(?:\.\d+)?$/.test(last) ? last : quoted(last);
}

/** A basic string of TOML; JSON escapes all that it has to, but DEL. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("\u007f", "\\u007f");
}
