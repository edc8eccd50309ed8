/**
 * From the text of a setting to its value, one reader for each kind of row.
 *
 * Numbers are digits only: no sign, no exponent, no space, nothing that `Number()` would let
 * through by its own rules. A refusal says what is accepted, in words that end a sentence.
 */
import { parseBindAddress } from "./bind-address.ts";
import type {
  ChoicesRow,
  ChoiceRow,
  CountRow,
  Reading,
  SecondsRow,
  SingleRow,
  SizeRow,
  ValueRow,
} from "./definition.ts";
import { parseLogTarget } from "./log-target.ts";
import { parsePeers } from "./peer-list.ts";

/** The longest time a Node timer can run (2^31 - 1 ms), about 24 days. */
const MAX_TIMER_MS = 2 ** 31 - 1;

const BYTES_BY_SUFFIX: Readonly<Record<string, number>> = {
  "": 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
};

type ValueReading =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly text: string; readonly expected: string };

/**
 * Reads the value of a row from the texts that were given for it, in order. Where only one value
 * has a place the last text counts.
 */
export function readValue(row: ValueRow, texts: readonly string[]): ValueReading {
  const last = texts.at(-1);
  if (row.kind === "lines") return { ok: true, value: texts.filter((text) => text !== "") };
  if (row.kind === "list") return { ok: true, value: splitLists(texts) };
  if (row.kind === "addresses") return readEach(texts, parseBindAddress, (addresses) => addresses);
  if (row.kind === "assignments") return readEach(texts, parseAssignment, Object.fromEntries);
  if (row.kind === "peers") return readWhole(texts, parsePeers);
  if (row.kind === "choices") return readWhole(texts, (words) => parseChoices(row, words));
  if (last === undefined) return { ok: true, value: null };
  const reading = readSingle(row, last);
  return reading.ok ? reading : { ok: false, text: last, expected: reading.expected };
}

function readSingle(row: SingleRow, text: string): Reading<unknown> {
  switch (row.kind) {
    case "count":
      return parseCount(row, text);
    case "count-or-auto":
      return text === "auto" ? { ok: true, value: "auto" } : parseCount(row, text);
    case "worker-count":
      return text === "auto" ? { ok: true, value: "auto" } : parseCountOrRange(row, text);
    case "size":
      return parseSize(row, text);
    case "seconds":
      return parseSeconds(row, text);
    case "choice":
      return parseChoice(row, text);
    case "switch":
      return text === "on" || text === "off" ? accept(text === "on") : refuse("on or off");
    case "log-target":
      return text === "" ? refuse("a path, - or off") : accept(parseLogTarget(text));
    case "file-mode":
      return parseFileMode(text);
    case "text":
      return text === "" ? refuse("text that is not empty") : accept(text);
  }
}

function parseCount(row: CountRow, text: string): Reading<number> {
  const count = /^\d{1,15}$/.test(text) ? Number(text) : -1;
  if (count >= row.min && count <= row.max) return accept(count);
  const range = `a whole number from ${row.min} to ${row.max}`;
  return refuse(row.kind === "count-or-auto" ? `${range}, or auto` : range);
}

/** One number, or `LEAST..MOST`. */
function parseCountOrRange(row: CountRow, text: string): Reading<unknown> {
  const readings = text.split("..").map((end) => parseCount(row, end));
  const [least, most] = readings.map((reading) => (reading.ok ? reading.value : NaN));
  if (readings.length === 1 && least! >= row.min) return accept(least);
  if (readings.length === 2 && least! <= most!) {
    return accept(least === most ? least : { least, most });
  }
  return refuse(`a whole number from ${row.min} to ${row.max}, two such as 2..8, or auto`);
}

function parseSize(row: SizeRow, text: string): Reading<number> {
  const match = /^(\d{1,15})([kmg]?)$/i.exec(text);
  const factor = BYTES_BY_SUFFIX[match?.[2]?.toLowerCase() ?? ""] ?? 1;
  const bytes = match === null ? -1 : Number(match[1]) * factor;
  if (bytes === 0 && row.zeroIsMax === true) return accept(row.max);
  if (bytes >= row.min && bytes <= row.max) return accept(bytes);
  return refuse(`bytes from ${row.min} to ${row.max}, with k, m or g behind for larger units`);
}

function parseSeconds(row: SecondsRow, text: string): Reading<number> {
  const ms = /^\d{1,9}(?:\.\d{1,9})?$/.test(text) ? Math.round(Number(text) * 1000) : -1;
  if (ms >= row.minMs && ms <= MAX_TIMER_MS) return accept(ms);
  return refuse(`seconds from ${row.minMs / 1000} to ${Math.floor(MAX_TIMER_MS / 1000)}`);
}

function parseChoice(row: ChoiceRow, text: string): Reading<string> {
  const word = text.toLowerCase();
  if (row.choices.includes(word)) return accept(word);
  const instead = row.instead?.[word];
  const why = instead === undefined ? "" : `: ${instead}`;
  return refuse(`${row.choices.slice(0, -1).join(", ")} or ${row.choices.at(-1)}${why}`);
}

/**
 * Octal, as chmod and umask take it. Other servers read a number without a zero in front as decimal;
 * what could be meant that way is refused.
 */
function parseFileMode(text: string): Reading<number> {
  if (!/^(?:0|0o[0-7]{1,3}|0[0-7]{1,3}|[0-7]{3})$/.test(text)) {
    return refuse("an octal number of three digits, such as 660 or 027");
  }
  return accept(parseInt(text.replace("o", ""), 8));
}

function parseAssignment(text: string): Reading<readonly [string, string]> {
  const equals = text.indexOf("=");
  if (equals < 1) return refuse("NAME=VALUE");
  return accept([text.slice(0, equals), text.slice(equals + 1)] as const);
}

function splitLists(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.split(",")).filter((item) => item !== "");
}

/** Reads all texts as one list, of which each word may stand in any of them. */
function readWhole(
  texts: readonly string[],
  parse: (words: readonly string[]) => Reading<unknown>,
): ValueReading {
  const words = texts.flatMap((text) => text.split(",")).map((word) => word.trim());
  const reading = parse(words);
  return reading.ok ? reading : { ok: false, text: texts.join(), expected: reading.expected };
}

function parseChoices(row: ChoicesRow, words: readonly string[]): Reading<readonly string[]> {
  const lower = words.map((word) => word.toLowerCase());
  if (lower.length === 1 && lower[0] === "none") return accept([]);
  if (lower.every((word) => row.choices.includes(word))) return accept([...new Set(lower)]);
  return refuse(`words out of ${row.choices.join(", ")}, with commas between, or none`);
}

function readEach<Item>(
  texts: readonly string[],
  parse: (text: string) => Reading<Item>,
  join: (items: readonly Item[]) => unknown,
): ValueReading {
  const items: Item[] = [];
  for (const text of texts) {
    const reading = parse(text);
    if (!reading.ok) return { ok: false, text, expected: reading.expected };
    items.push(reading.value);
  }
  return { ok: true, value: join(items) };
}

function accept<Value>(value: Value): Reading<Value> {
  return { ok: true, value };
}

function refuse(expected: string): Reading<never> {
  return { ok: false, expected };
}
