/** The text of `--help`, made from the table. Lines are at most 80 columns wide. */
import { settingGroups, type SettingRow } from "./definition.ts";
import { settingTable } from "./table.ts";

const WIDTH = 80;
const TEXT_COLUMN = 30;

const USAGE = `Usage: wizgy [OPTIONS] APP

Serves a Python WSGI application over HTTP.
"wizgy reload" has a running server load its application anew.
"wizgy dev-cert" makes a certificate for trying out TLS.

APP is one of
  module:callable       an object in a module; dotted attributes may follow
  module                the object application, else app, in that module
  module:factory()      what the factory returns; arguments are literals
  path/to/file.py       the same in a file; :callable may follow
`;

const CLOSING = `
Options may stand before or after APP; -- ends them. Each one that takes a value
can come from the environment too (--log-level is WIZGY_LOG_LEVEL, only --env
has no such variable), or from wizgy.toml (log-level = "info"). The command line
wins, then the environment.
Sizes are bytes; k, m and g are 1024, 1024 k and 1024 m.
`;

/** The whole help text, ending in a line end. */
export function renderHelp(): string {
  const rows: SettingRow[] = Object.values(settingTable);
  const sections = settingGroups.map((group) => {
    const lines = rows.filter((row) => row.group === group).flatMap(renderRow);
    return `\n${group}:\n${lines.join("\n")}\n`;
  });
  return USAGE + sections.join("") + CLOSING;
}

/** The first sentence of a row's paragraph. */
export function summaryOf(row: SettingRow): string {
  const end = row.doc.indexOf(". ");
  return end === -1 ? row.doc : row.doc.slice(0, end + 1);
}

function renderRow(row: SettingRow): string[] {
  const short = row.flags.find((flag) => !flag.startsWith("--"));
  const value = "valueName" in row ? ` ${shownValue(row)}` : "";
  const head = `  ${short === undefined ? "    " : `${short}, `}${row.flags[0]}${value}`;
  const lines = wrap(summaryOf(row) + defaultNote(row), WIDTH - TEXT_COLUMN);
  const indented = lines.map((line) => " ".repeat(TEXT_COLUMN) + line);
  const [first = "", ...rest] = indented;
  if (head.length > TEXT_COLUMN - 2) return [head, ...indented];
  return [head + first.slice(head.length), ...rest];
}

/** In brackets where the flag may stand alone. */
function shownValue(row: SettingRow & { readonly valueName: string }): string {
  return row.kind === "choice" && row.bare !== undefined ? `[${row.valueName}]` : row.valueName;
}

function defaultNote(row: SettingRow): string {
  if (row.kind === "action" || row.kind === "switch" || row.default === null) return "";
  const choices = row.kind === "choice" ? `${row.choices.join(", ")}; ` : "";
  return ` [${choices}default: ${row.default}]`;
}

/** Breaks text at spaces; a word that is longer than the width gets a line of its own. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
