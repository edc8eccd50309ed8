/**
 * A worker as the front holds it: its seat in the pool, its end of the link, and the jobs it has.
 * What runs in the child is `wizgy_worker/worker.py`.
 *
 *     booting -> ready -> leaving -> ended        `ended` comes once, when the link is closed
 *
 * Sending: frames gather in a writer and leave in one write, at the latest at the end of this turn of
 * the event loop; earlier when as many wait here as the worker still has. So an idle worker gets its
 * first frame at once, and a busy one its next frames before it runs dry: otherwise front and worker
 * would take turns, each waiting for the other.
 */
import type { Socket } from "node:net";

import { NumberTable } from "../base/number-table.ts";
import type { Lender } from "../base/read-memory.ts";
import type { Job, WorkerLike } from "../pool/job.ts";
import { Seat } from "../pool/pool.ts";
import { Flag, MAX_NUMBER, WorkerFrame } from "../wire/frame.ts";
import { FrameReader } from "../wire/frame-reader.ts";
import { type StaticAnnouncement, readReady } from "../wire/ready.ts";
import { FrameWriter } from "../wire/frame-writer.ts";
import { LookAgain } from "./look-again.ts";

export interface WorkerEvents {
  onReady(worker: WorkerHandle): void;
  /** The application can't be loaded; the process is about to exit. */
  onBootFailed(worker: WorkerHandle, failure: BootFailure): void;
  /** Some jobs ended: there may be room for waiting ones. */
  onRoom(worker: WorkerHandle, nowMs: number): void;
  /** Jobs that were not started; they should run elsewhere, in this order. */
  onHandedBack(worker: WorkerHandle, jobs: Job[]): void;
  onLog(worker: WorkerHandle, job: Job | null, status: number, text: string): void;
  /** It has had the number of requests after which another one should take its place. */
  onWorn(worker: WorkerHandle, requests: number): void;
  /** The link has ended, by whomever. Jobs without an end are still in `jobs`. */
  onLinkEnd(worker: WorkerHandle, cause: string): void;
}

export interface BootFailure {
  readonly kind: string;
  readonly message: string;
  readonly traceback: string;
}

export class WorkerHandle extends Seat implements WorkerLike {
  readonly pid: number;
  /** When the worker said HELLO; `performance.now()` milliseconds. */
  readonly bornAtMs: number;
  /** Jobs sent and not ended, by number, in the order they were sent. */
  readonly jobs: NumberTable<Job> = new NumberTable();
  /** Requests that are over and keep their threads (wire §5.12); they count as sent. */
  readonly held: Map<number, Job | null> = new Map();
  /** Bytes received on the link, for the ledger (wire §6.2). */
  receivedBytes = 0;
  linkEnded = false;
  /** What it said of the application's static files; null: nothing. */
  announcement: StaticAnnouncement | null = null;
  /** Set when the process is gone: a write would fail, and take what was not yet read with it. */
  processEnded = false;

  readonly #socket: Socket;
  readonly #maxNumber: number;
  /** The number at which something is to be done: `wornAt` and, after it, `maxNumber`. */
  #noticeAt: number;
  #leaving = false;
  /** No frame can follow. */
  #sendingEnded = false;
  readonly #events: WorkerEvents;
  /** The last jobs that ended, one for each thread: close() runs then and may have something to log. */
  readonly #ended: Job[] = [];
  #endedAt = 0;
  readonly #lookAgain: LookAgain = new LookAgain();
  readonly #reader: FrameReader = new FrameReader();
  readonly #writer: FrameWriter = new FrameWriter();
  readonly #flushLater: () => void;
  #flushPlanned = false;
  /** Requests in the writer. */
  #unflushed = 0;
  #lastNumber = 0;
  #endedNow = 0;

  /**
   * @param socket - after HELLO; nothing of it has been read beyond that frame.
   * @param wornAt - the request with which `onWorn` comes.
   * @param maxNumber - its last request; smaller in tests than on the wire.
   */
  constructor(
    socket: Socket,
    pid: number,
    threads: number,
    events: WorkerEvents,
    wornAt: number = Infinity,
    maxNumber: number = MAX_NUMBER,
  ) {
    super(threads);
    this.#maxNumber = maxNumber;
    this.#noticeAt = Math.min(wornAt, maxNumber);
    this.pid = pid;
    this.bornAtMs = performance.now();
    this.#socket = socket;
    this.#events = events;
    this.#flushLater = () => {
      this.#flushPlanned = false;
      this.#flush();
    };
    socket.on("error", () => {}); // "close" follows and says all there is to do.
    socket.on("close", () => {
      this.linkEnded = true;
      this.ready = false;
      events.onLinkEnd(this, "the link was closed");
    });
  }

  // To the worker

  /** @param entries - key and value in turn; see wire §4.1. */
  sendConstants(id: number, entries: readonly string[]): void {
    this.#writer.constants(id, entries);
    this.#planFlush();
  }

  /** Sends a job. The caller has asked the pool. */
  run(job: Job, nowMs: number): void {
    const content = job.content;
    if (content === null) throw new TypeError("a job without content was submitted");
    const number = ++this.#lastNumber;
    if (number >= this.#noticeAt) this.#noticeNumber(number);
    job.worker = this;
    job.number = number;
    this.jobs.set(number, job);
    this.sent(nowMs);
    const flags =
      (content.bodyFollows ? Flag.bodyFollows : 0) |
      (content.hasExtra ? Flag.extra : 0) |
      (content.bodyInFile ? Flag.bodyInFile : 0);
    this.#writer.request(number, content.fragment, content.slots, content.body, flags);
    if (job.clientEnded) this.#writer.clientEnded(number);
    // As much is waiting here as the worker still has: it would run dry before this turn ends.
    if (++this.#unflushed * 2 >= this.inFlight) this.#flush();
    else this.#planFlush();
  }

  /**
   * Whether it has ended any request. To be asked before its jobs are cleared.
   * @param startedNumber - the highest number it started, from its ledger.
   */
  hasServed(startedNumber: number): boolean {
    let lost = 0;
    for (const number of this.jobs.keys()) if (number <= startedNumber) lost++;
    return startedNumber > lost;
  }

  cancel(job: Job): void {
    job.cancelled = true;
    this.#writer.cancel(job.number);
    this.#planFlush();
  }

  /** The application has had its time for this request (wire §4.8). */
  timeOut(number: number): void {
    this.#writer.timeout(number);
    this.#planFlush();
  }

  grant(job: Job, bytes: number): void {
    this.#writer.credit(job.number, bytes);
    this.#planFlush();
  }

  replyFile(job: Job, taken: boolean): boolean {
    if (this.jobs.get(job.number) !== job) return false;
    this.#writer.fileReply(job.number, taken);
    this.#planFlush();
    if (taken) {
      this.jobs.delete(job.number);
      const nowMs = performance.now();
      this.ended(1, nowMs);
      this.#events.onRoom(this, nowMs);
      if (this.#leaving) this.#leaveWhenDone();
    }
    return true;
  }

  noteClientEnded(job: Job): void {
    if (this.jobs.get(job.number) !== job) return;
    this.#writer.clientEnded(job.number);
    this.#planFlush();
  }

  sendBody(job: Job, data: Uint8Array, last: boolean): void {
    this.#writer.body(job.number, data, last);
    this.#planFlush();
  }

  /** It takes requests, and has none. */
  get isIdle(): boolean {
    return this.ready && this.inFlight === 0;
  }

  /** Takes no more work; leaves when what it has is done. */
  retire(): void {
    this.ready = false;
    this.#leaving = true;
    this.#leaveWhenDone();
  }

  /** Ends the link in order: what was sent is still read, then the worker leaves. */
  end(): void {
    this.ready = false;
    this.#flush();
    this.#sendingEnded = true;
    this.#socket.end();
  }

  destroy(): void {
    this.ready = false;
    this.#socket.destroy();
  }

  #noticeNumber(number: number): void {
    this.#noticeAt = this.#maxNumber;
    if (number < this.#maxNumber) {
      this.#events.onWorn(this, number);
      return;
    }
    // wire §2.3: numbers are not used twice; the worker leaves when this request has ended, too.
    this.ready = false;
    this.#leaving = true;
  }

  #leaveWhenDone(): void {
    if (this.jobs.size === 0 && !this.#sendingEnded) this.end();
  }

  #planFlush(): void {
    if (this.#flushPlanned) return;
    this.#flushPlanned = true;
    setImmediate(this.#flushLater);
  }

  #flush(): void {
    this.#unflushed = 0;
    if (this.isFast && this.inFlight > 0 && this.inFlight <= 8) this.#lookAgain.start();
    if (this.#writer.isEmpty || this.processEnded || this.linkEnded || this.#sendingEnded) return;
    const pieces = this.#writer.take();
    const socket = this.#socket;
    if (pieces.length === 1) {
      socket.write(pieces[0]!);
      return;
    }
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
  }

  // From the worker

  /** So much is known to come next on the link. */
  get awaitedBytes(): number {
    return this.#reader.awaitedBytes;
  }

  /**
   * Also takes the bytes that a dead worker left in its ledger.
   * @param lender - of the chunk's memory.
   */
  receive(chunk: Buffer, lender?: Lender): void {
    this.receivedBytes += chunk.length;
    const reader = this.#reader;
    this.#endedNow = 0;
    try {
      reader.push(chunk, lender);
      while (reader.next()) this.#take(reader);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.ready = false;
      this.#events.onLog(this, null, 40, `broke the wire: ${error.message}`);
      this.#socket.destroy();
    }
    reader.settle();
    const ended = this.#endedNow;
    if (ended > 0) {
      const nowMs = performance.now();
      this.ended(ended, nowMs);
      if (this.inFlight === 0) this.#lookAgain.stop();
      this.#events.onRoom(this, nowMs);
    }
    if (this.#leaving) this.#leaveWhenDone();
  }

  #take(frame: FrameReader): void {
    switch (frame.type) {
      case WorkerFrame.answer: {
        const job = this.#jobOf(frame);
        if (job === undefined) return;
        if (!job.cancelled) job.onAnswer(frame);
        else if ((frame.flags & Flag.last) !== 0) job.onAbort();
        return;
      }
      case WorkerFrame.block: {
        const job = this.#jobOf(frame);
        if (job === undefined) return;
        if (!job.cancelled) job.onBlock(frame);
        else if ((frame.flags & Flag.last) !== 0) job.onAbort();
        return;
      }
      case WorkerFrame.abort: {
        const job = this.jobs.get(frame.number);
        if (job === undefined) return;
        this.#forget(job);
        job.onAbort();
        return;
      }
      case WorkerFrame.want:
        this.jobs.get(frame.number)?.onWant(frame.payloadNumber(0));
        return;
      case WorkerFrame.earlyHints:
        this.jobs.get(frame.number)?.onEarlyHints(frame);
        return;
      case WorkerFrame.file:
        this.jobs.get(frame.number)?.onFile(frame);
        return;
      case WorkerFrame.log:
        this.#events.onLog(
          this,
          this.jobs.get(frame.number) ?? this.#endedJob(frame.number),
          frame.status,
          frame.payload().toString("utf8"),
        );
        return;
      case WorkerFrame.handback:
        this.#handback(frame);
        return;
      case WorkerFrame.held:
        this.#hold(frame);
        return;
      case WorkerFrame.hello:
        return; // Checked by the link server; it is here because the ledger counts its bytes.
      case WorkerFrame.ready:
        this.announcement = readReady(frame);
        this.#events.onReady(this);
        return;
      case WorkerFrame.bootFailed: {
        const [kind = "", message = "", traceback = ""] = frame
          .payload()
          .toString("utf8")
          .split("\0");
        this.#events.onBootFailed(this, { kind, message, traceback });
        return;
      }
      default:
        throw new RangeError(`a frame of the unknown type ${frame.type}`);
    }
  }

  /** The job a frame is for; when the frame is its last one, the job leaves the books first. */
  #jobOf(frame: FrameReader): Job | undefined {
    const job = this.jobs.get(frame.number);
    if (job !== undefined && (frame.flags & Flag.last) !== 0) this.#forget(job);
    return job;
  }

  #forget(job: Job): void {
    this.jobs.delete(job.number);
    this.#endedNow++;
    job.content = null; // So that its body is not kept with it.
    this.#ended[this.#endedAt] = job;
    this.#endedAt = this.#endedAt + 1 < this.threads ? this.#endedAt + 1 : 0;
  }

  #endedJob(number: number): Job | null {
    return this.#ended.find((job) => job.number === number) ?? null;
  }

  #hold(frame: FrameReader): void {
    const { number } = frame;
    if ((frame.flags & Flag.last) === 0) {
      if (this.held.has(number)) return;
      this.held.set(number, this.jobs.get(number) ?? this.#endedJob(number));
      this.inFlight++;
    } else if (this.held.delete(number)) {
      this.inFlight--;
      this.#events.onRoom(this, performance.now());
    }
  }

  #handback(frame: FrameReader): void {
    const count = (frame.end - frame.start) / 4;
    const back: Job[] = [];
    for (let i = 0; i < count; i++) {
      const number = frame.payloadNumber(i);
      const job = this.jobs.get(number);
      if (job === undefined) continue;
      this.jobs.delete(number);
      back.push(job);
    }
    this.handedBack(back.length, performance.now());
    this.#events.onHandedBack(this, back);
  }
}
