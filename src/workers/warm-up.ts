/**
 * The request that a new worker has to answer before it gets those of clients (`--warmup`). It
 * passes with a status below 400; what comes with it is read and thrown away.
 */
import { Job, type JobContent } from "../pool/job.ts";
import { Flag } from "../wire/frame.ts";
import type { FrameReader } from "../wire/frame-reader.ts";

export interface WarmUpPlan {
  /** The request target, for messages. */
  readonly target: string;
  readonly content: JobContent;
}

/** The first status that says that something is wrong. */
const FIRST_BAD_STATUS = 400;

export class WarmUp extends Job {
  /** What the worker logged about it: a traceback, most of the time. */
  readonly notes: string[] = [];
  readonly #target: string;
  readonly #done: (fault: string | null) => void;
  #status = 0;

  /** @param done - called once with null, or what went wrong; not when the worker dies in it. */
  constructor(plan: WarmUpPlan, done: (fault: string | null) => void) {
    super();
    this.#target = plan.target;
    this.content = plan.content;
    this.#done = done;
  }

  override onAnswer(frame: FrameReader): void {
    this.#status = frame.status;
    this.onBlock(frame);
  }

  override onBlock(frame: FrameReader): void {
    if ((frame.flags & Flag.last) !== 0) this.#finish();
    else this.worker?.grant(this, frame.end - frame.start);
  }

  override onFile(frame: FrameReader): void {
    this.#status = frame.status;
    if (this.worker?.replyFile(this, true) === true) this.#finish();
  }

  override onAbort(): void {
    this.#done(`${this.#asked()} failed`);
  }

  override onLost(): void {} // Its death is reported, and says more.

  override onWant(): void {}

  override onEarlyHints(): void {}

  override onTimeout(): void {} // It never comes, see below.

  /** Its time is that of the start (`--boot-timeout`), not that of a client's request. */
  override progress(): number {
    return -1;
  }

  override describe(): string {
    return `warm-up GET ${this.#target}`;
  }

  #finish(): void {
    const isGood = this.#status < FIRST_BAD_STATUS;
    this.#done(isGood ? null : `${this.#asked()} was answered with ${this.#status}`);
  }

  #asked(): string {
    return `the warm-up request GET ${this.#target} (--warmup)`;
  }
}
