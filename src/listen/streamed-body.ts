/**
 * A request body that is handed on while it comes (`--no-request-buffering`): as many bytes as the
 * application has asked for (wire §7.2). The client waits while the application reads slowly.
 */
import { PieceCopier } from "../base/piece-copier.ts";
import type { Job } from "../pool/job.ts";

/** Body bytes read ahead of the application before reading pauses. */
const BODY_AHEAD_BYTES = 64 * 1024;

const NOTHING: Buffer = Buffer.alloc(0);

/** The reading side of the connection. */
export interface BodySource {
  pauseReading(): void;
  resumeReading(): void;
}

export class StreamedBody {
  readonly #job: Job;
  readonly #source: BodySource;
  #pieces: Buffer[] = [];
  readonly #copier: PieceCopier = new PieceCopier();
  #heldBytes = 0;
  #wantedBytes = 0;
  /** wire §7.2: before the first WANT the worker may not have begun, and would drop what comes. */
  #asked = false;
  #ended = false;
  #over = false;

  constructor(job: Job, source: BodySource) {
    this.#job = job;
    this.#source = source;
  }

  /** @param data - a view of memory that is used again: what is kept is copied. */
  add(data: Buffer): void {
    this.#copier.addTo(this.#pieces, data);
    this.#heldBytes += data.length;
    this.#send();
  }

  /** The client has sent the whole body. */
  end(): void {
    this.#ended = true;
    this.#send();
  }

  /** The application asks for more. */
  want(bytes: number): void {
    this.#asked = true;
    this.#wantedBytes += bytes;
    this.#source.resumeReading();
    this.#send();
  }

  /** Whether nothing of it has come yet. */
  get isUntouched(): boolean {
    return this.#heldBytes === 0 && !this.#ended;
  }

  /** Whether all of it is here; true before the request is run means that nothing need follow. */
  get isComplete(): boolean {
    return this.#ended;
  }

  /** More was asked for than has come. */
  get isAwaited(): boolean {
    return !this.#over && !this.#ended && this.#wantedBytes > 0;
  }

  /** All of it at once, instead of in pieces. Null: it is empty. */
  takeWhole(): Buffer | null {
    const whole = this.#pieces.length === 0 ? null : Buffer.concat(this.#pieces);
    this.release();
    return whole;
  }

  release(): void {
    this.#over = true;
    this.#pieces = [];
    this.#copier.forget();
    this.#heldBytes = 0;
  }

  #send(): void {
    const { worker } = this.#job;
    while (worker !== null && !this.#over && this.#pieces.length > 0 && this.#wantedBytes > 0) {
      let piece = this.#pieces[0] ?? NOTHING;
      if (piece.length > this.#wantedBytes) {
        this.#pieces[0] = piece.subarray(this.#wantedBytes);
        piece = piece.subarray(0, this.#wantedBytes);
      } else this.#pieces.shift();
      this.#wantedBytes -= piece.length;
      this.#heldBytes -= piece.length;
      this.#over = this.#ended && this.#pieces.length === 0;
      worker.sendBody(this.#job, piece, this.#over);
    }
    if (this.#over) return;
    if (worker !== null && this.#asked && this.#ended && this.#pieces.length === 0) {
      this.#over = true;
      worker.sendBody(this.#job, NOTHING, true);
    } else if (this.#heldBytes > BODY_AHEAD_BYTES) this.#source.pauseReading();
  }
}
