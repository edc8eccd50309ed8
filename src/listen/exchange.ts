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
import { encodedHead, variedHead } from "../http/content-coding.ts";
import { isWithoutContent, type ResponseFraming } from "../http1/response-framing.ts";
import { LAST_CHUNK } from "../http1/response-head.ts";
import type { LossCause } from "../pool/job.ts";
import { ANSWER_WINDOW_BYTES, Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import { AnswerBacklog, type BacklogOwner } from "./answer-backlog.ts";
import { KEPT_BYTES } from "./buffer-memory.ts";
import { type BodyPiece, holdBody, pieceOf, writeBody } from "./answer-body.ts";
import type { AnswerEncoder, EncoderOwner } from "./answer-encoder.ts";
import type { Compression } from "./compression.ts";
import { FileAnswer, type FileAnswerOwner } from "./file-answer.ts";
import { IncomingRequest } from "./incoming-request.ts";
import { isPlainPage, withLength } from "./page-addition.ts";

/** Credit is given in steps of this size. */
const CREDIT_STEP_BYTES = ANSWER_WINDOW_BYTES / 4;

/** Found in the head of a stream of events; the field's name and value in any case. */
const EVENT_STREAM = /\r\nContent-Type:[ \t]*text\/event-stream[; \t\r]/i;

const NOTHING = pieceOf(Buffer.alloc(0));

export abstract class Exchange
  extends IncomingRequest
  implements BacklogOwner, EncoderOwner, FileAnswerOwner
{
  protected framing: ResponseFraming = "none";
  protected keepAlive = false;
  /** Goes behind the answer when that is a plain page; null as a rule. */
  addition: Buffer | null = null;
  #contentLength = -1;
  #creditBytes = 0;
  #backlog: AnswerBacklog | null = null;
  #encoder: AnswerEncoder | null = null;
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

  /**
   * Sends the beginning of an answer, and its end when the flags say LAST.
   * @param contentLength - -1: not known.
   */
  protected abstract sendAnswer(
    status: number,
    head: string,
    contentLength: number,
    flags: number,
    piece: BodyPiece,
  ): void;

  /** What changes answers does it here, one after the other, before anything is sent. */
  override onAnswer(frame: FrameReader): void {
    const { status, contentLength, flags } = frame;
    const head = latin1Text(frame.bytes, frame.headStart, frame.headEnd);
    if (this.addition === null) this.#answer(status, head, contentLength, flags, frame);
    else this.#answerPage(this.addition, status, head, contentLength, flags, frame);
  }

  /** With an addition, if it is a page. */
  #answerPage(
    addition: Buffer,
    status: number,
    head: string,
    contentLength: number,
    flags: number,
    piece: BodyPiece,
  ): void {
    const last = (flags & Flag.last) !== 0;
    const isPage = isPlainPage(status, head) && !isWithoutContent(status);
    // Of a page that is here as a whole the addition is a part; else it comes with the end.
    if (last || !isPage) this.addition = null;
    if (!isPage) {
      this.#answer(status, head, contentLength, flags, piece);
      return;
    }
    const length = contentLength < 0 ? -1 : contentLength + addition.length;
    const longer = length < 0 ? head : withLength(head, length);
    const { bytes, start, end } = piece;
    const whole = last ? pieceOf(Buffer.concat([bytes.subarray(start, end), addition])) : piece;
    this.#answer(status, longer, length, flags, whole);
  }

  /** Encoded, if it is to be. */
  #answer(
    status: number,
    head: string,
    contentLength: number,
    flags: number,
    piece: BodyPiece,
  ): void {
    const { compression } = this.carrier.service;
    if (compression === null) this.sendAnswer(status, head, contentLength, flags, piece);
    else this.#answerEncoded(compression, status, head, contentLength, flags, piece);
  }

  #answerEncoded(
    compression: Compression,
    status: number,
    head: string,
    contentLength: number,
    flags: number,
    piece: BodyPiece,
  ): void {
    const { bytes, start, end } = piece;
    const last = (flags & Flag.last) !== 0;
    const knownBytes = contentLength < 0 && last ? end - start : contentLength;
    const { coding, head: changed } = compression.plan(this.head, status, head, knownBytes);
    if (coding === "") {
      this.sendAnswer(status, changed, contentLength, flags, piece);
      return;
    }
    if (this.head.method === "HEAD") {
      this.sendAnswer(status, encodedHead(head, coding, -1), -1, flags, piece);
      return;
    }
    const encoded = last ? compression.encodeAtOnce(coding, bytes.subarray(start, end)) : null;
    if (encoded !== null && encoded.length < end - start) {
      const size = encoded.length;
      this.sendAnswer(status, encodedHead(head, coding, size), size, flags, pieceOf(encoded));
      return;
    }
    const encoder = encoded === null ? compression.openEncoder(coding, this) : null;
    if (encoder === null) {
      this.sendAnswer(status, variedHead(head), contentLength, flags, piece);
      return;
    }
    this.#encoder = encoder;
    this.sendAnswer(status, encodedHead(head, coding, -1), -1, flags & ~Flag.last, NOTHING);
    encoder.add(piece);
    if (last) this.finish();
  }

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
      if (!last && this.#encoder === null) this.#giveCredit(frame.end - frame.start);
    }
    if (last) this.finish();
  }

  /** More of the body, as it came or as somebody has changed it. */
  protected writeBody(piece: BodyPiece): void {
    if (this.#encoder === null) this.#write(piece);
    else this.#encoder.add(piece);
  }

  #write(piece: BodyPiece): void {
    const size = piece.end - piece.start;
    if (size === 0) return;
    this.sentBytes += size;
    const { socket, service } = this.carrier;
    const chunked = this.framing === "chunked";
    const { bufferMemory, responseBufferBytes } = service;
    if (this.#backlog !== null || !bufferMemory.hasRoomIn(socket, responseBufferBytes, size)) {
      const { temporaryFiles, responseTempBytes } = service;
      this.#backlog ??= new AnswerBacklog(
        this,
        socket,
        temporaryFiles,
        responseTempBytes,
        bufferMemory,
      );
      holdBody(this.#backlog, piece, chunked);
    } else {
      writeBody(socket, piece, chunked);
      if (size > KEPT_BYTES) bufferMemory.wroteTo(socket);
    }
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

  // An answer that is encoded

  encoded(piece: Buffer): void {
    this.#write(pieceOf(piece));
  }

  encoderTook(bytes: number): void {
    this.#giveCredit(bytes);
  }

  encoderEnded(): void {
    this.#complete();
  }

  encoderFailed(error: Error): void {
    this.log("error", `the answer can't be compressed: ${error.message}`);
    this.abandon();
    this.carrier.cut(this.framing === "close");
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
    if (this.addition !== null) this.writeBody(pieceOf(this.addition));
    if (this.#encoder === null) this.#complete();
    else this.#encoder.end();
  }

  /** All of the body was written, or waits. */
  #complete(): void {
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
    this.#encoder?.release();
    this.#backlog?.release();
    this.carrier.cut(this.framing === "close");
  }

  /** wire §7.1: without credit for all that it may send ahead, the worker waits. */
  override progress(): number {
    const pendingBytes = this.#creditBytes + (this.#encoder?.pendingBytes ?? 0);
    const waits = this.#owesReply || pendingBytes >= ANSWER_WINDOW_BYTES || this.awaitsItsClient;
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
    this.#encoder?.release();
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
