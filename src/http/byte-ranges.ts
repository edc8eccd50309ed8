/**
 * The Range field (RFC 9110 §14.1.1, §14.2) for the unit `bytes`.
 *
 *     Range            = "bytes" "=" range-spec *( OWS "," OWS range-spec )
 *     int-range        = first-pos "-" [ last-pos ]
 *     suffix-range     = "-" suffix-length
 *
 * Whoever asks for more than the whole, or for very many pieces, gets the whole (§14.2 lets a server
 * ignore such a field): ranges are no way to make a server send more than it has.
 */

/** First and last byte, both included. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** "whole": the field is ignored, 200. "unsatisfiable": 416. Else at least one range, 206. */
export type RangeReading = "whole" | "unsatisfiable" | readonly ByteRange[];

/** More than any viewer of documents asks for at once. */
export const MAX_RANGES = 32;

const RANGE_SPEC = /^(\d*)-(\d*)$/;

/** @param sizeBytes - of the whole representation. */
export function readRanges(value: string, sizeBytes: number): RangeReading {
  const equals = value.indexOf("=");
  // RFC 9110 §14.1: names of units are compared without regard to case; unknown ones are ignored.
  if (equals < 0 || value.slice(0, equals).toLowerCase() !== "bytes") return "whole";
  const specs = value
    .slice(equals + 1)
    .split(",", MAX_RANGES * 2)
    .map((spec) => spec.trim())
    .filter((spec) => spec !== "");
  if (specs.length === 0 || specs.length > MAX_RANGES) return "whole";
  const ranges: ByteRange[] = [];
  let total = 0;
  for (const spec of specs) {
    const range = readSpec(spec, sizeBytes);
    if (range === "malformed") return "whole";
    if (range === "unsatisfiable") continue;
    ranges.push(range);
    total += range.last - range.first + 1;
  }
  if (ranges.length === 0) return "unsatisfiable";
  // Of nothing there is no range that Content-Range could name.
  return sizeBytes === 0 || total > sizeBytes ? "whole" : ranges;
}

/** RFC 9110 §14.1.2 */
function readSpec(spec: string, sizeBytes: number): ByteRange | "malformed" | "unsatisfiable" {
  const match = RANGE_SPEC.exec(spec);
  const [, firstText = "", lastText = ""] = match ?? [];
  if (match === null || (firstText === "" && lastText === "")) return "malformed";
  if (firstText === "") {
    const length = Number(lastText);
    if (length === 0) return "unsatisfiable";
    return { first: Math.max(0, sizeBytes - length), last: sizeBytes - 1 };
  }
  const first = Number(firstText);
  const last = lastText === "" ? Infinity : Number(lastText);
  if (last < first) return "malformed";
  if (first >= sizeBytes) return "unsatisfiable";
  return { first, last: Math.min(last, sizeBytes - 1) };
}
