/**
 * An exchange of HTTP/1.1: the head as text, the framing that HTTP asks for. Small complete answers
 * leave as one string; everything else is passed on in the pieces it comes in.
 */
import { latin1Text } from "../base/latin1.ts";
import { encodeAnswerHead } from "../http1/answer-text.ts";
import { responseFraming } from "../http1/response-framing.ts";
import { EARLY_HINTS_103 } from "../http1/response-head.ts";
import { Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import { type BodyPiece, SMALL_BODY_BYTES } from "./answer-body.ts";
import { Exchange } from "./exchange.ts";

const STRICT_TRANSPORT = /\r\nStrict-Transport-Security:/i;

export class Http1Exchange extends Exchange {
  /** RFC 8297 §2, RFC 9110 §15.2: not before HTTP/1.1, nor behind the head. */
  override onEarlyHints(frame: FrameReader): void {
    if (this.cancelled || this.status !== 0 || this.head.version === 10) return;
    this.signs++;
    const lines = latin1Text(frame.bytes, frame.start, frame.end);
    this.carrier.socket.write(`${EARLY_HINTS_103}${lines}\r\n`, "latin1");
  }

  protected override sendAnswer(
    status: number,
    head: string,
    contentLength: number,
    flags: number,
    piece: BodyPiece,
  ): void {
    const { socket } = this.carrier;
    const { bytes, start, end } = piece;
    const last = (flags & Flag.last) !== 0;
    this.beginAnswer(status, contentLength);
    this.answerHead = head;
    const text = this.#headText(head, flags);
    const size = end - start;
    if (size === 0 || this.framing === "none") socket.write(text, "latin1");
    else if (this.framing !== "chunked" && size <= SMALL_BODY_BYTES) {
      this.sentBytes = size;
      socket.write(text + latin1Text(bytes, start, end), "latin1");
    } else {
      socket.cork();
      socket.write(text, "latin1");
      this.writeBody(piece);
      socket.uncork();
    }
    if (last) this.finish();
    else this.continueAnswer(text, size);
  }

  protected override decideFraming(status: number, contentLength: number): void {
    const { bodyIsComplete, service } = this.carrier;
    const { method, version, keepAlive } = this.head;
    this.framing = responseFraming(method, status, version, contentLength);
    // A body that was not read to its end can't be told from the next request.
    const mayStay = bodyIsComplete && !service.stopping;
    this.keepAlive = keepAlive && this.framing !== "close" && mayStay;
  }

  protected override sendHead(head: string, flags: number): void {
    this.carrier.socket.write(this.#headText(head, flags), "latin1");
  }

  /** What goes before the body. `flags`: of the frame. */
  #headText(head: string, flags: number): string {
    const { service, listener } = this.carrier;
    let lines = (flags & Flag.date) === 0 ? service.dateLine.at(Date.now()) : "";
    // RFC 6797 §7.1: not more than one.
    if (listener.strictTransport !== "" && !STRICT_TRANSPORT.test(head)) {
      lines += listener.strictTransport;
    }
    if (service.addedFields !== null) lines += service.addedFields.missingFrom(head);
    return encodeAnswerHead(
      head,
      lines,
      (flags & Flag.server) !== 0,
      this.head.version,
      this.keepAlive,
      this.framing,
    );
  }
}
