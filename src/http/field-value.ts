/** The value of a field that may stand on several lines. */
import type { FieldBlock } from "./request-head.ts";

/**
 * RFC 9110 §5.3: the values of all lines with this name, joined by a comma; null without one.
 * @param lowerName - the field's name in lower case.
 */
export function fieldValue(fields: FieldBlock, lowerName: string): string | null {
  const { lowerNames, values } = fields;
  let at = lowerNames.indexOf(lowerName);
  if (at < 0) return null;
  let joined = values[at] ?? "";
  for (at = lowerNames.indexOf(lowerName, at + 1); at >= 0;) {
    joined += `, ${values[at] ?? ""}`;
    at = lowerNames.indexOf(lowerName, at + 1);
  }
  return joined;
}
