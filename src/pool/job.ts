/**
 * A request as the workers' side sees it: what a REQUEST frame needs, and whom to tell what
 * became of it. Every protocol of the front makes its requests into jobs.
 *
 * The workers' side promises: after `submit` exactly one of the calls marked (end) comes, and
 * nothing after it. A job that was cancelled is still ended, with any of them.
 */
import type { FrameReader } from "../wire/frame-reader.ts";

export interface JobContent {
  /** wire §4.2: the encoded fragment. */
  readonly fragment: Uint8Array;
  /** The slots and, behind them, the extra entries. */
  readonly slots: string;
  readonly hasExtra: boolean;
  /** The whole body, or where it lies (wire §4.2.1), or null when there is none or it follows. */
  readonly body: Buffer | null;
  /** The body comes in pieces, when `onWant` asks for it. */
  readonly bodyFollows: boolean;
  /** `body` says where the body lies. */
  readonly bodyInFile: boolean;
}

/** `queue-timeout`: it waited too long for a worker. */
export type LossCause = "worker-lost" | "queue-timeout";

/** What a job must be able to hear. */
export interface JobEvents {
  /** The head and the first bytes of the body; (end) when the frame carries LAST. */
  onAnswer(frame: FrameReader): void;
  /** More bytes of the body; (end) when the frame carries LAST. */
  onBlock(frame: FrameReader): void;
  /** (end) The application failed. */
  onAbort(): void;
  /** (end) The process that ran it died, or it was never run. */
  onLost(cause: LossCause): void;
  /** The application wants so many more bytes of the body. */
  onWant(bytes: number): void;
  /** Field lines for an interim answer. */
  onEarlyHints(frame: FrameReader): void;
  /** The body lies in a file; the worker waits for `WorkerLike.replyFile`. */
  onFile(frame: FrameReader): void;
  /** The application has had its time. The job counts as cancelled from then on. */
  onTimeout(): void;
}

/**
 * The fields that the workers' side keeps in each job. A class, so that all jobs begin with the
 * same fields in the same order.
 */
export abstract class Job implements JobEvents {
  /** What to send; set before `submit`. */
  content: JobContent | null = null;
  /** The worker that has it, or null while it waits in the queue. */
  worker: WorkerLike | null = null;
  /** Its number on that worker's link; 0 while it waits. */
  number = 0;
  /** When it began to wait for a worker; milliseconds on the clock of who submits it. */
  waitingSinceMs = 0;
  /** The client has gone; whatever still comes for it is dropped. */
  cancelled = false;
  /** The client has sent its last byte; set before `submit`, or told to the worker (wire §4.7). */
  clientEnded = false;

  abstract onAnswer(frame: FrameReader): void;
  abstract onBlock(frame: FrameReader): void;
  abstract onAbort(): void;
  abstract onLost(cause: LossCause): void;
  abstract onWant(bytes: number): void;
  abstract onEarlyHints(frame: FrameReader): void;
  abstract onFile(frame: FrameReader): void;
  abstract onTimeout(): void;
  /**
   * A number that grows when the application produces something or asks for more of the body; -1
   * while it waits for its client, or for the front.
   */
  abstract progress(): number;
  /** One line that names the request in the log: id, method, target. */
  abstract describe(): string;
}

/** What a job's owner may do with the worker that has it. */
export interface WorkerLike {
  /** Lets the worker send so many more bytes of the answer's body. */
  grant(job: Job, bytes: number): void;
  /** Sends a piece of the request's body. */
  sendBody(job: Job, data: Uint8Array, last: boolean): void;
  /**
   * Answers `onFile`; (end) when the file is taken.
   * @returns false: the worker has ended, and the job with it.
   */
  replyFile(job: Job, taken: boolean): boolean;
  /** Tells the worker about `job.clientEnded`. */
  noteClientEnded(job: Job): void;
  /** The process id, for the access log. */
  readonly pid: number;
}
