/**
 * One stream of HTTP/2 and the request on it: what a connection of HTTP/1.1 is for its exchange. The
 * stream's window holds the client back while reading pauses.
 */
import { type ServerHttp2Stream, constants } from "node:http2";

import type { ErrorCode } from "../errors/catalogue.ts";
import type { RequestHead } from "../http/request-head.ts";
import { errorText } from "../http1/error-answer.ts";
import { SERVER_LINE } from "../http1/response-head.ts";
import { type AnswerFields, answerFields } from "../http2/answer-fields.ts";
import type { Carrier } from "./carrier.ts";
import { type Admitted, type ExchangeMaker, admit, exchangeFor } from "./dispatch.ts";
import { Http2Exchange } from "./http2-exchange.ts";
import { Http2StaticExchange } from "./http2-static-exchange.ts";
import { tellRefusal } from "./refusal.ts";
import { type ListenerView, type Service, retryAfterLine } from "./service.ts";

const { NGHTTP2_NO_ERROR } = constants;

const STRICT_TRANSPORT = /(?:^|\r\n)Strict-Transport-Security:/i;

/** What streams of one connection share. */
export interface Http2Peer {
  readonly service: Service;
  readonly listener: ListenerView;
  readonly remoteAddress: string;
  readonly remotePort: string;
  readonly isTrusted: boolean;
  readonly environ: string;
}

const MAKER: ExchangeMaker<Http2Carrier, Http2Exchange, Http2StaticExchange> = {
  serving: (stream, head) => new Http2Exchange(stream, head),
  sending: (stream, head, ask) => new Http2StaticExchange(stream, head, ask),
};

export class Http2Carrier implements Carrier {
  readonly socket: ServerHttp2Stream;
  /** Of the site that the request is for, where there are several. */
  service: Service;
  readonly listener: ListenerView;
  readonly remoteAddress: string;
  readonly remotePort: string;
  readonly isTrusted: boolean;
  readonly environ: string;
  /** The end of a request's stream says nothing about who waits for the answer. */
  readonly clientEnded: boolean = false;
  bodyIsComplete: boolean;
  #exchange: Http2Exchange | Http2StaticExchange | null = null;
  /** The rules have not decided yet about its request. */
  #undecided = false;
  #bodyBytes = 0;
  #bodyDueAtMs = 0;
  #pieceDueAtMs = 0;
  #paused = false;
  #waitingBytes = -1;
  #writeDueAtMs = 0;

  constructor(stream: ServerHttp2Stream, peer: Http2Peer, bodyFollows: boolean) {
    this.socket = stream;
    this.service = peer.service;
    this.listener = peer.listener;
    this.remoteAddress = peer.remoteAddress;
    this.remotePort = peer.remotePort;
    this.isTrusted = peer.isTrusted;
    this.environ = peer.environ;
    this.bodyIsComplete = !bodyFollows;
    stream.on("error", () => {}); // The client has reset it; "close" follows.
    stream.on("close", () => this.#closed());
    stream.on("drain", () => this.#exchange?.drained());
  }

  /** Whether a request is being received or answered. */
  get isBusy(): boolean {
    return this.#exchange !== null || this.#undecided;
  }

  begin(head: RequestHead): void {
    const admitted = admit(this, head);
    if (admitted === null) return;
    if (!(admitted instanceof Promise)) {
      this.#start(admitted);
      return;
    }
    this.#undecided = true;
    void admitted.then((admission) => {
      this.#undecided = false;
      if (!this.socket.destroyed) this.#start(admission);
    });
  }

  #start(admitted: Admitted): void {
    const { timeouts } = this.service;
    const exchange = exchangeFor(this, admitted, MAKER);
    this.#exchange = exchange;
    exchange.begin();
    const stream = this.socket;
    if (this.bodyIsComplete) {
      stream.resume();
      exchange.endBody();
      return;
    }
    this.#bodyDueAtMs = performance.now() + timeouts.bodyMs;
    this.#pieceDueAtMs = this.#bodyDueAtMs;
    stream.on("data", (data: Buffer) => this.#receive(data));
    stream.on("end", () => {
      this.bodyIsComplete = true;
      this.#exchange?.endBody();
    });
    exchange.awaitBody();
  }

  #receive(data: Buffer): void {
    this.#bodyBytes += data.length;
    this.#bodyDueAtMs += data.length * this.service.timeouts.bodyByteMs;
    this.#pieceDueAtMs = performance.now() + this.service.timeouts.bodyMs;
    // RFC 9110 §15.5.14: a length that was announced has been looked at before.
    if (this.#bodyBytes > this.service.limits.maxBodyBytes) this.#giveUp("body-too-large");
    else this.#exchange?.addBody(data);
  }

  #giveUp(code: ErrorCode): void {
    const exchange = this.#exchange;
    if (exchange !== null && exchange.abandon()) this.#reset();
    else this.fail(code);
  }

  // From the exchange

  sendInterim(fields: AnswerFields): void {
    if (!this.socket.headersSent && !this.socket.destroyed) this.socket.additionalHeaders(fields);
  }

  /** `text`: field lines, each with its CRLF. `last`: the answer has no content. */
  sendHead(
    status: number,
    text: string,
    hasDate: boolean,
    hasServer: boolean,
    last: boolean,
  ): void {
    const stream = this.socket;
    if (stream.destroyed || stream.headersSent) return;
    const { service, listener } = this;
    let lines = text;
    if (!hasDate) lines += service.dateLine.at(Date.now());
    if (!hasServer) lines += SERVER_LINE;
    // RFC 6797 §7.1: not more than one.
    if (listener.strictTransport !== "" && !STRICT_TRANSPORT.test(text)) {
      lines += listener.strictTransport;
    }
    if (service.addedFields !== null) lines += service.addedFields.missingFrom(text);
    stream.respond(answerFields(status, lines), { endStream: last });
  }

  sendContinue(): void {
    this.sendInterim({ ":status": 100 });
  }

  pauseReading(): void {
    this.#paused = true;
    this.socket.pause();
  }

  resumeReading(): void {
    this.#paused = false;
    this.#pieceDueAtMs = performance.now() + this.service.timeouts.bodyMs;
    this.#bodyDueAtMs = Math.max(this.#bodyDueAtMs, this.#pieceDueAtMs);
    this.socket.resume();
  }

  exchangeDone(): void {
    this.#exchange = null;
    this.#endStream("");
  }

  /** RFC 9113 §8.1: an answer that does not wait for the rest of the request says so by a reset. */
  #endStream(text: string): void {
    const stream = this.socket;
    // Never an empty text: with one behind it, node:http2 (20.20) sends other memory in the place of a
    // text that still waits.
    if (text !== "") stream.write(text, "latin1");
    stream.end(() => {
      if (!this.bodyIsComplete) stream.close(NGHTTP2_NO_ERROR);
    });
  }

  fail(code: ErrorCode, requestId = "", method = ""): void {
    this.#exchange = null;
    const stream = this.socket;
    const status = tellRefusal(this, code, requestId);
    if (stream.headersSent) {
      this.#reset();
      return;
    }
    const page = this.service.errorPages?.render(status, requestId) ?? null;
    const body = page?.text ?? errorText(status, requestId);
    const mediaType = page?.mediaType ?? "text/plain; charset=utf-8";
    const retry = status === 503 ? retryAfterLine(this.service.runner) : "";
    const fields = `Content-Type: ${mediaType}\r\nContent-Length: ${body.length}\r\n`;
    const isHead = method === "HEAD";
    this.sendHead(status, fields + retry, false, false, isHead);
    this.#endStream(isHead ? "" : body);
  }

  /** RFC 9113 §5.4.2: the reset tells that content is missing, whatever was announced. */
  cut(): void {
    this.#exchange = null;
    this.#reset();
  }

  destroy(): void {
    this.#reset();
  }

  /** RST_STREAM at once, with INTERNAL_ERROR. `close` would end the stream in order first. */
  #reset(): void {
    this.socket.destroy(new Error("reset"));
  }

  #closed(): void {
    const exchange = this.#exchange;
    this.#exchange = null;
    if (exchange !== null) exchange.abandon();
  }

  /** @param progressed - the connection's socket has taken something since the last look. */
  checkDeadline(nowMs: number, progressed: boolean): void {
    if (!this.bodyIsComplete && !this.#paused && this.#exchange !== null) {
      if (nowMs >= Math.min(this.#pieceDueAtMs, this.#bodyDueAtMs)) this.#giveUp("body-timeout");
    }
    const waiting = this.socket.writableLength;
    if (waiting === 0) this.#waitingBytes = -1;
    else if (progressed || waiting !== this.#waitingBytes) {
      this.#waitingBytes = waiting;
      this.#writeDueAtMs = nowMs + this.service.timeouts.writeMs;
    } else if (nowMs >= this.#writeDueAtMs) this.#reset();
  }
}
