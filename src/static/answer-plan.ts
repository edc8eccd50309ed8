/**
 * How a request for a file that exists is answered: status, head, and which bytes of the file.
 *
 * Order: conditions, then ranges (RFC 9110 §13.2.2, §14.2). A head here is like that of a worker's
 * ANSWER (wire §5.4): status code and reason phrase, then field lines, with Content-Length among them.
 */
import { type ByteRange, readRanges } from "../http/byte-ranges.ts";
import { evaluate, rangeApplies } from "../http/preconditions.ts";
import { statusText } from "../http/status.ts";
import type { Representation } from "./representation.ts";
import type { Wishes } from "./wishes.ts";

/** What is sent behind the head. */
export type PlannedContent =
  | { readonly kind: "none" }
  /** Bytes of the file, the whole of it included. */
  | { readonly kind: "range"; readonly first: number; readonly bytes: number }
  /** Texts and ranges in turn: text, range, text, range, text. */
  | {
      readonly kind: "parts";
      readonly texts: readonly string[];
      readonly ranges: readonly ByteRange[];
    };

export interface AnswerPlan {
  readonly status: number;
  readonly head: string;
  /** Content-Length; 0 where the answer has none. */
  readonly bytes: number;
  readonly content: PlannedContent;
}

const NOTHING: PlannedContent = { kind: "none" };

/**
 * @param method - GET or HEAD; the answer is planned alike, but ranges are for GET (RFC 9110 §14.2).
 * @param boundary - for more than one range: a text that can't be in the file by chance.
 */
export function planAnswer(
  method: string,
  wishes: Wishes,
  file: Representation,
  nowMs: number,
  boundary: string,
): AnswerPlan {
  const verdict = evaluate(wishes, file, nowMs);
  // RFC 9110 §15.4.5: the fields that a cache needs to update what it has.
  if (verdict === "not-modified") return empty(304, file.commonLines);
  if (verdict === "precondition-failed") {
    return empty(412, `Content-Length: 0\r\n${file.commonLines}`);
  }
  const { range, ifRange } = wishes;
  if (range !== null && method === "GET" && rangeApplies(ifRange, file, nowMs)) {
    const ranges = readRanges(range, file.sizeBytes);
    if (ranges === "unsatisfiable") {
      // RFC 9110 §15.5.17: with the length, so that the client can ask better.
      const lines = `Content-Length: 0\r\nContent-Range: bytes */${file.sizeBytes}\r\n`;
      return empty(416, lines + file.commonLines);
    }
    if (ranges !== "whole") return planRanges(ranges, file, boundary);
  }
  const { sizeBytes: bytes } = file;
  return {
    status: 200,
    head: file.wholeHead,
    bytes,
    content: { kind: "range", first: 0, bytes },
  };
}

/** RFC 9110 §15.3.7 */
function planRanges(
  ranges: readonly ByteRange[],
  file: Representation,
  boundary: string,
): AnswerPlan {
  const [range] = ranges;
  if (range === undefined || ranges.length > 1) return planParts(ranges, file, boundary);
  const bytes = range.last - range.first + 1;
  const lines =
    `Content-Type: ${file.mediaType}\r\nContent-Length: ${bytes}\r\n` +
    `Content-Range: ${contentRange(range, file)}\r\n`;
  return {
    status: 206,
    head: `${statusText(206)}\r\n${lines}${file.commonLines}${file.contentLines}`,
    bytes,
    content: { kind: "range", first: range.first, bytes },
  };
}

/** RFC 9110 §14.6: the media type multipart/byteranges. */
function planParts(
  ranges: readonly ByteRange[],
  file: Representation,
  boundary: string,
): AnswerPlan {
  const texts = ranges.map(
    (range, index) =>
      `${index === 0 ? "" : "\r\n"}--${boundary}\r\nContent-Type: ${file.mediaType}\r\n` +
      `Content-Range: ${contentRange(range, file)}\r\n\r\n`,
  );
  texts.push(`\r\n--${boundary}--\r\n`);
  let bytes = 0;
  for (const text of texts) bytes += text.length;
  for (const range of ranges) bytes += range.last - range.first + 1;
  const lines = `Content-Type: multipart/byteranges; boundary=${boundary}\r\nContent-Length: ${bytes}\r\n`;
  return {
    status: 206,
    head: `${statusText(206)}\r\n${lines}${file.commonLines}${file.contentLines}`,
    bytes,
    content: { kind: "parts", texts, ranges },
  };
}

/** RFC 9110 §14.4 */
function contentRange(range: ByteRange, file: Representation): string {
  return `bytes ${range.first}-${range.last}/${file.sizeBytes}`;
}

function empty(status: number, lines: string): AnswerPlan {
  return { status, head: `${statusText(status)}\r\n${lines}`, bytes: 0, content: NOTHING };
}
