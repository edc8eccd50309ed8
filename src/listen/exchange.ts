/**
 * One request and its answer, as far as it is the same for every version of HTTP: has the request
 * run, passes on what the worker sends, and gives the worker credit for what the front's side has
 * taken.
 *
 * What a slow reader leaves waits in a backlog (answer-backlog.ts). How a head, a piece of a body and
 * its end look is for `http1-exchange.ts` and its like.
 */
import { latin1Text } from "../base/latin1.ts";
import { errorCatalogue, type ErrorCode } from "../errors/catalogue.ts";
import type { ResponseFraming } from "../http1/response-framing.ts";
import { LAST_CHUNK } from "../http1/response-head.ts";
import type { LossCause } from "../pool/job.ts";
import { ANSWER_WINDOW_BYTES, Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import { AnswerBacklog, type BacklogOwner } from "./answer-backlog.ts";
import { type BodyPiece, holdBody, writeBody } from "./answer-body.ts";
import { FileAnswer, type FileAnswerOwner } from "./file-answer.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { isPlainPage, withLength } from "./page-addition.ts";

/** Credit is given in steps of this size. */
const CREDIT_STEP_BYTES = ANSWER_WINDOW_BYTES / 4;

/** Found in the head of a stream of events; the field's name and value in any case. */
const EVENT_STREAM = /\r\nContent-Type:[ \t]*text\/event-stream[; \t\r]/i;

export abstract class Exchange extends IncomingRequest implements BacklogOwner, FileAnswerOwner {
  protected framing: ResponseFraming = "none";
  protected keepAlive = false;
  /** Goes behind the answer when that is a plain page; null as a rule. */
  addition: Buffer | null = null;
  #contentLength = -1;
  #creditBytes = 0;
  #backlog: AnswerBacklog | null = null;
  #file: FileAnswer | null = null;
  /** The worker waits to be told whether the front sends its file. */
  #owesReply = false;
  #isEventStream = false;
  #corked = false;

  /** Decides `framing` and `keepAlive`. */
  protected abstract decideFraming(status: number, contentLength: number): void;

  /**
   * Sends the head.
   * @param head - status code, reason phrase and field lines, each line with its CRLF.
   * @param flags - of the frame.
   */
  protected abstract sendHead(head: string, flags: number): void;

  protected beginAnswer(status: number, contentLength: number): void {
    this.status = status;
    this.#contentLength = contentLength;
    this.decideFraming(status, contentLength);
  }

  /** Behind the head and the first `size` bytes of an answer of which more is to come. */
  protected continueAnswer(head: string, size: number): void {
    if (this.framing !== "none") this.#giveCredit(size);
    if (this.framing !== "length") this.#isEventStream = EVENT_STREAM.test(head);
    if (this.#isEventStream && this.clientEnded) this.carrier.destroy();
  }

  /**
   * Begins an answer that is added to.
   * @returns whether it is one; if not, it goes the usual way.
   */
  protected beginPage(frame: FrameReader, addition: Buffer): boolean {
    const { bytes, start, end, flags, status, contentLength } = frame;
    const head = latin1Text(bytes, frame.headStart, frame.headEnd);
    const isPage = isPlainPage(status, head);
    if (isPage) {
      const length = contentLength < 0 ? -1 : contentLength + addition.length;
      this.beginAnswer(status, length);
      this.answerHead = length < 0 || this.framing === "none" ? head : withLength(head, length);
      this.sendHead(this.answerHead, flags);
    }
    if (!isPage || this.framing === "none") this.addition = null;
    if (!isPage) return false;
    if (this.framing !== "none" && end > start) this.writeBody(frame);
    if ((flags & Flag.last) !== 0) this.finish();
    else this.continueAnswer(head, end - start);
    return true;
  }

  override onBlock(frame: FrameReader): void {
    const last = (frame.flags & Flag.last) !== 0;
    // Small blocks that came together leave together: one system call instead of one for each.
    const more = frame.continues();
    if (!this.#corked && (more || (last && this.framing === "chunked"))) {
      this.#corked = true;
      this.carrier.socket.cork();
    }
    this.#takeBlock(frame, last);
    if (!more && this.#corked) {
      this.#corked = false;
      this.carrier.socket.uncork();
    }
  }

  #takeBlock(frame: FrameReader, last: boolean): void {
    if (this.framing !== "none") {
      this.writeBody(frame);
      if (!last) this.#giveCredit(frame.end - frame.start);
    }
    if (last) this.finish();
  }

  protected writeBody(frame: BodyPiece): void {
    const size = frame.end - frame.start;
    if (size === 0) return;
    this.sentBytes += size;
    const { socket, service } = this.carrier;
    const chunked = this.framing === "chunked";
    const { bufferMemory, responseBufferBytes } = service;
    if (this.#backlog !== null || !bufferMemory.hasRoomIn(socket, responseBufferBytes)) {
      const { temporaryFiles, responseTempBytes } = service;
      this.#backlog ??= new AnswerBacklog(
        this,
        socket,
        temporaryFiles,
        responseTempBytes,
        bufferMemory,
      );
      holdBody(this.#backlog, frame, chunked);
    } else writeBody(socket, frame, chunked);
  }

  /** wire §7.1: credit for what the client, the socket or the backlog has taken. */
  #giveCredit(bytes: number): void {
    this.#creditBytes += bytes;
    if (this.#creditBytes >= CREDIT_STEP_BYTES) this.backlogHasRoom();
  }

  backlogHasRoom(): void {
    if (this.worker === null || this.#creditBytes === 0 || this.workerDone) return;
    if (this.#backlog !== null && !this.#backlog.hasRoom) return;
    this.worker.grant(this, this.#creditBytes);
    this.#creditBytes = 0;
  }

  /** The socket has taken everything. */
  drained(): void {
    if (this.#backlog !== null) this.#backlog.drained();
    else if (this.status !== 0) this.backlogHasRoom();
  }

  // An answer in a file

  override onFile(frame: FrameReader): void {
    if (this.cancelled) return; // The worker has been told.
    const { socket, service } = this.carrier;
    this.#owesReply = true;
    this.#file = new FileAnswer(this, socket, frame);
    void this.#file.begin(service.files);
  }

  replyFile(taken: boolean): boolean {
    this.#owesReply = false;
    const replied = this.worker !== null && this.worker.replyFile(this, taken);
    if (taken && replied) this.endedByWorker();
    return replied;
  }

  fileOpened(status: number, head: string, flags: number, bytes: number): boolean {
    this.beginAnswer(status, bytes);
    this.answerHead = head;
    this.sendHead(head, flags);
    return this.framing !== "none" && bytes > 0;
  }

  fileProgressed(bytes: number): void {
    this.sentBytes += bytes;
  }

  fileSent(): void {
    this.backlogSent();
  }

  fileCut(why: string): void {
    this.log("error", why);
    this.noteAccess();
    this.#cut();
  }

  fileNotOpened(code: "sent-file-missing" | "sent-file-refused", why: string): void {
    this.log(errorCatalogue[code].level, why);
    this.refuse(code);
  }

  // The end

  protected finish(): void {
    this.endedByWorker();
    const { addition } = this;
    if (addition !== null) {
      this.writeBody({ bytes: addition, start: 0, end: addition.length, keep: () => {} });
    }
    const carrier = this.carrier;
    // The worker counts as well; a difference is ours, and the client must not take it for the end.
    if (this.framing === "length" && this.sentBytes !== this.#contentLength) {
      this.log("error", "the answer's length is wrong");
      this.#cut();
      return;
    }
    const backlog = this.#backlog;
    if (backlog === null) {
      if (this.framing === "chunked") carrier.socket.write(LAST_CHUNK, "latin1");
      this.backlogSent();
      return;
    }
    // It may take long, and the request's body isn't needed for it.
    this.content = null;
    if (this.framing === "chunked") backlog.add(Buffer.from(LAST_CHUNK, "latin1"));
    backlog.end();
  }

  /** Everything was given to the socket. */
  backlogSent(): void {
    this.noteAccess();
    this.carrier.exchangeDone(this.keepAlive);
  }

  backlogNotKept(error: Error): void {
    const why = `in a temporary file (--body-temp-dir), the worker waits for the client: ${error.message}`;
    this.log("warning", `the rest of the answer can't be kept ${why}`);
  }

  backlogLost(error: Error): void {
    this.log("error", `the temporary file of the answer can't be read: ${error.message}`);
    this.abandon();
    this.carrier.cut(this.framing === "close");
  }

  override onAbort(): void {
    this.endedByWorker();
    this.#end("application-failed");
  }

  override onLost(cause: LossCause): void {
    this.endWork();
    this.#end(cause);
  }

  #end(code: ErrorCode): void {
    if (this.cancelled) return;
    if (this.status === 0) {
      this.refuse(code);
      return;
    }
    this.noteAccess();
    this.#cut();
  }

  #cut(): void {
    this.#backlog?.release();
    this.carrier.cut(this.framing === "close");
  }

  /** wire §7.1: without credit for all that it may send ahead, the worker waits. */
  override progress(): number {
    const waits =
      this.#owesReply || this.#creditBytes >= ANSWER_WINDOW_BYTES || this.awaitsItsClient;
    return waits && !this.cancelled ? -1 : this.status + this.sentBytes + this.signs;
  }

  override onTimeout(): void {
    if (this.cancelled) return;
    this.cancelled = true;
    if (this.abandon()) {
      this.noteAccess();
      this.#cut();
    } else this.refuse("application-timeout");
  }

  override abandon(): boolean {
    const begun = super.abandon();
    this.#backlog?.release();
    this.#file?.release();
    return begun;
  }

  /**
   * The client has sent its last byte. It may wait for its answer, so that goes on; but nobody
   * reads a stream of events that way: its client has gone.
   */
  noteClientEnded(): void {
    this.clientEnded = true;
    if (this.cancelled || this.workerDone) return;
    if (this.#isEventStream) this.carrier.destroy();
    else this.worker?.noteClientEnded(this);
  }
}
