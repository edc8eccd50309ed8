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
import type { LogLevel } from "../base/log.ts";
import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";
import { requestExtra, requestFragment, requestSlots } from "../gateway/request-environ.ts";
import type { RequestHead } from "../http/request-head.ts";
import { encodeAnswerHead } from "../http1/answer-text.ts";
import { type ResponseFraming, responseFraming } from "../http1/response-framing.ts";
import { EARLY_HINTS_103, LAST_CHUNK } from "../http1/response-head.ts";
import { Job, type JobContent, type LossCause } from "../pool/job.ts";
import { encodeBodyFile } from "../wire/body-file.ts";
import { ANSWER_WINDOW_BYTES, Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import { AnswerBacklog, type BacklogOwner } from "./answer-backlog.ts";
import { SMALL_BODY_BYTES, holdBody, writeBody } from "./answer-body.ts";
import { type BodyOwner, CollectedBody } from "./collected-body.ts";
import { FileAnswer, type FileAnswerOwner } from "./file-answer.ts";
import type { Http1Connection } from "./http1-connection.ts";
import { requestEntry } from "./service.ts";
import { StreamedBody } from "./streamed-body.ts";

/** Credit is given in steps of this size. */
const CREDIT_STEP_BYTES = ANSWER_WINDOW_BYTES / 4;

/** Found in the head of a stream of events; the field's name and value in any case. */
const EVENT_STREAM = /\r\nContent-Type:[ \t]*text\/event-stream[; \t\r]/i;

export class Http1Exchange extends Job implements BodyOwner, BacklogOwner, FileAnswerOwner {
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
  #file: FileAnswer | null = null;
  #isEventStream = false;
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
    const where = "in a temporary file (--body-temp-dir)";
    this.#log("error", `its body can't be kept ${where}: ${error.message}`);
    this.#refuse("body-not-kept");
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
    this.clientEnded = connection.clientEnded;
    if (service.runner.submit(this)) return;
    this.#collected?.release();
    this.#refuse("queue-full");
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

  /** RFC 8297 §2, RFC 9110 §15.2: not before HTTP/1.1, nor behind the head. */
  override onEarlyHints(frame: FrameReader): void {
    if (this.cancelled || this.#status !== 0 || this.#head.version === 10) return;
    const lines = latin1Text(frame.bytes, frame.start, frame.end);
    this.#connection.socket.write(`${EARLY_HINTS_103}${lines}\r\n`, "latin1");
  }

  override onAnswer(frame: FrameReader): void {
    const connection = this.#connection;
    const { socket } = connection;
    const { bytes, start, end, flags } = frame;
    const last = (flags & Flag.last) !== 0;
    this.#beginAnswer(frame.status, frame.contentLength);
    const text = this.#headText(latin1Text(bytes, frame.headStart, frame.headEnd), flags);
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
    else {
      if (this.#framing !== "none") this.#giveCredit(size);
      if (this.#framing !== "length") this.#isEventStream = EVENT_STREAM.test(text);
      if (this.#isEventStream && this.clientEnded) connection.destroy();
    }
  }

  #beginAnswer(status: number, contentLength: number): void {
    const { bodyIsComplete, service } = this.#connection;
    const { method, version, keepAlive } = this.#head;
    this.#status = status;
    this.#contentLength = contentLength;
    this.#framing = responseFraming(method, status, version, contentLength);
    // A body that was not read to its end can't be told from the next request.
    const mayStay = bodyIsComplete && !service.stopping;
    this.#keepAlive = keepAlive && this.#framing !== "close" && mayStay;
  }

  /** What goes before the body. `flags`: of the frame. */
  #headText(head: string, flags: number): string {
    return encodeAnswerHead(
      head,
      (flags & Flag.date) === 0 ? this.#connection.service.dateLine.at(Date.now()) : "",
      (flags & Flag.server) !== 0,
      this.#head.version,
      this.#keepAlive,
      this.#framing,
    );
  }

  override onBlock(frame: FrameReader): void {
    if (this.#framing !== "none") {
      this.#writeBody(frame);
      if ((frame.flags & Flag.last) === 0) this.#giveCredit(frame.end - frame.start);
    }
    if ((frame.flags & Flag.last) !== 0) this.#finish();
  }

  #writeBody(frame: FrameReader): void {
    const size = frame.end - frame.start;
    if (size === 0) return;
    this.#sentBytes += size;
    const { socket, service } = this.#connection;
    const chunked = this.#framing === "chunked";
    if (this.#backlog !== null || socket.writableLength > service.responseBufferBytes) {
      const { temporaryFiles, responseTempBytes } = service;
      this.#backlog ??= new AnswerBacklog(this, socket, temporaryFiles, responseTempBytes);
      holdBody(this.#backlog, frame, chunked);
    } else writeBody(socket, frame, chunked);
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

  // An answer in a file

  override onFile(frame: FrameReader): void {
    if (this.cancelled) return; // The worker has been told.
    const { socket, service } = this.#connection;
    this.#file = new FileAnswer(this, socket, frame);
    void this.#file.begin(service.files);
  }

  replyFile(taken: boolean): boolean {
    const replied = this.worker !== null && this.worker.replyFile(this, taken);
    if (taken && replied) this.#endWork();
    return replied;
  }

  fileOpened(status: number, head: string, flags: number, bytes: number): boolean {
    this.#beginAnswer(status, bytes);
    this.#connection.socket.write(this.#headText(head, flags), "latin1");
    return this.#framing !== "none" && bytes > 0;
  }

  fileProgressed(bytes: number): void {
    this.#sentBytes += bytes;
  }

  fileSent(): void {
    this.backlogSent();
  }

  fileCut(why: string): void {
    this.#log("error", why);
    this.#noteAccess();
    this.#cut();
  }

  fileNotOpened(code: "sent-file-missing" | "sent-file-refused", why: string): void {
    this.#log(errorCatalogue[code].level, why);
    this.#refuse(code);
  }

  // The end

  #finish(): void {
    this.#endWork();
    const connection = this.#connection;
    // The worker counts as well; a difference is ours, and the client must not take it for the end.
    if (this.#framing === "length" && this.#sentBytes !== this.#contentLength) {
      this.#log("error", "the answer's length is wrong");
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
    const why = `in a temporary file (--body-temp-dir), the worker waits for the client: ${error.message}`;
    this.#log("warning", `the rest of the answer can't be kept ${why}`);
  }

  backlogLost(error: Error): void {
    this.#log("error", `the temporary file of the answer can't be read: ${error.message}`);
    this.abandon();
    this.#connection.cut(this.#framing === "close");
  }

  override onAbort(): void {
    this.#endWork();
    this.#end("application-failed");
  }

  override onLost(cause: LossCause): void {
    this.#endWork();
    this.#end(cause);
  }

  #end(code: ErrorCode): void {
    if (this.cancelled) return;
    if (this.#status === 0) {
      this.#refuse(code);
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

  #refuse(code: ErrorCode): void {
    this.#status = errorCatalogue[code].status ?? 500;
    this.#noteAccess();
    this.#connection.fail(code, this.requestId, this.#head.method);
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
    this.#file?.release();
    return this.#status !== 0;
  }

  /**
   * The client has sent its last byte. It may wait for its answer, so that goes on; but nobody
   * reads a stream of events that way: its client has gone.
   */
  noteClientEnded(): void {
    this.clientEnded = true;
    if (this.cancelled || this.#workerDone) return;
    if (this.#isEventStream) this.#connection.destroy();
    else this.worker?.noteClientEnded(this);
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

  #log(level: LogLevel, text: string): void {
    this.#connection.service.log.write(level, `${this.describe()}: ${text}`);
  }

  #noteAccess(): void {
    const { access } = this.#connection.service;
    if (access === null) return;
    access({
      ...requestEntry(this.#head),
      remoteAddress: this.#connection.remoteAddress,
      status: this.#status,
      bodyBytes: this.#sentBytes,
      durationMs: performance.now() - this.#startedAtMs,
      workerPid: this.worker?.pid ?? 0,
    });
  }
}
