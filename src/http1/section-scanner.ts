/**
 * The careful way to read a head or a trailer section: byte by byte, line by line, in the order
 * in which the bytes come, however they are cut. It has two uses.
 *
 * 1. Input that is not complete yet. Each byte is looked at once and copied once. A bare LF, a
 *    control character, a broken line or a crossed limit is told at once and not when (or if) the
 *    section ends.
 * 2. Blame. The quick way (see `request-parser.ts`) only ever accepts. What it does not accept
 *    goes through here, so that the same bytes get the same fault for every way of cutting them.
 *
 * What needs the whole head (duplicates, framing, a missing Host) is not decided here.
 */
import { latin1Text } from "../base/latin1.ts";
import { FIELD_VALUE_CHAR } from "../http/tokens.ts";
import { peerFault } from "./faults.ts";
import type { FaultCode, PeerFault } from "./faults.ts";
import { fieldNameEnd } from "./field-block.ts";
import type { ParserLimits } from "./limits.ts";
import { parseRequestLine } from "./request-line.ts";

/** A head begins with a request line; a trailer section consists of field lines alone. */
export type SectionKind = "head" | "trailers";

const FIRST_BYTES = 1024;
const CR = 0x0d;
const LF = 0x0a;

/** Reads one section. A new object is made for each. */
export class SectionScanner {
  readonly #kind: SectionKind;
  readonly #limits: ParserLimits;
  readonly #maxBytes: number;
  readonly #tooLarge: FaultCode;
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;
  #sectionStart = 0;
  #lineStart = 0;
  #fieldCount = 0;
  #inRequestLine: boolean;
  #afterCr = false;
  #complete = false;
  #fault: PeerFault | null = null;

  constructor(kind: SectionKind, limits: ParserLimits) {
    this.#kind = kind;
    this.#limits = limits;
    this.#inRequestLine = kind === "head";
    this.#maxBytes = kind === "head" ? limits.maxHeadBytes : limits.maxTrailerBytes;
    this.#tooLarge = kind === "head" ? "head-too-large" : "trailers-too-large";
  }

  /** Whether the empty line that ends the section has been read. */
  get complete(): boolean {
    return this.#complete;
  }

  /** The first fault of the section; scanning stops there. */
  get fault(): PeerFault | null {
    return this.#fault;
  }

  /** Bytes of the section that have been read, without an empty line before it. */
  get length(): number {
    return this.#length - this.#sectionStart;
  }

  /** The section as latin-1 text, with the empty line at its end. */
  text(): string {
    return latin1Text(this.#bytes, this.#sectionStart, this.#length);
  }

  /** Reads from `chunk[offset…]`; returns the offset after the last byte that it used. */
  scan(chunk: Buffer, offset: number): number {
    let next = offset;
    while (next < chunk.length && !this.#complete && this.#fault === null) {
      this.#add(chunk[next]!);
      next++;
    }
    return next;
  }

  #add(byte: number): void {
    if (this.#length === this.#bytes.length) this.#grow();
    this.#bytes[this.#length++] = byte;
    if (this.length > this.#maxBytes) {
      this.#fail(this.#tooLarge);
    } else if (this.#afterCr) {
      // RFC 9112 §2.2: a CR that no LF follows is not a line end and may not stand anywhere else.
      if (byte !== LF) return this.#fail("bare-cr");
      this.#afterCr = false;
      this.#endLine();
    } else if (byte === CR) {
      this.#afterCr = true;
    } else if (byte === LF) {
      // Deviation: RFC 9112 §2.2 lets a recipient take a single LF for a line end. Peers disagree
      // on it, and requests are smuggled through that disagreement.
      this.#fail("bare-lf");
    } else {
      this.#checkInLine(byte);
    }
  }

  #checkInLine(byte: number): void {
    const lineLength = this.#length - this.#lineStart;
    if (this.#inRequestLine) {
      // RFC 9112 §3: a request line too long for the server gets 414.
      if (lineLength > this.#limits.maxRequestLineBytes) return this.#fail("request-line-too-long");
      if (byte >= 0x7f) return this.#fail(byte === 0x7f ? "control-character" : "bad-target");
      if (byte < 0x20) return this.#fail("control-character");
    } else {
      if (FIELD_VALUE_CHAR[byte] !== 1) return this.#fail("control-character");
      // RFC 6585 §5.
      if (lineLength > this.#limits.maxFieldLineBytes) return this.#fail("field-line-too-long");
      if (lineLength === 1 && ++this.#fieldCount > this.#limits.maxFields) {
        this.#fail("too-many-fields");
      }
    }
  }

  #endLine(): void {
    const lineEnd = this.#length - 2;
    const empty = lineEnd === this.#lineStart;
    if (this.#inRequestLine) {
      if (empty) return this.#skipEmptyLine();
      const line = latin1Text(this.#bytes, this.#lineStart, lineEnd);
      const result = parseRequestLine(line, 0, line.length);
      if (result.kind === "fault") this.#fault = result;
      this.#inRequestLine = false;
    } else if (empty) {
      this.#complete = true;
    } else {
      const line = latin1Text(this.#bytes, this.#lineStart, lineEnd);
      this.#checkFieldLine(line);
    }
    this.#lineStart = this.#length;
  }

  /** RFC 9112 §2.2: at least one empty line before the request line SHOULD be ignored; so one. */
  #skipEmptyLine(): void {
    if (this.#sectionStart > 0) return this.#fail("too-many-empty-lines");
    this.#sectionStart = this.#length;
    this.#lineStart = this.#length;
  }

  #checkFieldLine(line: string): void {
    const nameEnd = fieldNameEnd(line, 0, line.length);
    if (typeof nameEnd !== "number") {
      this.#fault = nameEnd;
    } else if (this.#kind === "trailers" && isForbiddenTrailer(line.slice(0, nameEnd))) {
      this.#fail("forbidden-trailer");
    }
  }

  #grow(): void {
    // One byte too much is stored, too, and the empty line before the section.
    const most = this.#sectionStart + this.#maxBytes + 1;
    const larger = Buffer.allocUnsafe(Math.min(this.#bytes.length * 2, most));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }

  #fail(code: FaultCode): void {
    this.#fault = peerFault(code);
  }
}

/**
 * RFC 9110 §6.5.1: fields about framing, routing, authentication or the content may not come as
 * trailers. They are dropped like all trailers, but who sends them wants them to be believed.
 */
const FORBIDDEN_TRAILERS: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "expect",
  "host",
  "keep-alive",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

function isForbiddenTrailer(name: string): boolean {
  return FORBIDDEN_TRAILERS.has(name.toLowerCase());
}
