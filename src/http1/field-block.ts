/**
 * Field lines (RFC 9112 §5) and what a request head says with them.
 *
 *     field-line = field-name ":" OWS field-value OWS
 *
 * One pass over the characters of each line: the name by its table, the value by its table, the
 * CRLF. The fields that decide about framing and the connection are picked out in the same loop.
 */
import { isAuthority } from "../http/host.ts";
import type { FieldBlock, RequestFraming, RequestOrigin } from "../http/request-head.ts";
import { FIELD_VALUE_CHAR, TCHAR, isOws, trimOws } from "../http/tokens.ts";
import { peerFault } from "./faults.ts";
import type { PeerFault } from "./faults.ts";
import type { ParserLimits } from "./limits.ts";
import { requestFraming } from "./request-framing.ts";

/** The one implementation of {@link FieldBlock}; a class, so that all blocks have one shape. */
class ParsedFieldBlock implements FieldBlock {
  readonly names: string[] = [];
  readonly values: string[] = [];
  readonly lowerNames: string[] = [];
  framing: RequestFraming = "none";
  contentLength = 0;
  host: string | null = null;
  connectionClose = false;
  connectionKeepAlive = false;
  expectContinue = false;
  readonly version: 10 | 11;
  environ: Uint8Array | null = null;
  origin: RequestOrigin | null = null;

  constructor(version: 10 | 11) {
    this.version = version;
  }
}

/**
 * Finds the colon that ends the field name in `text[start…end)`, or the fault of this name.
 * RFC 9112 §5.1: no white space between name and colon. RFC 9112 §5.2: no folded lines.
 */
export function fieldNameEnd(text: string, start: number, end: number): number | PeerFault {
  let i = start;
  while (i < end && TCHAR[text.charCodeAt(i)] === 1) i++;
  if (i < end && text.charCodeAt(i) === 0x3a && i > start) return i;
  if (i === start && isOws(text.charCodeAt(i))) return peerFault("folded-field-line");
  // A line without any colon is told apart from a line with a bad name, for the log's reader.
  const colon = text.indexOf(":", i);
  return peerFault(colon >= 0 && colon < end ? "bad-field-name" : "bad-field-line");
}

/**
 * Parses `text[start…end)`: complete field lines, each with its CRLF. The text after `end` is the
 * empty line, so that every scan here is stopped by a CR.
 */
export function parseFieldBlock(
  text: string,
  start: number,
  end: number,
  version: 10 | 11,
  limits: ParserLimits,
): FieldBlock | PeerFault {
  const block = new ParsedFieldBlock(version);
  const found: SingleFields = { transferEncoding: null, contentLength: null, contentTypes: 0 };
  let lineStart = start;
  while (lineStart < end) {
    if (block.names.length === limits.maxFields) return peerFault("too-many-fields");
    const nameEnd = fieldNameEnd(text, lineStart, end);
    if (typeof nameEnd !== "number") return nameEnd;
    let lineEnd = nameEnd + 1;
    while (FIELD_VALUE_CHAR[text.charCodeAt(lineEnd)] === 1) lineEnd++;
    if (text.charCodeAt(lineEnd) !== 0x0d) return peerFault("control-character");
    if (text.charCodeAt(lineEnd + 1) !== 0x0a) return peerFault("bare-cr");
    if (lineEnd - lineStart > limits.maxFieldLineBytes) return peerFault("field-line-too-long");

    // RFC 9112 §5: the white space around a value is not part of it.
    let valueStart = nameEnd + 1;
    let valueEnd = lineEnd;
    while (valueStart < valueEnd && isOws(text.charCodeAt(valueStart))) valueStart++;
    while (valueEnd > valueStart && isOws(text.charCodeAt(valueEnd - 1))) valueEnd--;

    const name = text.slice(lineStart, nameEnd);
    const lowerName = name.toLowerCase();
    const value = text.slice(valueStart, valueEnd);
    block.names.push(name);
    block.lowerNames.push(lowerName);
    block.values.push(value);
    const fault = readField(block, found, lowerName, value, text, nameEnd, lineEnd);
    if (fault !== null) return fault;
    lineStart = lineEnd + 2;
  }
  return settle(block, found, limits);
}

interface SingleFields {
  transferEncoding: string | null;
  contentLength: string | null;
  contentTypes: number;
}

/** Picks out the fields that the server itself acts on. `text[colon…lineEnd)` is the value raw. */
function readField(
  block: ParsedFieldBlock,
  found: SingleFields,
  lowerName: string,
  value: string,
  text: string,
  colon: number,
  lineEnd: number,
): PeerFault | null {
  switch (lowerName) {
    case "host":
      // RFC 9112 §3.2: more than one Host line, or a value that is no host, gets 400.
      if (block.host !== null) return peerFault("duplicate-host");
      if (!isAuthority(value)) return peerFault("bad-host");
      block.host = value;
      return null;
    case "content-length":
      // Deviation: RFC 9110 §8.6 lets a server accept equal duplicates; this one does not.
      if (found.contentLength !== null) return peerFault("duplicate-content-length");
      if (holdsTab(text, colon, lineEnd)) return peerFault("bad-content-length");
      found.contentLength = value;
      return null;
    case "transfer-encoding":
      if (found.transferEncoding !== null) return peerFault("duplicate-transfer-encoding");
      if (holdsTab(text, colon, lineEnd)) return peerFault("bad-transfer-encoding");
      found.transferEncoding = value;
      return null;
    case "content-type":
      // RFC 9110 §8.3: a single value; a WSGI environ has room for one only.
      if (found.contentTypes++ > 0) return peerFault("duplicate-content-type");
      return null;
    case "connection":
      readConnectionOptions(block, value);
      return null;
    case "expect":
      // RFC 9110 §10.1.1: ignored from an HTTP/1.0 client; an unknown expectation gets 417.
      if (block.version === 10) return null;
      if (value.toLowerCase() !== "100-continue") return peerFault("expectation-failed");
      block.expectContinue = true;
      return null;
    default:
      return null;
  }
}

/**
 * Deviation: RFC 9110 §5.6.3 makes HTAB white space like SP. Around the values that frame a body it
 * is refused: nobody sends it, and some parsers do not take it for white space there.
 */
function holdsTab(text: string, start: number, end: number): boolean {
  return text.slice(start, end).includes("\t");
}

/** RFC 9110 §7.6.1: Connection = #connection-option, compared without regard to case. */
function readConnectionOptions(block: ParsedFieldBlock, value: string): void {
  const options = value.toLowerCase();
  // One option alone is what nearly all clients send, and needs no list.
  const list = options.includes(",") ? options.split(",") : [options];
  for (const element of list) {
    const option = trimOws(element);
    if (option === "close") block.connectionClose = true;
    else if (option === "keep-alive") block.connectionKeepAlive = true;
  }
}

/** What can only be said when all lines have been seen. */
function settle(
  block: ParsedFieldBlock,
  found: SingleFields,
  limits: ParserLimits,
): FieldBlock | PeerFault {
  // RFC 9112 §3.2: an HTTP/1.1 request without Host gets 400.
  if (block.version === 11 && block.host === null) return peerFault("missing-host");
  const { transferEncoding, contentLength } = found;
  const framing = requestFraming(
    block.version,
    transferEncoding,
    contentLength,
    limits.maxBodyBytes,
  );
  if (framing.kind === "fault") return framing;
  block.framing = framing.framing;
  block.contentLength = framing.contentLength;
  // Without a body to come there is nothing to continue with.
  if (framing.contentLength === 0) block.expectContinue = false;
  return block;
}
