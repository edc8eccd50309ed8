/** An exchange of HTTP/2: the head as fields; the end of the stream is the end of the content. */
import { latin1Text } from "../base/latin1.ts";
import type { RequestHead } from "../http/request-head.ts";
import { responseFraming } from "../http1/response-framing.ts";
import { answerFields, fieldLines } from "../http2/answer-fields.ts";
import { Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import type { BodyPiece } from "./answer-body.ts";
import { Exchange } from "./exchange.ts";
import type { Http2Carrier } from "./http2-carrier.ts";

export class Http2Exchange extends Exchange {
  readonly #stream: Http2Carrier;

  constructor(stream: Http2Carrier, head: RequestHead) {
    super(stream, head);
    this.#stream = stream;
  }

  /** RFC 8297 §2, RFC 9113 §8.1: not behind the head. */
  override onEarlyHints(frame: FrameReader): void {
    if (this.cancelled || this.status !== 0) return;
    this.#stream.sendInterim(answerFields(103, latin1Text(frame.bytes, frame.start, frame.end)));
  }

  protected override sendAnswer(
    status: number,
    head: string,
    contentLength: number,
    flags: number,
    piece: BodyPiece,
  ): void {
    const last = (flags & Flag.last) !== 0;
    const size = piece.end - piece.start;
    this.beginAnswer(status, contentLength);
    this.answerHead = head;
    this.sendHead(head, flags);
    if (this.framing !== "none" && size > 0) this.writeBody(piece);
    if (last) this.finish();
    else this.continueAnswer(head, size);
  }

  protected override decideFraming(status: number, contentLength: number): void {
    // Without a length it ends like one of HTTP/1.0: with what carries it, here the stream.
    this.framing = responseFraming(this.head.method, status, 10, contentLength);
    this.keepAlive = true;
  }

  protected override sendHead(head: string, flags: number): void {
    this.#stream.sendHead(
      this.status,
      fieldLines(head),
      (flags & Flag.date) !== 0,
      (flags & Flag.server) !== 0,
      this.framing === "none",
    );
  }
}
