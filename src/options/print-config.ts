/**
 * The text of `--print-config`: every setting, its value and where it came from. It is itself a
 * settings file, so that it can be saved, changed and given back with `--config`.
 */
import type { ValueRow } from "./definition.ts";
import type { GivenValues, SettingKey } from "./settings.ts";
import { APP_KEY, fileKey } from "./settings-file.ts";
import { rowOf } from "./settings.ts";
import { SITE_KEY, type SiteLayer } from "./site-tables.ts";

/** A setting with the texts that won. */
export interface OriginatedSetting {
  readonly key: SettingKey;
  readonly row: ValueRow;
  readonly given: GivenValues;
}

/** A site with the name that it goes by. */
export type PrintedSite = SiteLayer & { readonly name: string };

/** Lines of TOML, each with its origin as a comment. A site has what its table says. */
export function renderConfig(
  app: GivenValues | null,
  settings: readonly OriginatedSetting[],
  sites: readonly PrintedSite[] = [],
): string {
  const lines = [renderLine(APP_KEY, app === null ? null : quoted(app.texts[0] ?? ""), app)];
  const tables: string[] = [];
  for (const { key, row, given } of settings) {
    const name = fileKey(key, row);
    if (name === null) continue;
    if (row.kind === "assignments") tables.push(...renderTable(name, given));
    else lines.push(renderLine(name, renderValue(row, given.texts), given));
  }
  return `${[...lines, ...tables, ...sites.flatMap(renderSite)].join("\n")}\n`;
}

function renderSite({ place, name, hosts, mount, app, given }: PrintedSite): string[] {
  const lines = ["", `[[${SITE_KEY}]] # ${place}`, `name = ${quoted(name)}`];
  lines.push(`hosts = [${hosts.map(quoted).join(", ")}]`);
  // Kept as bytes; a file holds characters.
  const path = Buffer.from(mount, "latin1").toString("utf8");
  lines.push(`mount = ${quoted(path === "" ? "/" : path)}`);
  if (app !== null) lines.push(renderLine(APP_KEY, quoted(app.texts[0] ?? ""), app));
  const tables: string[] = [];
  for (const [key, values] of given) {
    const row = rowOf(key);
    const fileName = fileKey(key, row);
    if (fileName === null) continue;
    if (row.kind !== "assignments") {
      lines.push(renderLine(fileName, renderValue(row, values.texts), values));
    } else if (values.texts.length > 0) {
      tables.push(...renderTable(`${SITE_KEY}.${fileName}`, values));
    }
  }
  return [...lines, ...tables];
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
