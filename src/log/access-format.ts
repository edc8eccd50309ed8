/**
 * The format of the access log in gunicorn's language: `%(h)s %({host}i)s`. It is compiled once, into
 * one function for each part; a line asks for nothing that the format doesn't name.
 *
 * Unlike gunicorn it escapes control characters and backslashes, too, so that nobody can fake a line or
 * drive a terminal.
 */
import type { AccessEntry } from "../http/access-entry.ts";
import type { FieldBlock } from "../http/request-head.ts";
import { decodePath } from "../gateway/path-info.ts";
import { basicUser, clfTime, escaped, hostName } from "./access-line.ts";

/** Makes a line, with its end. */
export type AccessFormat = (line: AccessEntry, date: Date) => string;

type Atom = (line: AccessEntry, date: Date) => string | number;

/** What nobody knows. */
const NOTHING = "-";

const atoms: Readonly<Record<string, Atom>> = {
  h: (line) => line.remoteAddress || NOTHING,
  l: () => NOTHING,
  u: (line) => escaped(basicUser(line.fields)) || NOTHING,
  t: (_, date) => `[${clfTime(date)}]`,
  r: (line) => `${escaped(line.method)} ${escaped(line.target)} ${protocolOf(line)}`,
  s: (line) => line.status,
  m: (line) => escaped(line.method),
  U: (line) => escaped(decodePath(splitTarget(line)[0])),
  q: (line) => escaped(splitTarget(line)[1]),
  H: protocolOf,
  b: (line) => line.bodyBytes,
  B: (line) => line.bodyBytes,
  f: (line) => escaped(line.referer) || NOTHING,
  a: (line) => escaped(line.userAgent) || NOTHING,
  T: (line) => Math.floor(line.durationMs / 1000),
  M: (line) => Math.floor(line.durationMs),
  D: (line) => Math.floor(line.durationMs * 1000),
  L: (line) => (Math.floor(line.durationMs * 1000) / 1e6).toFixed(6),
  v: hostName,
  p: (line) => `<${line.workerPid || process.pid}>`,
};

/** Entries of environ that the front knows without the application. */
const entries: Readonly<Record<string, Atom>> = {
  request_method: atoms["m"]!,
  raw_uri: (line) => escaped(line.target),
  request_uri: (line) => escaped(line.target),
  path_info: atoms["U"]!,
  query_string: atoms["q"]!,
  server_protocol: protocolOf,
  remote_addr: atoms["h"]!,
  content_type: (line) => fieldOf(line.fields, "content-type"),
  content_length: (line) => fieldOf(line.fields, "content-length"),
};

const PART = /%(?:%|\((?<name>\{[^{}]+\}[ioe]|\w+)\)(?<left>-?)(?<width>\d{0,3})(?<kind>[sd]))/y;

/** The function for a format, or what is wrong with it. */
export function compileAccessFormat(format: string): AccessFormat | { readonly fault: string } {
  const parts: (string | Atom)[] = [];
  let index = 0;
  while (index < format.length) {
    const percent = format.indexOf("%", index);
    if (percent !== index) {
      const end = percent === -1 ? format.length : percent;
      parts.push(format.slice(index, end));
      index = end;
      continue;
    }
    PART.lastIndex = index;
    const match = PART.exec(format);
    if (match === null) {
      const shown = format.slice(index, index + 12);
      return { fault: `"${shown}" is no atom; they look like %(h)s, and %% is a percent sign` };
    }
    index = PART.lastIndex;
    const { name, left, width } = match.groups ?? {};
    if (name === undefined) {
      parts.push("%");
      continue;
    }
    const atom = findAtom(name);
    if (atom === null) return { fault: `there is no atom %(${name})s` };
    parts.push(padded(atom, Number(width), left === "-"));
  }
  return (line, date) => {
    let text = "";
    for (const part of parts) text += typeof part === "string" ? part : part(line, date);
    return `${text}\n`;
  };
}

function findAtom(name: string): Atom | null {
  if (!name.startsWith("{")) return atoms[name] ?? null;
  const wanted = name.slice(1, -2).toLowerCase();
  const kind = name.at(-1);
  if (kind === "i") return (line) => fieldOf(line.fields, wanted);
  if (kind === "o") return (line) => answerFieldOf(line.answerHead, wanted);
  if (wanted.startsWith("http_")) {
    const field = wanted.slice(5).replaceAll("_", "-");
    return (line) => fieldOf(line.fields, field);
  }
  return entries[wanted] ?? null;
}

function padded(atom: Atom, width: number, left: boolean): Atom {
  if (width === 0) return atom;
  return (line, date) => {
    const text = String(atom(line, date));
    return left ? text.padEnd(width) : text.padStart(width);
  };
}

function protocolOf(line: AccessEntry): string {
  return `HTTP/${(line.version / 10).toFixed(1)}`;
}

function splitTarget({ target }: AccessEntry): readonly [string, string] {
  const mark = target.indexOf("?");
  return mark === -1 ? [target, ""] : [target.slice(0, mark), target.slice(mark + 1)];
}

/** Of several lines of one name, the last one counts. */
function fieldOf(fields: FieldBlock | null, lowerName: string): string {
  if (fields === null) return NOTHING;
  const index = fields.lowerNames.lastIndexOf(lowerName);
  return index === -1 ? NOTHING : escaped(fields.values[index] ?? "");
}

/** The head is a status line without its version, and field lines. */
function answerFieldOf(head: string, lowerName: string): string {
  let value = NOTHING;
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    if (line.slice(0, colon).toLowerCase() === lowerName)
      value = escaped(line.slice(colon + 1).trim());
  }
  return value;
}
