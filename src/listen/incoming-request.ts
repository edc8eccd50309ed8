/**
 * The first half of an exchange, the same for every version of HTTP: the request's body, and having
 * the request run.
 *
 * The body is collected before the request is run, so that a slow client keeps no worker
 * (collected-body.ts), or handed on as it comes (streamed-body.ts).
 */
import type { LogLevel } from "../base/log.ts";
import { type ErrorCode, errorCatalogue } from "../errors/catalogue.ts";
import { requestExtra, requestSlots } from "../gateway/request-environ.ts";
import { encodeFields } from "../gateway/request-fields.ts";
import type { RequestHead } from "../http/request-head.ts";
import { Job, type JobContent } from "../pool/job.ts";
import { encodeBodyFile } from "../wire/body-file.ts";
import type { Carrier } from "./carrier.ts";
import { type BodyOwner, CollectedBody } from "./collected-body.ts";
import { FiledBody } from "./filed-body.ts";
import { requestEntry } from "./service.ts";
import { StreamedBody } from "./streamed-body.ts";
import type { TemporaryFile } from "./temporary-file.ts";

export abstract class IncomingRequest extends Job implements BodyOwner {
  protected readonly carrier: Carrier;
  protected readonly head: RequestHead;
  readonly #startedAtMs: number;
  #requestId = "";
  /** Of the rules for requests: see `Admission.environ`. */
  ruledEnviron = "";

  #collected: CollectedBody | null = null;
  #streamed: StreamedBody | null = null;
  #submitted = false;
  #filedBytes = 0;
  /** RFC 9110 §10.1.1: the client waits, and the application has not asked for the body yet. */
  #continueDue = false;

  // What the log tells of the answer
  protected status = 0;
  protected sentBytes = 0;
  /** As it came from the application. */
  protected answerHead = "";
  /** How often the application has asked for more of the body, or sent early hints. */
  protected signs = 0;
  /** The worker has ended it. */
  protected workerDone = false;

  constructor(carrier: Carrier, head: RequestHead) {
    super();
    this.carrier = carrier;
    this.head = head;
    this.#startedAtMs = carrier.service.access === null ? 0 : performance.now();
  }

  /** The head is here. Without a body the request is run at once. */
  begin(): void {
    const { environ, framing, contentLength, expectContinue } = this.head.fields;
    // Made already when the client has sent the same lines before.
    if (environ === null && !this.#encodeFields()) return;
    if (framing === "none" || contentLength === 0) {
      this.#submit(null, false);
      return;
    }
    const carrier = this.carrier;
    const { streamsBodies, temporaryFiles, bufferMemory, requestBufferBytes } = carrier.service;
    if (streamsBodies) {
      this.#continueDue = expectContinue;
      this.#streamed = new StreamedBody(this, carrier);
      return;
    }
    const announced = framing === "chunked" ? -1 : contentLength;
    this.#collected = new CollectedBody(
      this,
      temporaryFiles,
      bufferMemory,
      announced,
      requestBufferBytes,
    );
    if (expectContinue) carrier.sendContinue();
  }

  /** Whether the request may go on. */
  #encodeFields(): boolean {
    const { service, listener } = this.carrier;
    const fault = encodeFields(
      this.head.fields,
      listener.constants,
      service.fieldRules,
      this.carrier,
    );
    if (fault !== null) this.refuse(fault);
    return fault === null;
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
    this.#submit(body, false);
  }

  bodyFiled(file: TemporaryFile, bytes: number): void {
    this.#filedBytes = bytes;
    if (this.carrier.service.sharesFiles) {
      this.#submit(encodeBodyFile(bytes, file.path), true);
      return;
    }
    const source = new FiledBody(file, bytes, (error) => this.#bodyLost(error));
    this.#streamed = new StreamedBody(this, source);
    source.sendTo(this.#streamed);
    this.#submit(null, false);
  }

  #bodyLost(error: Error): void {
    if (this.cancelled) return;
    this.log("error", `the temporary file of its body can't be read: ${error.message}`);
    if (this.abandon()) this.carrier.destroy();
    else this.refuse("body-not-kept");
  }

  bodyNotKept(error: Error): void {
    const where = "in a temporary file (--body-temp-dir)";
    this.log("error", `its body can't be kept ${where}: ${error.message}`);
    this.refuse("body-not-kept");
  }

  pauseBody(): void {
    this.carrier.pauseReading();
  }

  resumeBody(): void {
    this.carrier.resumeReading();
  }

  #submit(body: Buffer | null, bodyInFile: boolean): void {
    this.#submitted = true;
    const carrier = this.carrier;
    const { service } = carrier;
    const head = this.head;
    const bodyFollows = this.#streamed !== null;
    const size = this.#filedBytes > 0 ? this.#filedBytes : (body?.length ?? 0);
    const isWhole = this.#collected !== null || !bodyFollows;
    const counted = head.fields.framing === "chunked" && isWhole;
    const extra =
      requestExtra(head, counted ? size : -1, service.mount) + carrier.environ + this.ruledEnviron;
    const slots = requestSlots(head, carrier.remoteAddress, carrier.remotePort);
    const content: JobContent = {
      fragment: head.fields.environ!,
      slots: extra === "" ? slots : slots + extra,
      hasExtra: extra !== "",
      body,
      bodyFollows,
      bodyInFile,
    };
    this.content = content;
    this.clientEnded = carrier.clientEnded;
    if (service.runner.submit(this)) return;
    this.#collected?.release();
    this.refuse("queue-full");
  }

  override onWant(bytes: number): void {
    if (this.cancelled || this.#streamed === null) return;
    if (this.#continueDue) {
      this.#continueDue = false;
      // Neither for a client that did not wait, nor behind the head of the answer.
      if (this.#streamed.isUntouched && this.status === 0) this.carrier.sendContinue();
    }
    this.signs++;
    this.#streamed.want(bytes);
  }

  /** The application may be waiting for more of the body, and there is none. */
  protected get awaitsItsClient(): boolean {
    return this.#streamed !== null && this.#streamed.isAwaited;
  }

  /** A worker has ended it: it had read all of the request first, so nobody reads that any more. */
  protected endedByWorker(): void {
    this.#collected?.reuse();
    this.endWork();
  }

  /** The worker has ended it, or will never see it: nobody needs its body any more. */
  protected endWork(): void {
    this.workerDone = true;
    if (this.#collected !== null) this.#collected.release();
  }

  /** Answers in the application's place. */
  protected refuse(code: ErrorCode): void {
    this.status = errorCatalogue[code].status ?? 500;
    this.noteAccess();
    this.carrier.fail(code, this.requestId, this.head.method);
  }

  /**
   * The client has gone, or broke the rules in its body. Nothing of the answer goes out any more.
   * @returns whether the answer had begun.
   */
  abandon(): boolean {
    if (this.#submitted && !this.workerDone && !this.cancelled) {
      this.carrier.service.runner.cancel(this);
    }
    if (this.workerDone) this.noteAccess();
    this.cancelled = true;
    // A worker that has the request may be about to open the file under its number; another
    // client's file could have the number by then. So it stays until the worker has ended.
    if (!this.#submitted || this.worker === null) this.#collected?.release();
    this.#streamed?.release();
    return this.status !== 0;
  }

  // For the logs

  /** Made when it is first needed; most requests never need one. */
  get requestId(): string {
    if (this.#requestId === "") this.#requestId = this.carrier.service.nextRequestId();
    return this.#requestId;
  }

  override describe(): string {
    const { method, target } = this.head;
    return `request=${this.requestId} ${method} ${target.slice(0, 200)}`;
  }

  protected log(level: LogLevel, text: string): void {
    this.carrier.service.log.write(level, `${this.describe()}: ${text}`);
  }

  protected noteAccess(): void {
    const { access } = this.carrier.service;
    if (access === null) return;
    access({
      ...requestEntry(this.head),
      remoteAddress: this.head.fields.origin?.address ?? this.carrier.remoteAddress,
      status: this.status,
      bodyBytes: this.sentBytes,
      durationMs: performance.now() - this.#startedAtMs,
      workerPid: this.worker?.pid ?? 0,
      answerHead: this.answerHead,
    });
  }
}
