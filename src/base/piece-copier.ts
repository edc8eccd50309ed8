/**
 * Copies received bytes behind others that wait, and puts small pieces together: a client that sends
 * one byte at a time costs as much memory as it has sent, not an object of a hundred bytes for each.
 */

/** A piece of at least this size is copied for itself. */
const LARGE_BYTES = 1024;
/** Small pieces are put together in memory of this size. */
const GATHER_BYTES = 4096;

const NOTHING: Buffer = Buffer.alloc(0);

export class PieceCopier {
  #memory: Buffer = NOTHING;
  #usedBytes = 0;
  /** What is in `#memory`, as it was put into a list the last time. */
  #view: Buffer = NOTHING;

  /** Adds a copy of `data` to the end of `pieces`, or to the last piece if that is one of ours and has room. */
  addTo(pieces: Buffer[], data: Buffer): void {
    // One that is alone is mostly the only one.
    if (data.length >= LARGE_BYTES || pieces.length === 0) {
      pieces.push(Buffer.from(data));
      return;
    }
    const view = this.#view;
    const last = pieces.length - 1;
    const fits = this.#usedBytes + data.length <= this.#memory.length;
    // Bytes that were handed out are never written again: a taker may still hold them.
    if (last >= 0 && pieces[last] === view && fits) {
      this.#usedBytes += data.copy(this.#memory, this.#usedBytes);
      this.#view = this.#memory.subarray(
        this.#usedBytes - view.length - data.length,
        this.#usedBytes,
      );
      pieces[last] = this.#view;
      return;
    }
    this.#memory = Buffer.allocUnsafeSlow(GATHER_BYTES);
    this.#usedBytes = data.copy(this.#memory);
    this.#view = this.#memory.subarray(0, this.#usedBytes);
    pieces.push(this.#view);
  }

  /** Lets go of the memory for the next pieces. */
  forget(): void {
    this.#memory = NOTHING;
    this.#view = NOTHING;
    this.#usedBytes = 0;
  }
}
