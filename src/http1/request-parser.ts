/**
 * The sans-I/O core of HTTP/1.1 for a server: bytes in, one step at a time out. One object serves
 * one connection and knows no socket, timer or clock.
 *
 * Order of steps: head, then data as it comes, then end, then "paused" until `resume()` asks for
 * the next request; so pipelined requests are served one after the other. A fault is final: the
 * parser drops what it holds, reads nothing more and answers the same fault for ever.
 *
 * Two ways through a head:
 * - The quick way, when the chunk in hand holds the whole head: the chunk is turned into latin-1
 *   text once, the end is searched for with `indexOf`, and all pipelined heads are cut from the
 *   same text. It only ever accepts.
 *   bench/micro/request-parser.ts: a third of the careful way's time.
 * - The careful way (`section-scanner.ts`), for heads that come in pieces and for everything that
 *   the quick way did not accept. It alone lays blame, so that the same bytes get the same answer
 *   for every way of cutting them.
 *
 * What repeats on the connection is remembered by `head-parser.ts`.
 */
import { latin1Text } from "../base/latin1.ts";
import type { RequestHead } from "../http/request-head.ts";
import type { BodyDecoder } from "./body-decoders.ts";
import { LengthDecoder } from "./body-decoders.ts";
import { ChunkedDecoder } from "./chunked-decoder.ts";
import { END_OF_MESSAGE, NEED_DATA, PAUSED } from "./events.ts";
import type { BodyData, EndOfMessage, NeedData, Step } from "./events.ts";
import type { PeerFault } from "./faults.ts";
import { HeadParser } from "./head-parser.ts";
import { Input } from "./input.ts";
import type { ParserLimits } from "./limits.ts";
import { SectionScanner } from "./section-scanner.ts";

export type { RequestHead } from "../http/request-head.ts";
export type { BodyData, EndOfMessage, NeedData, Step } from "./events.ts";
export type { PeerFault } from "./faults.ts";
export type { ParserLimits } from "./limits.ts";

/** Where in a request the connection is. */
export type ParserState = "head" | "body" | "done" | "failed";

/**
 * Most bytes that become text at once. Field values are slices of that text and keep all of it in
 * memory, also on an idle connection; longer heads take the careful way.
 */
const TEXT_WINDOW_BYTES = 8192;

const HEAD_END = "\r\n\r\n";

/** Parses the requests of one connection. */
export class RequestParser {
  readonly #limits: ParserLimits;
  readonly #heads: HeadParser;
  readonly #input: Input = new Input();
  #state: ParserState = "head";
  #fault: PeerFault | null = null;
  /** The decoder of the body that is being read; null when there is none. */
  #decoder: BodyDecoder | null = null;
  #scanner: SectionScanner | null = null;
  /** Latin-1 text of a part of `#textChunk`, which begins at byte `#textStart` of it. */
  #text = "";
  #textStart = 0;
  #textChunk: Buffer | null = null;
  #keepAlive = true;
  /** Of the present request. */
  #headBytes = 0;

  /** @param remember whether what repeats on the connection is reused; it changes no result */
  constructor(limits: ParserLimits, remember = true) {
    this.#limits = limits;
    this.#heads = new HeadParser(limits, remember);
  }

  /**
   * Takes received bytes. They are not copied: the chunk must not change as long as it or a view
   * of it is in use, or until `keep`. After a fault, or after the end of a connection's last request, it drops them.
   */
  receive(chunk: Buffer): void {
    if (this.#state === "failed" || (this.#state === "done" && !this.#keepAlive)) return;
    this.#input.push(chunk);
  }

  /**
   * Copies what is held of the last chunk. For drivers that receive into the same memory again and
   * again: to be called when they have taken all steps that the chunk gives.
   */
  keep(): void {
    this.#input.keep();
  }

  /** The next step. "need-data" and "paused" come again until something changes. */
  next(): Step {
    switch (this.#state) {
      case "head":
        return this.#nextHead();
      case "body":
        return this.#nextBody();
      case "done":
        return PAUSED;
      case "failed":
        return this.#fault!;
    }
  }

  /**
   * Goes on with the next request after "end".
   *
   * RFC 9112 §9.6: a request that ends the connection is the last one. After it, and after a
   * fault, this does nothing.
   */
  resume(): void {
    if (this.#state === "done" && this.#keepAlive) this.#state = "head";
  }

  /** Lets go of what is only kept in case it repeats; changes no result. */
  forget(): void {
    this.#heads.forget();
  }

  get state(): ParserState {
    return this.#state;
  }

  /** Bytes that were received and not given out yet; the driver stops reading when it is high. */
  get bufferedBytes(): number {
    return this.#input.bytes + (this.#scanner?.length ?? 0);
  }

  /** What it keeps of a request that has not come whole and of what lies behind one: bytes, the head included. */
  get heldBytes(): number {
    return this.bufferedBytes + (this.#state === "body" ? this.#headBytes : 0);
  }

  /** Lets go of all bytes: for a connection on which nothing more is read. */
  drop(): void {
    this.#input.clear();
    this.#forgetText();
    this.#scanner = null;
    this.#headBytes = 0;
  }

  /** Whether a head has begun and is not complete: a timeout then deserves a 408. */
  get hasPartialHead(): boolean {
    return this.#state === "head" && this.bufferedBytes > 0;
  }

  #nextBody(): BodyData | EndOfMessage | NeedData | PeerFault {
    const step = this.#decoder === null ? END_OF_MESSAGE : this.#decoder.next(this.#input);
    if (step.kind === "fault") return this.#fail(step);
    if (step.kind === "end") {
      this.#decoder = null;
      this.#state = "done";
      if (!this.#keepAlive) this.#input.clear();
    }
    return step;
  }

  #nextHead(): RequestHead | NeedData | PeerFault {
    const input = this.#input;
    while (input.ready()) {
      const step = this.#scanner === null ? this.#quickHead() : this.#scannedHead(this.#scanner);
      if (step !== null) return step;
    }
    return NEED_DATA;
  }

  /** The quick way; null when the head has to take the careful way. */
  #quickHead(): RequestHead | null {
    const input = this.#input;
    const { chunk, offset } = input;
    let text = this.#text;
    let start = offset - this.#textStart;
    let end = this.#textChunk === chunk ? text.indexOf(HEAD_END, start) : -1;
    if (end < 0) {
      text = latin1Text(chunk, offset, Math.min(chunk.length, offset + TEXT_WINDOW_BYTES));
      start = 0;
      end = text.indexOf(HEAD_END);
      this.#text = text;
      this.#textStart = offset;
      this.#textChunk = chunk;
    }
    const head = end < 0 ? null : this.#heads.parse(text, start, end + HEAD_END.length);
    if (head === null || head.kind === "fault") {
      this.#forgetText();
      this.#scanner = new SectionScanner("head", this.#limits);
      return null;
    }
    this.#headBytes = end + HEAD_END.length - start;
    input.offset = this.#textStart + end + HEAD_END.length;
    // Past a body the text is of little use, and the chunk may be gone before the next head.
    if (input.offset === chunk.length || head.fields.framing !== "none") this.#forgetText();
    return this.#begin(head);
  }

  /** Goes on the careful way; null when it needs the next chunk. */
  #scannedHead(scanner: SectionScanner): RequestHead | PeerFault | null {
    const input = this.#input;
    input.offset = scanner.scan(input.chunk, input.offset);
    if (scanner.fault !== null) return this.#fail(scanner.fault);
    if (!scanner.complete) return null;
    this.#scanner = null;
    this.#headBytes = scanner.length;
    const text = scanner.text();
    const head = this.#heads.parse(text, 0, text.length);
    return head.kind === "fault" ? this.#fail(head) : this.#begin(head);
  }

  #begin(head: RequestHead): RequestHead {
    this.#state = "body";
    this.#keepAlive = head.keepAlive;
    const { framing, contentLength } = head.fields;
    if (framing === "chunked") this.#decoder = new ChunkedDecoder(this.#limits);
    else if (contentLength > 0) this.#decoder = new LengthDecoder(contentLength);
    return head;
  }

  #fail(fault: PeerFault): PeerFault {
    this.#state = "failed";
    this.#fault = fault;
    this.#input.clear();
    this.#forgetText();
    this.#scanner = null;
    this.#decoder = null;
    return fault;
  }

  /** Without this an idle connection would hold the chunk of its last request. */
  #forgetText(): void {
    this.#text = "";
    this.#textStart = 0;
    this.#textChunk = null;
  }
}
