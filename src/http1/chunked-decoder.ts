/**
 * The chunked transfer coding (RFC 9112 §7.1), read without mercy.
 *
 *     chunked-body = *chunk last-chunk trailer-section CRLF
 *     chunk        = chunk-size [ chunk-ext ] CRLF chunk-data CRLF
 *     chunk-size   = 1*HEXDIG
 *     last-chunk   = 1*("0") [ chunk-ext ] CRLF
 *     chunk-ext    = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
 *     chunk-ext-val = token / quoted-string
 *
 * Each byte of a chunk-size line moves the state of the line along; extensions are checked,
 * counted and dropped. Trailers are checked by the same rules as field lines and dropped.
 */
import { HEX_VALUE } from "../http/tokens.ts";
import type { BodyDecoder } from "./body-decoders.ts";
import { nextExtensionState } from "./chunk-extension.ts";
import type { ExtensionState } from "./chunk-extension.ts";
import { END_OF_MESSAGE, NEED_DATA } from "./events.ts";
import type { BodyData, EndOfMessage, NeedData } from "./events.ts";
import { peerFault } from "./faults.ts";
import type { PeerFault } from "./faults.ts";
import type { Input } from "./input.ts";
import type { ParserLimits } from "./limits.ts";
import { SectionScanner } from "./section-scanner.ts";

type ChunkState = "size" | "extension" | "size-lf" | "data" | "data-cr" | "data-lf" | "trailers";

/** 13 hex digits are 52 bits, so a size is always an exact number. */
const MAX_SIZE_DIGITS = 13;

const CR = 0x0d;
const LF = 0x0a;

/** Takes the data out of a chunked body. */
export class ChunkedDecoder implements BodyDecoder {
  readonly #limits: ParserLimits;
  #state: ChunkState = "size";
  #extension: ExtensionState = "after-size";
  #size = 0;
  #sizeDigits = 0;
  #lineBytes = 0;
  #extensionBytes = 0;
  #bodyBytes = 0;
  #remainingBytes = 0;
  #trailers: SectionScanner | null = null;

  constructor(limits: ParserLimits) {
    this.#limits = limits;
  }

  next(input: Input): BodyData | EndOfMessage | NeedData | PeerFault {
    while (input.ready()) {
      const step = this.#step(input);
      if (step !== null) return step;
    }
    return NEED_DATA;
  }

  /** The next piece of data, or one byte of framing; null to go on. */
  #step(input: Input): BodyData | EndOfMessage | PeerFault | null {
    switch (this.#state) {
      case "size":
        return this.#sizeByte(input.chunk[input.offset++]!);
      case "extension":
        return this.#extensionByte(input.chunk[input.offset++]!);
      case "size-lf":
        if (input.chunk[input.offset++] !== LF) return peerFault("bare-cr");
        return this.#endSizeLine();
      case "data":
        return this.#takeData(input);
      case "data-cr":
        // RFC 9112 §7.1: exactly CRLF follows the data, else the size was a lie.
        if (input.chunk[input.offset++] !== CR) return peerFault("bad-chunk-end");
        this.#state = "data-lf";
        return null;
      case "data-lf":
        if (input.chunk[input.offset++] !== LF) return peerFault("bad-chunk-end");
        this.#state = "size";
        return null;
      case "trailers":
        return this.#scanTrailers(input);
    }
  }

  #takeData(input: Input): BodyData {
    const data = input.take(this.#remainingBytes);
    this.#remainingBytes -= data.length;
    if (this.#remainingBytes === 0) this.#state = "data-cr";
    return { kind: "data", data };
  }

  #sizeByte(byte: number): PeerFault | null {
    const value = HEX_VALUE[byte]!;
    if (value >= 0) {
      if (++this.#sizeDigits > MAX_SIZE_DIGITS) return peerFault("bad-chunk-size");
      this.#size = this.#size * 16 + value;
      this.#lineBytes++;
      return null;
    }
    if (byte === LF) return peerFault("bare-lf");
    if (this.#sizeDigits === 0) return peerFault("bad-chunk-size");
    if (byte === CR) {
      this.#state = "size-lf";
      return null;
    }
    this.#state = "extension";
    this.#extension = "after-size";
    return this.#extensionByte(byte);
  }

  #extensionByte(byte: number): PeerFault | null {
    if (byte === LF) return peerFault("bare-lf");
    const next = nextExtensionState(this.#extension, byte);
    if (next === "refused") {
      return peerFault(this.#extension === "after-size" ? "bad-chunk-size" : "bad-chunk-extension");
    }
    if (next === "line-end") {
      this.#state = "size-lf";
      return null;
    }
    this.#extension = next;
    if (++this.#lineBytes > this.#limits.maxChunkLineBytes) return peerFault("chunk-line-too-long");
    if (++this.#extensionBytes > this.#limits.maxChunkExtensionBytes) {
      return peerFault("too-many-chunk-extensions");
    }
    return null;
  }

  #endSizeLine(): PeerFault | null {
    const size = this.#size;
    this.#size = 0;
    this.#sizeDigits = 0;
    this.#lineBytes = 0;
    if (size === 0) {
      this.#trailers = new SectionScanner("trailers", this.#limits);
      this.#state = "trailers";
      return null;
    }
    this.#bodyBytes += size;
    // RFC 9110 §15.5.14: told before the data, as soon as the size is known.
    if (this.#bodyBytes > this.#limits.maxBodyBytes) return peerFault("body-too-large");
    this.#remainingBytes = size;
    this.#state = "data";
    return null;
  }

  /** RFC 9112 §7.1.2: reads trailers and drops them; they are never merged into the fields. */
  #scanTrailers(input: Input): EndOfMessage | PeerFault | null {
    const trailers = this.#trailers!;
    input.offset = trailers.scan(input.chunk, input.offset);
    if (trailers.fault !== null) return trailers.fault;
    return trailers.complete ? END_OF_MESSAGE : null;
  }
}
