/**
 * One HTTP/1.1 request and its answer: collects the body, has the request run, and writes what the
 * worker sends in the framing that HTTP asks for.
 *
 * Body in: collected up to `requestBufferBytes` before the request is run, so that a slow client
 * keeps no worker; a larger one is handed on in pieces as the application reads.
 * Body out: small complete answers leave as one string; everything else is passed on in the pieces
 * it comes in. The worker gets credit for what the client's socket has taken.
 */
import { latin1Text } from "../base/latin1.ts";
import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";
import { requestExtra, requestFragment, requestSlots } from "../gateway/request-environ.ts";
import type { RequestHead } from "../http/request-head.ts";
import { encodeAnswerHead } from "../http1/answer-text.ts";
import { type ResponseFraming, responseFraming } from "../http1/response-framing.ts";
import { CHUNK_END, LAST_CHUNK, encodeChunkHead } from "../http1/response-head.ts";
import { Job, type JobContent } from "../pool/job.ts";
import { ANSWER_WINDOW_BYTES, Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import type { Http1Connection } from "./http1-connection.ts";

/** Up to here copying a body behind its head is cheaper than a second buffer in the write. */
const SMALL_BODY_BYTES = 4 * 1024;
/** Larger buffers are written in views of this size, so that progress can be seen. */
const WRITE_PIECE_BYTES = 256 * 1024;
/** Credit is given in steps of this size. */
const CREDIT_STEP_BYTES = ANSWER_WINDOW_BYTES / 4;
/** Body bytes on their way to a worker, and read ahead of it, before reading pauses. */
const BODY_AHEAD_BYTES = 64 * 1024;

/** Seconds after which a client may try again when the queue is full. */
const RETRY_AFTER = "Retry-After: 1\r\n";

export class Http1Exchange extends Job {
  readonly #connection: Http1Connection;
  readonly #head: RequestHead;
  readonly #startedAtMs: number;
  #requestId = "";

  // The request's body
  #pieces: Buffer[] = [];
  #pieceBytes = 0;
  #following = false;
  #submitted = false;
  #wantedBytes = 0;
  #bodyEnded = false;
  /** RFC 9110 §10.1.1: the client waits, and the application has not asked for the body yet. */
  #continueDue = false;

  // The answer
  #status = 0;
  #framing: ResponseFraming = "none";
  #keepAlive = false;
  #contentLength = -1;
  #sentBytes = 0;
  #creditBytes = 0;

  constructor(connection: Http1Connection, head: RequestHead) {
    super();
    this.#connection = connection;
    this.#head = head;
    this.#startedAtMs = connection.service.access === null ? 0 : performance.now();
  }

  // The request

  /** The head is here. Without a body the request is run at once. */
  begin(): void {
    const { framing, contentLength, expectContinue } = this.#head.fields;
    if (framing === "none" || contentLength === 0) {
      this.#submit(null);
      return;
    }
    if (contentLength > this.#connection.service.requestBufferBytes) {
      this.#continueDue = expectContinue;
      this.#follow();
    } else if (expectContinue) this.#connection.sendContinue();
  }

  /** A view of the receive buffer: what is kept is copied. */
  addBody(data: Buffer): void {
    this.#pieces.push(Buffer.from(data));
    this.#pieceBytes += data.length;
    if (this.#following) this.#sendPieces();
    else if (this.#pieceBytes > this.#connection.service.requestBufferBytes) this.#follow();
  }

  endBody(): void {
    this.#bodyEnded = true;
    if (this.#following) this.#sendPieces();
    else if (!this.#submitted) {
      const { length } = this.#pieces;
      this.#submit(
        length === 1 ? this.#pieces[0]! : length === 0 ? null : Buffer.concat(this.#pieces),
      );
      this.#pieces = [];
    }
  }

  /** The body is too large to be collected. */
  #follow(): void {
    this.#following = true;
    this.#submit(null);
  }

  #submit(body: Buffer | null): void {
    this.#submitted = true;
    const connection = this.#connection;
    const { service, listener } = connection;
    const head = this.#head;
    const chunked = head.fields.framing === "chunked" && !this.#following;
    const extra = requestExtra(head, chunked ? (body?.length ?? 0) : -1);
    const slots = requestSlots(head, connection.remoteAddress, connection.remotePort);
    const content: JobContent = {
      fragment: requestFragment(head, listener.constants, service.onDroppedField),
      slots: extra === "" ? slots : slots + extra,
      hasExtra: extra !== "",
      body,
      bodyFollows: this.#following,
    };
    this.content = content;
    // RFC 9110 §15.6.4: with a hint when to try again.
    if (!service.runner.submit(this)) this.#refuse("queue-full", RETRY_AFTER);
  }

  override onWant(bytes: number): void {
    if (this.cancelled) return;
    if (this.#continueDue) {
      this.#continueDue = false;
      // Neither for a client that did not wait, nor behind the head of the answer.
      const waits = this.#pieceBytes === 0 && !this.#bodyEnded;
      if (waits && this.#status === 0) this.#connection.sendContinue();
    }
    this.#wantedBytes += bytes;
    this.#connection.resumeReading();
    this.#sendPieces();
  }

  /** wire §7.2: no more than was asked for; the client waits while the application reads slowly. */
  #sendPieces(): void {
    const worker = this.worker;
    while (worker !== null && this.#pieces.length > 0 && this.#wantedBytes > 0) {
      let piece = this.#pieces[0]!;
      if (piece.length > this.#wantedBytes) {
        this.#pieces[0] = piece.subarray(this.#wantedBytes);
        piece = piece.subarray(0, this.#wantedBytes);
      } else this.#pieces.shift();
      this.#wantedBytes -= piece.length;
      this.#pieceBytes -= piece.length;
      worker.sendBody(this, piece, this.#bodyEnded && this.#pieces.length === 0);
      if (this.#bodyEnded && this.#pieces.length === 0) return;
    }
    if (worker !== null && this.#bodyEnded && this.#pieces.length === 0) {
      worker.sendBody(this, Buffer.alloc(0), true);
    } else if (this.#pieceBytes > BODY_AHEAD_BYTES) this.#connection.pauseReading();
  }

  // The answer

  override onAnswer(frame: FrameReader): void {
    const connection = this.#connection;
    const { service, socket } = connection;
    const { bytes, start, end, flags } = frame;
    const { method, version, keepAlive } = this.#head;
    const last = (flags & Flag.last) !== 0;
    this.#status = frame.status;
    this.#contentLength = frame.contentLength;
    this.#framing = responseFraming(method, frame.status, version, frame.contentLength);
    // A body that was not read to its end can't be told from the next request.
    this.#keepAlive =
      keepAlive && this.#framing !== "close" && connection.bodyIsComplete && !service.stopping;
    const text = encodeAnswerHead(
      latin1Text(bytes, frame.headStart, frame.headEnd),
      (flags & Flag.date) === 0 ? service.dateLine.at(Date.now()) : "",
      (flags & Flag.server) !== 0,
      version,
      this.#keepAlive,
      this.#framing,
    );
    const size = end - start;
    if (size === 0 || this.#framing === "none") socket.write(text, "latin1");
    else if (this.#framing !== "chunked" && size <= SMALL_BODY_BYTES) {
      this.#sentBytes = size;
      socket.write(text + latin1Text(bytes, start, end), "latin1");
    } else {
      socket.cork();
      socket.write(text, "latin1");
      this.#writeBody(frame);
      socket.uncork();
    }
    if (last) this.#finish();
    else if (this.#framing !== "none") this.#giveCredit(size);
  }

  override onBlock(frame: FrameReader): void {
    if (this.#framing !== "none") {
      this.#writeBody(frame);
      if ((frame.flags & Flag.last) === 0) this.#giveCredit(frame.end - frame.start);
    }
    if ((frame.flags & Flag.last) !== 0) this.#finish();
  }

  #writeBody(frame: FrameReader): void {
    const { bytes, start, end } = frame;
    const size = end - start;
    if (size === 0) return;
    this.#sentBytes += size;
    const { socket } = this.#connection;
    const chunked = this.#framing === "chunked";
    if (size <= SMALL_BODY_BYTES) {
      const text = latin1Text(bytes, start, end);
      socket.write(chunked ? encodeChunkHead(size) + text + CHUNK_END : text, "latin1");
      return;
    }
    if (chunked) {
      socket.cork();
      socket.write(encodeChunkHead(size), "latin1");
    }
    for (let at = start; at < end; at += WRITE_PIECE_BYTES) {
      socket.write(bytes.subarray(at, Math.min(end, at + WRITE_PIECE_BYTES)));
    }
    if (chunked) {
      socket.write(CHUNK_END, "latin1");
      socket.uncork();
    }
  }

  /** wire §7.1: credit for what the client's side has taken, at once or when it drains. */
  #giveCredit(bytes: number): void {
    this.#creditBytes += bytes;
    if (this.#connection.socket.writableNeedDrain) return;
    if (this.#creditBytes >= CREDIT_STEP_BYTES) this.drained();
  }

  /** The socket has taken everything. */
  drained(): void {
    if (this.worker === null || this.#creditBytes === 0 || this.#status === 0) return;
    this.worker.grant(this, this.#creditBytes);
    this.#creditBytes = 0;
  }

  #finish(): void {
    const connection = this.#connection;
    // The worker counts as well; a difference is ours, and the client must not take it for the end.
    if (this.#framing === "length" && this.#sentBytes !== this.#contentLength) {
      connection.service.log.write("error", `${this.describe()}: the answer's length is wrong`);
      connection.cut();
      return;
    }
    if (this.#framing === "chunked") connection.socket.write(LAST_CHUNK, "latin1");
    this.#noteAccess();
    connection.exchangeDone(this.#keepAlive);
  }

  override onAbort(): void {
    this.#end("application-failed");
  }

  override onLost(): void {
    this.#end("worker-lost");
  }

  #end(code: ErrorCode): void {
    if (this.cancelled) return;
    if (this.#status === 0) {
      this.#refuse(code, "");
      return;
    }
    this.#noteAccess();
    this.#connection.cut();
  }

  #refuse(code: ErrorCode, fieldLines: string): void {
    this.#status = errorCatalogue[code].status ?? 500;
    this.#noteAccess();
    this.#connection.fail(code, this.requestId, this.#head.method, fieldLines);
  }

  /**
   * The client has gone, or broke the rules in its body. Nothing of the answer goes out any more.
   * @returns whether the answer had begun.
   */
  abandon(): boolean {
    if (this.#submitted && !this.cancelled) this.#connection.service.runner.cancel(this);
    this.cancelled = true;
    return this.#status !== 0;
  }

  // For the logs

  /** Made when it is first needed; most requests never need one. */
  get requestId(): string {
    if (this.#requestId === "") this.#requestId = this.#connection.service.nextRequestId();
    return this.#requestId;
  }

  override describe(): string {
    const { method, target } = this.#head;
    return `request=${this.requestId} ${method} ${target.slice(0, 200)}`;
  }

  #noteAccess(): void {
    const { access } = this.#connection.service;
    if (access === null) return;
    const { method, target, version, fields } = this.#head;
    access({
      remoteAddress: this.#connection.remoteAddress,
      method,
      target,
      version,
      status: this.#status,
      bodyBytes: this.#sentBytes,
      durationMs: performance.now() - this.#startedAtMs,
      referer: fields.values[fields.lowerNames.indexOf("referer")] ?? "",
      userAgent: fields.values[fields.lowerNames.indexOf("user-agent")] ?? "",
      workerPid: this.worker?.pid ?? 0,
    });
  }
}
