/**
 * An exchange that adds a script to a page of the application, for `--reload`. It stands at the end,
 * behind `</html>`, where browsers take it as the last of the body: so nothing is held back, and
 * nothing is looked for in what the application sends. What is no plain page passes as it is.
 */
import { latin1Text } from "../base/latin1.ts";
import type { RequestHead } from "../http/request-head.ts";
import { Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import type { Carrier } from "./carrier.ts";
import { Http1Exchange } from "./http1-exchange.ts";

const HTML = /\r\nContent-Type:[ \t]*text\/html[ \t]*[;\r]/i;
/** Bytes of a script in ASCII would be something else there: compressed, hashed, wide characters. */
const UNFIT =
  /\r\n(?:Content-Encoding|Content-Range|Content-Disposition|Content-MD5|(?:Content-|Repr-)?Digest):|charset="?utf-(?:16|32)/i;
const LENGTH = /(\r\nContent-Length:[ \t]*)\d+(?=[ \t]*\r\n)/i;

export class PageExchange extends Http1Exchange {
  readonly #addition: Buffer;
  #isAdding = false;

  /** @param addition - ASCII. */
  constructor(carrier: Carrier, head: RequestHead, addition: string) {
    super(carrier, head);
    this.#addition = Buffer.from(addition, "latin1");
  }

  override onAnswer(frame: FrameReader): void {
    const { bytes, start, end, flags, status, contentLength } = frame;
    const head = latin1Text(bytes, frame.headStart, frame.headEnd);
    if (status === 206 || !HTML.test(head) || UNFIT.test(head)) {
      super.onAnswer(frame);
      return;
    }
    const length = contentLength < 0 ? -1 : contentLength + this.#addition.length;
    this.beginAnswer(status, length);
    this.#isAdding = this.framing !== "none";
    const isCounted = this.#isAdding && length >= 0;
    this.sendHead(isCounted ? head.replace(LENGTH, `$1${length}`) : head, flags);
    if (this.#isAdding && end > start) this.writeBody(frame);
    if ((flags & Flag.last) !== 0) this.finish();
    else this.continueAnswer(head, end - start);
  }

  protected override finish(): void {
    if (this.#isAdding) {
      const bytes = this.#addition;
      this.writeBody({ bytes, start: 0, end: bytes.length, keep: () => {} });
    }
    super.finish();
  }
}
