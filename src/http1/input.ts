/**
 * The bytes that have been received and not used yet: the chunk being read, an offset into it,
 * and the chunks behind it. Nothing is joined, and copied only on `keep`. Readers walk
 * `chunk[offset…]` themselves and then move `offset`; they may look at nothing before `ready()`
 * has said yes.
 */

import { PieceCopier } from "../base/piece-copier.ts";

const NO_BYTES: Buffer = Buffer.alloc(0);

/** A queue of received chunks. */
export class Input {
  /** The chunk being read. */
  chunk: Buffer = NO_BYTES;
  /** The first unused byte of `chunk`. */
  offset = 0;
  readonly #behind: Buffer[] = [];
  /** Made for the first chunk that waits behind another one: few connections have any. */
  #copier: PieceCopier | null = null;

  /** Takes a chunk: its bytes must not change as long as they are in use, or until `keep`. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.offset === this.chunk.length && this.#behind.length === 0) {
      this.chunk = chunk;
      this.offset = 0;
    } else {
      this.#behind.push(chunk);
    }
  }

  /** Copies what is left of the newest chunk: its memory is about to be used for other bytes. */
  keep(): void {
    const newest = this.#behind.pop();
    if (newest !== undefined) {
      this.#copier ??= new PieceCopier();
      this.#copier.addTo(this.#behind, newest);
    } else {
      this.chunk =
        this.offset === this.chunk.length
          ? NO_BYTES
          : Buffer.from(this.chunk.subarray(this.offset));
      this.offset = 0;
    }
  }

  /** Whether there is a byte to read; moves on to the next chunk where the first is used up. */
  ready(): boolean {
    if (this.offset < this.chunk.length) return true;
    // A used-up chunk is let go, so that an idle connection does not hold its memory.
    this.chunk = this.#behind.shift() ?? NO_BYTES;
    this.offset = 0;
    if (this.#behind.length === 0) this.#copier = null;
    return this.chunk.length > 0;
  }

  /** A view of up to `limit` bytes of the chunk being read, which then count as used. */
  take(limit: number): Buffer {
    const { chunk, offset } = this;
    const end = Math.min(chunk.length, offset + limit);
    this.offset = end;
    return offset === 0 && end === chunk.length ? chunk : chunk.subarray(offset, end);
  }

  /** Bytes that are held and not used. */
  get bytes(): number {
    let bytes = this.chunk.length - this.offset;
    for (const chunk of this.#behind) bytes += chunk.length;
    return bytes;
  }

  /** Drops everything. */
  clear(): void {
    this.chunk = NO_BYTES;
    this.offset = 0;
    this.#behind.length = 0;
    this.#copier = null;
  }
}
