/**
 * An exchange of HTTP/1.1 that no worker sees: a file in a folder answers it, or the lack of one, or
 * the rules for requests.
 *
 * A request without content, as nearly all are, is answered when its end has been seen, so that the
 * connection can stay. One with content is answered at once and its content is not read: nothing
 * here has a use for it, and the connection ends (RFC 9110 §10.1.1 lets a final answer come in the
 * place of 100).
 */
import { encodeFields } from "../gateway/request-fields.ts";
import type { RequestHead } from "../http/request-head.ts";
import { encodeAnswerHead } from "../http1/answer-text.ts";
import { type ResponseFraming, responseFraming } from "../http1/response-framing.ts";
import type { Carrier } from "./carrier.ts";
import type { SendableFile } from "./file-source.ts";
import { requestEntry } from "./service.ts";
import { withErrorPage } from "./refusal.ts";
import type { StaticAnswer } from "./static-source.ts";

/** `nowMs`: since the Unix epoch. */
export type AskAnswer = (nowMs: number) => StaticAnswer | Promise<StaticAnswer>;

export class Http1StaticExchange {
  protected readonly carrier: Carrier;
  protected readonly head: RequestHead;
  readonly #ask: AskAnswer;
  readonly #startedAtMs: number;
  #status = 0;
  #sentBytes = 0;
  protected keepAlive = false;
  #file: SendableFile | null = null;
  #answered = false;
  #over = false;

  /** @param ask - for the answer, when it is time to send it. Never rejects. */
  constructor(carrier: Carrier, head: RequestHead, ask: AskAnswer) {
    this.carrier = carrier;
    this.head = head;
    this.#ask = ask;
    this.#startedAtMs = carrier.service.access === null ? 0 : performance.now();
  }

  begin(): void {
    const { framing, contentLength } = this.head.fields;
    if (framing !== "none" && contentLength !== 0) this.#answer();
  }

  addBody(): void {
    // It is thrown away.
  }

  awaitBody(): void {
    // Nothing waits for it.
  }

  endBody(): void {
    if (!this.#answered) this.#answer();
  }

  /** The file waits for its reader by itself. */
  drained(): void {
    // Nothing else is held back.
  }

  /** The client may wait for its answer (RFC 9112 §9.6). */
  noteClientEnded(): void {
    // So the answer goes on; a client that is gone ends the connection.
  }

  /**
   * The client has gone.
   * @returns whether the answer had begun.
   */
  abandon(): boolean {
    if (!this.#over) {
      this.#over = true;
      if (this.#status !== 0) this.#noteAccess();
    }
    this.#file?.release();
    this.#file = null;
    return this.#status !== 0;
  }

  #answer(): void {
    this.#answered = true;
    const nowMs = Date.now();
    const answer = this.#ask(nowMs);
    if (answer instanceof Promise) void answer.then((found) => this.#send(found, Date.now()));
    else this.#send(answer, nowMs);
  }

  #send(found: StaticAnswer, nowMs: number): void {
    const { errorPages } = this.carrier.service;
    const answer = errorPages === null ? found : withErrorPage(found, errorPages);
    const { status, text, body, file } = answer;
    if (this.#over) {
      file?.release();
      return;
    }
    const { socket, service, bodyIsComplete, listener } = this.carrier;
    const { method, version } = this.head;
    this.#status = status;
    this.keepAlive = this.head.keepAlive && bodyIsComplete && !service.stopping;
    const framing = responseFraming(method, status, version, answer.bytes);
    const added = service.addedFields?.missingFrom(answer.head) ?? "";
    const lines = service.dateLine.at(nowMs) + listener.strictTransport + added;
    if (framing === "none" || answer.bytes === 0) {
      this.sendHead(answer, lines, framing, "");
      file?.release();
      this.#done();
      return;
    }
    if (file !== null) {
      this.sendHead(answer, lines, framing, "");
      this.#sendFile(file);
      return;
    }
    this.#sentBytes = answer.bytes;
    if (text !== null) this.sendHead(answer, lines, framing, text);
    else if (body !== null) {
      socket.cork();
      this.sendHead(answer, lines, framing, "");
      socket.write(body);
      socket.uncork();
    }
    this.#done();
  }

  /** @param text - the first of the body, latin-1. */
  protected sendHead(
    answer: StaticAnswer,
    lines: string,
    framing: ResponseFraming,
    text: string,
  ): void {
    const { version } = this.head;
    const head = encodeAnswerHead(answer.head, lines, false, version, this.keepAlive, framing);
    this.carrier.socket.write(head + text, "latin1");
  }

  #sendFile(file: SendableFile): void {
    this.#file = file;
    file.send(
      this.carrier.socket,
      (bytes) => {
        this.#sentBytes += bytes;
      },
      (error) => {
        this.#file = null;
        if (error === null) {
          this.#done();
          return;
        }
        const { log } = this.carrier.service;
        const target = this.head.target.slice(0, 200);
        log.write("error", `${target}: the file can't be sent to its end: ${error.message}`);
        this.#over = true;
        this.#noteAccess();
        this.carrier.cut(false);
      },
    );
  }

  #done(): void {
    this.#over = true;
    this.#noteAccess();
    this.carrier.exchangeDone(this.keepAlive);
  }

  #noteAccess(): void {
    const { access, fieldRules } = this.carrier.service;
    if (access === null) return;
    const { fields } = this.head;
    if (this.carrier.isTrusted && fields.environ === null) {
      // Only for what a proxy tells of its client. What is wrong there is no concern of a file.
      encodeFields(fields, this.carrier.listener.constants, fieldRules, this.carrier);
    }
    access({
      ...requestEntry(this.head),
      remoteAddress: fields.origin?.address ?? this.carrier.remoteAddress,
      status: this.#status,
      bodyBytes: this.#sentBytes,
      durationMs: performance.now() - this.#startedAtMs,
      workerPid: 0,
      answerHead: "",
    });
  }
}
