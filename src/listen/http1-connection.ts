/**
 * One HTTP/1.1 connection: bytes to the core, its steps into action. Requests are served one after
 * the other; what a client sends ahead waits in the core.
 *
 *     open -> lingering -> closed
 *     open -> closed
 *     open -> handed-on
 *
 * `lingering`: the last answer is out and our side is closed; what still comes is read and thrown
 * away for a moment, because closing a socket with unread bytes makes the system send a reset that
 * can overtake the answer. Who has said that it sends nothing more is not waited for: such a
 * connection costs the front a third less (bench item `closed`).
 *
 * `handed-on`: the client has begun with HTTP/2, and `http2-connection.ts` has the socket.
 *
 * How long the client may take is in `http1-deadline.ts`, and checked from outside, about once a
 * second: `checkDeadline`.
 */
import type { Socket } from "node:net";

import type { ErrorCode } from "../errors/catalogue.ts";
import { RequestParser } from "../http1/request-parser.ts";
import { CONTINUE_100 } from "../http1/response-head.ts";
import { readIntoShared } from "../sockets/read-buffer.ts";
import { PREFACE_BYTES, matchPreface, prefaceStart } from "../sockets/http2-preface.ts";
import { takenBytes } from "../sockets/write-progress.ts";
import { KEPT_HEAD_BYTES } from "./buffer-memory.ts";
import type { Carrier } from "./carrier.ts";
import { type Admitted, admit, exchangeFor } from "./dispatch.ts";
import type { Admission } from "./gate.ts";
import { Http1Deadline } from "./http1-deadline.ts";
import type { Http1Exchange } from "./http1-exchange.ts";
import type { Http1StaticExchange } from "./http1-static-exchange.ts";
import { HTTP1_EXCHANGES } from "./http1-exchanges.ts";
import type { Peer } from "./peer.ts";
import { sendRedirect } from "./redirect.ts";
import { refusalText, tellRefusal } from "./refusal.ts";
import type { ListenerView, Service } from "./service.ts";
import { tellEvents } from "./socket-events.ts";

/** Pipelined bytes that may wait in the core before reading stops. */
const MAX_AHEAD_BYTES = 64 * 1024;
/** How much a lingering connection still reads. */
const MAX_LINGER_BYTES = 1024 * 1024;

/** A connection that was idle for so long keeps nothing of its last request. */
const FORGET_AFTER_MS = 1_000;

export class Http1Connection implements Carrier {
  /** In the listener's list. */
  place = -1;
  readonly socket: Socket;
  /** Of the site that the last request was for, where there are several. */
  service: Service;
  readonly listener: ListenerView;
  readonly remoteAddress: string;
  readonly remotePort: string;
  readonly isTrusted: boolean;
  readonly environ: string;

  readonly #parser: RequestParser;
  readonly #onClosed: (connection: Http1Connection) => void;
  readonly #onHttp2: (connection: Http1Connection) => void;
  #state: "open" | "lingering" | "closed" | "handed-on" = "open";
  /** How much of the beginning of HTTP/2 has come; -1: it is not looked for. */
  #prefaceBytes: number;
  #exchange: Http1Exchange | Http1StaticExchange | null = null;
  /** Inside `#advance`: the next request then waits for its loop, however deep they are stacked. */
  #advancing = false;
  readonly #deadline: Http1Deadline;
  #readingPaused = false;
  /** The rules have not decided yet about the request whose head is here. */
  #undecided = false;
  #clientEnded = false;
  #lingerBytes = 0;
  /** What the core holds, as it is counted in the memory of all connections. */
  #countedBytes = 0;
  /** The client has sent all that it will: this request says so, and has no content. */
  #isLast = false;
  /** The next request has to wait until the client has taken the answers before it. */
  #heldForReader = false;

  /**
   * @param socket - paused.
   * @param environ - see `Carrier`.
   * @param early - what was read of it before.
   */
  constructor(
    socket: Socket,
    peer: Peer,
    environ: string,
    early: Buffer,
    service: Service,
    listener: ListenerView,
    onClosed: (connection: Http1Connection) => void,
    onHttp2: (connection: Http1Connection) => void,
  ) {
    this.socket = socket;
    this.service = service;
    this.listener = listener;
    this.remoteAddress = peer.remoteAddress;
    this.remotePort = peer.remotePort;
    this.isTrusted = peer.isTrusted;
    this.environ = environ;
    this.#parser = new RequestParser(service.limits);
    this.#prefaceBytes = listener.knowsHttp2 ? 0 : -1;
    this.#onClosed = onClosed;
    this.#onHttp2 = onHttp2;
    this.#deadline = new Http1Deadline(service.timeouts, performance.now());
    tellEvents(socket, this);
    readIntoShared(socket, (chunk) => this.#receive(chunk));
    if (early.length > 0) this.#receive(early);
  }

  // From the client

  #receive(chunk: Buffer): void {
    if (this.#state !== "open") {
      this.#lingerBytes += chunk.length;
      if (this.#lingerBytes > MAX_LINGER_BYTES) this.socket.destroy();
      return;
    }
    if (this.#prefaceBytes >= 0 && this.#isPreface(chunk)) return;
    this.#parser.receive(chunk);
    this.#advance();
    // The next read uses the same memory again.
    if (this.#parser.bufferedBytes > 0) this.#parser.keep();
  }

  /** Whether it is, or may become, the beginning of HTTP/2 (RFC 9113 §3.3); asked of the first bytes. */
  #isPreface(chunk: Buffer): boolean {
    const earlier = this.#prefaceBytes;
    this.#prefaceBytes = matchPreface(earlier, chunk);
    if (this.#prefaceBytes < 0) {
      if (earlier > 0) this.#parser.receive(prefaceStart(earlier));
      return false;
    }
    if (this.#prefaceBytes < PREFACE_BYTES) return true;
    this.#state = "handed-on";
    this.socket.pause();
    this.socket.unshift(Buffer.concat([prefaceStart(earlier), chunk]));
    // The listener may not know this connection yet: what is read before it is made comes first.
    queueMicrotask(() => this.#onHttp2(this));
    return true;
  }

  /** Takes the core's steps as far as they go. */
  #advance(): void {
    this.#advancing = true;
    this.#takeSteps();
    this.#advancing = false;
    if (this.#parser.heldBytes !== this.#countedBytes) this.#countHeld();
  }

  #countHeld(): void {
    const { bufferMemory } = this.service;
    const heldBytes = this.#parser.heldBytes;
    const grows = heldBytes > this.#countedBytes;
    bufferMemory.add(heldBytes - this.#countedBytes);
    this.#countedBytes = heldBytes;
    if (!grows || heldBytes <= KEPT_HEAD_BYTES || this.#state !== "open") return;
    // What was sent ahead is bounded by the requests that may wait.
    if (this.#parser.state !== "done" && bufferMemory.isShort) this.#refuse("memory-full");
  }

  #takeSteps(): void {
    const parser = this.#parser;
    while (this.#state === "open" && !this.#undecided) {
      const step = parser.next();
      switch (step.kind) {
        case "head": {
          this.#deadline.requestBegan();
          // Behind content some old clients send a line end that belongs to nothing (RFC 9112 §2.2).
          this.#isLast = !step.keepAlive && step.fields.framing === "none";
          if (this.listener.redirectPort > 0) {
            if (sendRedirect(this, step)) this.close();
            else this.fail("missing-host", "", step.method);
            return;
          }
          const admitted = admit(this, step);
          if (admitted === null) return;
          if (admitted instanceof Promise) {
            this.#awaitAdmission(admitted);
            return;
          }
          this.#begin(admitted);
          break;
        }
        case "data":
          this.#deadline.bodyCame(step.data.length, this.service.timeouts);
          this.#exchange?.addBody(step.data);
          break;
        case "end":
          this.#deadline.awaitNothing();
          this.#exchange?.endBody();
          break;
        case "need-data":
          this.#waitForClient();
          return;
        case "paused":
          if (parser.bufferedBytes > MAX_AHEAD_BYTES) this.pauseReading();
          return;
        case "fault":
          this.#refuse(step.code);
          return;
      }
    }
  }

  /** A password is looked at. Nothing is read meanwhile, so nothing of the request can get lost. */
  #awaitAdmission(admission: Promise<Admission>): void {
    this.#undecided = true;
    this.pauseReading();
    void admission.then((admitted) => {
      this.#undecided = false;
      if (this.#state !== "open") return;
      this.resumeReading();
      this.#begin(admitted);
      this.#advance();
    });
  }

  #begin(admitted: Admitted): void {
    const exchange = exchangeFor(this, admitted, HTTP1_EXCHANGES);
    this.#exchange = exchange;
    exchange.begin();
  }

  #waitForClient(): void {
    const { timeouts } = this.service;
    const nowMs = performance.now();
    if (this.#parser.state === "body") {
      this.#deadline.awaitBody(timeouts, nowMs);
      this.#exchange?.awaitBody();
    } else if (this.#parser.hasPartialHead) this.#deadline.awaitHead(timeouts, nowMs);
    if (this.#clientEnded) this.#clientStopped();
  }

  /** Whether the client has sent its last byte. */
  get clientEnded(): boolean {
    return this.#clientEnded;
  }

  /** The client has sent its last byte. It may still wait for an answer (RFC 9112 §9.6). */
  ended(): void {
    this.#clientEnded = true;
    this.#exchange?.noteClientEnded();
    if (this.#state === "lingering") this.socket.destroy();
    else if (this.#undecided) return;
    else if (this.#exchange === null || this.#parser.state === "body") this.#clientStopped();
  }

  /** RFC 9112 §8: a request that stops in the middle is never taken for a complete one. */
  #clientStopped(): void {
    if (this.#state !== "open") return;
    if (this.#exchange === null) {
      if (this.#parser.hasPartialHead) this.fail("truncated-head");
      else this.close();
      return;
    }
    if (this.#parser.state === "body") this.socket.destroy();
  }

  #refuse(code: ErrorCode): void {
    const exchange = this.#exchange;
    // Its answer may be under way already; then the connection can only be cut.
    if (exchange !== null && exchange.abandon()) this.socket.destroy();
    else this.fail(code);
  }

  // From the exchange

  /** The body that the client announced is wanted now (RFC 9110 §10.1.1). */
  sendContinue(): void {
    this.socket.write(CONTINUE_100, "latin1");
  }

  /** The answer is complete. */
  exchangeDone(keepAlive: boolean): void {
    this.#exchange = null;
    if (this.#state !== "open") return;
    if (this.#isLast && this.#canCloseAtOnce) {
      this.#state = "closed";
      this.socket.destroy();
      return;
    }
    if (!keepAlive || this.#parser.state !== "done" || this.service.stopping) {
      this.close();
      return;
    }
    const { bufferMemory, responseBufferBytes } = this.service;
    if (!bufferMemory.hasRoomIn(this.socket, responseBufferBytes)) {
      // Who sends requests and takes no answers does not fill the memory.
      this.#heldForReader = true;
      this.#deadline.awaitNothing();
      this.pauseReading();
      return;
    }
    this.#nextRequest();
  }

  /** RFC 9112 §9.6: nothing is unread, and the system has all of the answer. TLS has an end of its own to send. */
  get #canCloseAtOnce(): boolean {
    return (
      this.#parser.bufferedBytes === 0 &&
      this.socket.writableLength === 0 &&
      this.listener.security === null
    );
  }

  #nextRequest(): void {
    if (this.#readingPaused) this.resumeReading();
    this.#deadline.awaitNextRequest(this.service.timeouts, performance.now());
    this.#parser.resume();
    // An answer that is here at once ends its exchange inside the loop.
    if (!this.#advancing) this.#advance();
  }

  /** One error answer, then the end (RFC 9112 §9.6). `method`: of the request, where it is known. */
  fail(code: ErrorCode, requestId = "", method = ""): void {
    if (this.#state !== "open") return;
    this.#exchange = null;
    const status = tellRefusal(this, code, requestId);
    this.socket.write(refusalText(this, status, requestId, method), "latin1");
    this.close();
  }

  /** Nothing more of it is read. */
  #dropHeld(): void {
    this.#parser.drop();
    this.service.bufferMemory.add(-this.#countedBytes);
    this.#countedBytes = 0;
  }

  /** Sends what is written, then closes; reads on for a moment. */
  close(): void {
    if (this.#state !== "open") return;
    this.#state = "lingering";
    this.#deadline.awaitEnd(performance.now());
    if (this.#readingPaused) this.resumeReading();
    this.#dropHeld();
    this.socket.end();
    if (this.#clientEnded) this.socket.destroySoon();
  }

  /**
   * The answer can't be completed: the client must see that (RFC 9112 §8).
   * @param endsByClosing - an orderly end of the connection would look like the end of the content.
   */
  cut(endsByClosing: boolean): void {
    this.#exchange = null;
    if (!endsByClosing) this.close();
    // RFC 8446 §6.1: without an alert the end of TLS is not taken for the end of the content.
    else if (this.listener.security !== null) this.socket.destroy();
    // A Unix socket has no address, and no way to be reset.
    else if (this.listener.isUnix) this.close();
    else this.socket.resetAndDestroy();
  }

  pauseReading(): void {
    this.#readingPaused = true;
    this.socket.pause();
  }

  resumeReading(): void {
    if (this.#readingPaused) {
      this.#deadline.readingResumed(this.service.timeouts, performance.now());
    }
    this.#readingPaused = false;
    this.socket.resume();
  }

  /** Whether the body of the present request has been read to its end. */
  get bodyIsComplete(): boolean {
    return this.#parser.state === "done";
  }

  /** The socket has taken everything. */
  drained(): void {
    this.#exchange?.drained();
    if (!this.#heldForReader) return;
    this.#heldForReader = false;
    if (this.#state === "open") this.#nextRequest();
  }

  /** The socket is closed. */
  closed(): void {
    if (this.#state === "handed-on") return;
    this.#state = "closed";
    this.#dropHeld();
    const exchange = this.#exchange;
    this.#exchange = null;
    if (exchange !== null) exchange.abandon();
    this.#onClosed(this);
  }

  // Time and the end of the server

  /** Acts when a deadline has passed. Called about once a second. */
  checkDeadline(nowMs: number): void {
    const deadline = this.#deadline;
    const taken = this.socket.writableLength > 0 ? takenBytes(this.socket) : -1;
    if (deadline.readerStalls(taken, this.service.timeouts, nowMs)) {
      this.socket.destroy();
      return;
    }
    if (nowMs - this.idleSinceMs > FORGET_AFTER_MS) this.#parser.forget();
    if (!deadline.hasPassed(nowMs)) return;
    // While reading pauses it is the application or the disk that is slow.
    if (deadline.awaited === "body" && this.#readingPaused) return;
    switch (deadline.awaited) {
      case "first-byte":
      case "head":
      case "body":
        // RFC 9110 §15.5.9. Who has sent nothing gets no answer: it may be a reserved connection.
        if (this.#parser.hasPartialHead) this.fail("head-timeout");
        else if (this.#parser.state === "body") this.#refuse("body-timeout");
        else this.socket.destroy();
        return;
      case "next-request":
        this.close();
        return;
      case "end":
        this.socket.destroy();
        return;
      case "nothing":
        return;
    }
  }

  /** While it waits for a request: since when. Infinity while it has something to do. */
  get idleSinceMs(): number {
    return this.#state === "open" ? this.#deadline.idleSinceMs : Infinity;
  }

  /** The server stops: an idle connection goes at once, a busy one after its answer. */
  stop(): void {
    if (this.busyCount === 0 && !this.#parser.hasPartialHead) this.close();
  }

  /** Requests that are being received or answered. */
  get busyCount(): number {
    return this.#exchange === null && !this.#undecided ? 0 : 1;
  }

  destroy(): void {
    this.socket.destroy();
  }
}
