/**
 * One HTTP/1.1 request and its answer: collects the body, has the request run, and writes what the
 * worker sends in the framing that HTTP asks for.
 *
 * Body in: collected before the request is run, so that a slow client keeps no worker
 * (collected-body.ts), or handed on as it comes (streamed-body.ts).
 * Body out: small complete answers leave as one string; everything else is passed on in the pieces
 * it comes in. What a slow reader leaves waits in a backlog (answer-backlog.ts). The worker gets
 * credit for what the front's side has taken.
 */
import { latin1Text } from "../base/latin1.ts";
import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";
import { requestExtra, requestFragment, requestSlots } from "../gateway/request-environ.ts";
import type { RequestHead } from "../http/request-head.ts";
import { encodeAnswerHead } from "../http1/answer-text.ts";
import { type ResponseFraming, responseFraming } from "../http1/response-framing.ts";
import { CHUNK_END, LAST_CHUNK, encodeChunkHead } from "../http1/response-head.ts";
import { Job, type JobContent } from "../pool/job.ts";
import { encodeBodyFile } from "../wire/body-file.ts";
import { ANSWER_WINDOW_BYTES, Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import { AnswerBacklog, type BacklogOwner } from "./answer-backlog.ts";
import { type BodyOwner, CollectedBody } from "./collected-body.ts";
import type { Http1Connection } from "./http1-connection.ts";
import { StreamedBody } from "./streamed-body.ts";

/** Up to here copying a body behind its head is cheaper than a second buffer in the write. */
const SMALL_BODY_BYTES = 4 * 1024;
/** Larger buffers are written in views of this size, so that progress can be seen. */
const WRITE_PIECE_BYTES = 256 * 1024;
/** Credit is given in steps of this size. */
const CREDIT_STEP_BYTES = ANSWER_WINDOW_BYTES / 4;

/** Seconds after which a client may try again when the queue is full. */
const RETRY_AFTER = "Retry-After: 1\r\n";

export class Http1Exchange extends Job implements BodyOwner, BacklogOwner {
  readonly #connection: Http1Connection;
  readonly #head: RequestHead;
  readonly #startedAtMs: number;
  #requestId = "";

  // The request's body
  #collected: CollectedBody | null = null;
  #streamed: StreamedBody | null = null;
  #submitted = false;
  #filedBytes = 0;
  /** RFC 9110 §10.1.1: the client waits, and the application has not asked for the body yet. */
  #continueDue = false;

  // The answer
  #status = 0;
  #framing: ResponseFraming = "none";
  #keepAlive = false;
  #contentLength = -1;
  #sentBytes = 0;
  #creditBytes = 0;
  #backlog: AnswerBacklog | null = null;
  /** The worker has ended it. */
  #workerDone = false;

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
      this.#submit(null, false);
      return;
    }
    const connection = this.#connection;
    const { streamsBodies, temporaryFiles, requestBufferBytes } = connection.service;
    if (streamsBodies) {
      this.#continueDue = expectContinue;
      this.#streamed = new StreamedBody(this, connection);
      return;
    }
    const announced = framing === "chunked" ? -1 : contentLength;
    this.#collected = new CollectedBody(this, temporaryFiles, announced, requestBufferBytes);
    if (expectContinue) connection.sendContinue();
  }

  /** A view of the receive buffer: what is kept is copied. */
  addBody(data: Buffer): void {
    if (this.#collected !== null) this.#collected.add(data);
    else this.#streamed?.add(data);
  }

  /** More of the body has to be waited for. A body that was here at once does not need to follow. */
  awaitBody(): void {
    if (this.#streamed !== null && !this.#submitted) this.#submit(null, false);
  }

  endBody(): void {
    if (this.#collected !== null) this.#collected.end();
    else if (this.#streamed !== null) {
      if (this.#submitted) this.#streamed.end();
      else {
        const body = this.#streamed.takeWhole();
        this.#streamed = null;
        this.#submit(body, false);
      }
    }
  }

  bodyCollected(body: Buffer | null): void {
    this.#collected = null;
    this.#submit(body, false);
  }

  bodyFiled(path: string, bytes: number): void {
    this.#filedBytes = bytes;
    this.#submit(encodeBodyFile(bytes, path), true);
  }

  bodyNotKept(error: Error): void {
    this.#connection.service.log.write(
      "error",
      `${this.describe()}: its body can't be kept in a temporary file (--body-temp-dir): ${error.message}`,
    );
    this.#refuse("body-not-kept", "");
  }

  pauseBody(): void {
    this.#connection.pauseReading();
  }

  resumeBody(): void {
    this.#connection.resumeReading();
  }

  #submit(body: Buffer | null, bodyInFile: boolean): void {
    this.#submitted = true;
    const connection = this.#connection;
    const { service, listener } = connection;
    const head = this.#head;
    const bodyFollows = this.#streamed !== null;
    const size = bodyInFile ? this.#filedBytes : (body?.length ?? 0);
    const counted = head.fields.framing === "chunked" && !bodyFollows;
    const extra = requestExtra(head, counted ? size : -1);
    const slots = requestSlots(head, connection.remoteAddress, connection.remotePort);
    const content: JobContent = {
      fragment: requestFragment(head, listener.constants, service.onDroppedField),
      slots: extra === "" ? slots : slots + extra,
      hasExtra: extra !== "",
      body,
      bodyFollows,
      bodyInFile,
    };
    this.content = content;
    if (service.runner.submit(this)) return;
    this.#collected?.release();
    // RFC 9110 §15.6.4: with a hint when to try again.
    this.#refuse("queue-full", RETRY_AFTER);
  }

  override onWant(bytes: number): void {
    if (this.cancelled || this.#streamed === null) return;
    if (this.#continueDue) {
      this.#continueDue = false;
      // Neither for a client that did not wait, nor behind the head of the answer.
      if (this.#streamed.isUntouched && this.#status === 0) this.#connection.sendContinue();
    }
    this.#streamed.want(bytes);
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
    const { socket, service } = this.#connection;
    const chunked = this.#framing === "chunked";
    if (this.#backlog !== null || socket.writableLength > service.responseBufferBytes) {
      this.#hold(frame, chunked);
      return;
    }
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

  /** The reader is slow: what it leaves waits in a backlog. */
  #hold(frame: FrameReader, chunked: boolean): void {
    const { bytes, start, end } = frame;
    const { socket, service } = this.#connection;
    const backlog = (this.#backlog ??= new AnswerBacklog(
      this,
      socket,
      service.temporaryFiles,
      service.responseTempBytes,
    ));
    const size = end - start;
    if (chunked) backlog.add(Buffer.from(encodeChunkHead(size), "latin1"));
    // A small view would keep all memory of the read that it came with.
    const view = bytes.subarray(start, end);
    backlog.add(size <= SMALL_BODY_BYTES ? Buffer.from(view) : view);
    if (chunked) backlog.add(Buffer.from(CHUNK_END, "latin1"));
  }

  /** wire §7.1: credit for what the client, the socket or the backlog has taken. */
  #giveCredit(bytes: number): void {
    this.#creditBytes += bytes;
    if (this.#creditBytes >= CREDIT_STEP_BYTES) this.backlogHasRoom();
  }

  backlogHasRoom(): void {
    if (this.worker === null || this.#creditBytes === 0 || this.#workerDone) return;
    if (this.#backlog !== null && !this.#backlog.hasRoom) return;
    this.worker.grant(this, this.#creditBytes);
    this.#creditBytes = 0;
  }

  /** The socket has taken everything. */
  drained(): void {
    if (this.#backlog !== null) this.#backlog.drained();
    else if (this.#status !== 0) this.backlogHasRoom();
  }

  #finish(): void {
    this.#endWork();
    const connection = this.#connection;
    // The worker counts as well; a difference is ours, and the client must not take it for the end.
    if (this.#framing === "length" && this.#sentBytes !== this.#contentLength) {
      connection.service.log.write("error", `${this.describe()}: the answer's length is wrong`);
      this.#cut();
      return;
    }
    const backlog = this.#backlog;
    if (backlog === null) {
      if (this.#framing === "chunked") connection.socket.write(LAST_CHUNK, "latin1");
      this.backlogSent();
      return;
    }
    // It may take long, and the request's body isn't needed for it.
    this.content = null;
    if (this.#framing === "chunked") backlog.add(Buffer.from(LAST_CHUNK, "latin1"));
    backlog.end();
  }

  /** Everything was given to the socket. */
  backlogSent(): void {
    this.#noteAccess();
    this.#connection.exchangeDone(this.#keepAlive);
  }

  backlogNotKept(error: Error): void {
    this.#connection.service.log.write(
      "warning",
      `${this.describe()}: the rest of the answer can't be kept in a temporary file (--body-temp-dir), the worker waits for the client: ${error.message}`,
    );
  }

  backlogLost(error: Error): void {
    const why = `the temporary file of the answer can't be read: ${error.message}`;
    this.#connection.service.log.write("error", `${this.describe()}: ${why}`);
    this.abandon();
    this.#connection.cut(this.#framing === "close");
  }

  override onAbort(): void {
    this.#endWork();
    this.#end("application-failed");
  }

  override onLost(): void {
    this.#endWork();
    this.#end("worker-lost");
  }

  #end(code: ErrorCode): void {
    if (this.cancelled) return;
    if (this.#status === 0) {
      this.#refuse(code, "");
      return;
    }
    this.#noteAccess();
    this.#cut();
  }

  /** The worker has ended it, or will never see it: nobody opens the file of its body any more. */
  #endWork(): void {
    this.#workerDone = true;
    if (this.#collected !== null) this.#collected.release();
  }

  #cut(): void {
    this.#backlog?.release();
    this.#connection.cut(this.#framing === "close");
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
    if (this.#submitted && !this.#workerDone && !this.cancelled) {
      this.#connection.service.runner.cancel(this);
    }
    if (this.#workerDone) this.#noteAccess();
    this.cancelled = true;
    // A worker that has the request may be about to open the file under its number; another
    // client's file could have the number by then. So it stays until the worker has ended.
    if (!this.#submitted || this.worker === null) this.#collected?.release();
    this.#streamed?.release();
    this.#backlog?.release();
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
