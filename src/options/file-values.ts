/** From the value of a key in a settings file to the texts that would follow the flag on a command line. */
import type { ValueRow } from "./definition.ts";

/** The texts, or what would have been accepted. */
export function toTexts(row: ValueRow, value: unknown): readonly string[] | string {
  if (row.kind === "assignments") return toAssignments(value);
  if (row.kind === "switch") {
    return typeof value === "boolean" ? [value ? "on" : "off"] : "true or false";
  }
  // 0o660 and 660 both come as numbers, and only one of them is what was meant.
  if (row.kind === "file-mode") {
    return typeof value === "string" ? [value] : 'an octal number in quotes, such as "660"';
  }
  if (!row.repeatable) return toText(value) ?? "one number or text";
  return toList(value) ?? "text, or a list of texts";
}

/** One text, or several; numbers count as what they look like. */
export function toList(value: unknown): readonly string[] | null {
  const texts = (Array.isArray(value) ? value : [value]).map((item) => toText(item)?.[0]);
  return texts.every((text) => text !== undefined) ? texts : null;
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
    if (typeof text === "number" || typeof text === "boolean") {
      return `texts: write ${name} = "${text}"`;
    }
    if (typeof text !== "string" || name.includes("=")) return expected;
    texts.push(`${name}=${text}`);
  }
  return texts;
}

export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
