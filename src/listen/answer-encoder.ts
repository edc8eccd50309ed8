/**
 * One answer that is encoded while it comes: pieces in, encoded pieces out. The work is done on
 * Node's threads, so a large answer holds up nobody.
 *
 * Each piece is flushed: what the application has sent can be decoded by the client, before the next
 * piece is there. What comes while a piece is being encoded goes in as one piece behind it, so that
 * many small ones that come together cost one flush.
 *
 * A piece counts as taken when it is encoded. So no more waits here than a worker sends ahead
 * (wire §7.1).
 */
import type { Transform } from "node:stream";

import type { BodyPiece } from "./answer-body.ts";

/** Whose answer it is. */
export interface EncoderOwner {
  encoded(piece: Buffer): void;
  /** So many bytes have been encoded. */
  encoderTook(bytes: number): void;
  /** After `end`: everything has been handed out. */
  encoderEnded(): void;
  /** Nothing else follows. */
  encoderFailed(error: Error): void;
}

export class AnswerEncoder {
  readonly #owner: EncoderOwner;
  readonly #stream: Transform;
  #waiting: Buffer[] = [];
  /** Bytes that were added and are not encoded yet. */
  pendingBytes = 0;
  #busy = false;
  #ended = false;
  #released = false;

  /** @param stream - encodes, and flushes behind each write. */
  constructor(owner: EncoderOwner, stream: Transform) {
    this.#owner = owner;
    this.#stream = stream;
    stream.on("data", (piece: Buffer) => {
      if (!this.#released) owner.encoded(piece);
    });
    stream.on("end", () => {
      if (!this.#released) owner.encoderEnded();
    });
    stream.on("error", (error: Error) => {
      if (!this.#released) owner.encoderFailed(error);
    });
  }

  /** Takes a copy. */
  add(piece: BodyPiece): void {
    const { bytes, start, end } = piece;
    if (end === start || this.#released) return;
    this.#waiting.push(Buffer.from(bytes.subarray(start, end)));
    this.pendingBytes += end - start;
    if (!this.#busy) this.#encode();
  }

  /** Nothing more will be added. */
  end(): void {
    this.#ended = true;
    if (!this.#busy && !this.#released) this.#stream.end();
  }

  #encode(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#busy = true;
    const [first] = waiting;
    const piece = waiting.length === 1 && first !== undefined ? first : Buffer.concat(waiting);
    this.#stream.write(piece, (error) => {
      this.#busy = false;
      // "error" tells it.
      if (error || this.#released) return;
      this.pendingBytes -= piece.length;
      this.#owner.encoderTook(piece.length);
      if (this.#waiting.length > 0) this.#encode();
      else if (this.#ended) this.#stream.end();
    });
  }

  /** Nobody waits for it any more. */
  release(): void {
    this.#released = true;
    this.#waiting = [];
    this.#stream.destroy();
  }
}
