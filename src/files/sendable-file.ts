/**
 * A part of an open file on its way to a client.
 *
 *     read -> ready -> written -> taken by the system -> read ...
 *
 * A slow client costs one buffer of 64 KiB, and no thread: the next piece is read when the one
 * before was taken. For a client that keeps up, pieces are large and one is read ahead while the
 * other is written. Whether it keeps up is seen anew at each piece.
 */
import * as nodeFs from "node:fs";

import { openFiles } from "./open-files.ts";
import { LARGE_PIECE_BYTES, borrowLarge, giveBackLarge } from "./piece-buffers.ts";

/** Enough for a client far away; the system's buffer of a socket covers the next read. */
const SMALL_PIECE_BYTES = 64 * 1024;
/** Whoever takes a piece in this time keeps up: 64 KiB in it are 25 Mbit/s. */
const FAST_MS = 20;

/** What is needed of the system, so that a test can let it fail. */
export type FileSystem = Pick<typeof nodeFs, "close" | "read">;

/** Where the bytes go. */
export interface Target {
  /** Calls back when the system has taken the bytes, or never will. */
  write(data: Buffer, done: (error?: Error | null) => void): unknown;
}

export class OpenFile {
  readonly bytes: number;
  readonly #system: FileSystem;
  readonly #fd: number;
  readonly #closeShared: (() => void) | null;
  #position: number;
  /** Not yet read. */
  #left: number;
  /** Not yet taken. */
  #leftToTake: number;
  #isFast = false;
  #reading = false;
  #writing = false;
  /** What is written next. */
  #ready: Buffer | null = null;
  /** Buffers that are in nobody's hands. */
  #spare: Buffer | null = null;
  readonly #large: Set<ArrayBufferLike> = new Set();
  #over = false;
  #target: Target | null = null;
  #sent: (bytes: number) => void = () => {};
  #done: (error: Error | null) => void = () => {};

  /**
   * @param offset - of the first byte of `bytes` to send.
   * @param closeShared - called instead of closing the descriptor, which others use, too.
   */
  constructor(
    fd: number,
    offset: number,
    bytes: number,
    system: FileSystem = nodeFs,
    closeShared: (() => void) | null = null,
  ) {
    this.bytes = bytes;
    this.#fd = fd;
    this.#position = offset;
    this.#left = bytes;
    this.#leftToTake = bytes;
    this.#system = system;
    this.#closeShared = closeShared;
    if (closeShared === null) openFiles.count++;
  }

  /**
   * Sends it, no faster than the target takes it; once.
   * @param sent - told after each piece.
   * @param done - null: all of it is sent. Not called after `release`.
   */
  send(target: Target, sent: (bytes: number) => void, done: (error: Error | null) => void): void {
    this.#target = target;
    this.#sent = sent;
    this.#done = done;
    if (this.#left === 0) this.#end(null);
    else this.#read();
  }

  /** It isn't needed any more. */
  release(): void {
    if (this.#over) return;
    this.#over = true;
    const spare = this.#spare;
    if (spare !== null && this.#large.delete(spare.buffer)) giveBackLarge(spare, true);
    // What is being written, or read into, may be in use until the system says otherwise.
    for (let left = this.#large.size; left > 0; left--) giveBackLarge(NOTHING, false);
    this.#large.clear();
    // A descriptor that is being read from must stay what it is.
    if (!this.#reading) this.#close();
  }

  #read(): void {
    const buffer = this.#buffer();
    this.#reading = true;
    const want = Math.min(buffer.length, this.#left);
    this.#system.read(this.#fd, buffer, 0, want, this.#position, (error, count) => {
      this.#reading = false;
      if (this.#over) {
        this.#close();
      } else if (error !== null || count === 0) {
        this.#end(error ?? new Error(`the file became shorter: ${this.#left} bytes are missing`));
      } else {
        this.#position += count;
        this.#left -= count;
        this.#ready = count === buffer.length ? buffer : buffer.subarray(0, count);
        if (!this.#writing) this.#write();
      }
    });
  }

  #write(): void {
    const piece = this.#ready;
    if (piece === null) return;
    this.#ready = null;
    this.#writing = true;
    const startedAtMs = performance.now();
    this.#target?.write(piece, (failed) => {
      // A connection that has ended says so itself.
      if (this.#over || (failed !== undefined && failed !== null)) return;
      this.#writing = false;
      this.#isFast = performance.now() - startedAtMs < FAST_MS;
      this.#putBack(piece);
      this.#leftToTake -= piece.length;
      this.#sent(piece.length);
      // Whoever was told may have ended it.
      if (this.#over) return;
      if (this.#leftToTake === 0) this.#end(null);
      else if (this.#ready !== null) this.#write();
      else if (!this.#reading) this.#read();
    });
    if (this.#isFast && this.#left > 0 && !this.#reading && !this.#over) this.#read();
  }

  #end(error: Error | null): void {
    this.release();
    this.#done(error);
  }

  #buffer(): Buffer {
    const spare = this.#spare;
    this.#spare = null;
    const wantsLarge = this.#isFast && this.#left > SMALL_PIECE_BYTES;
    if (spare !== null && (!wantsLarge || spare.length === LARGE_PIECE_BYTES)) return spare;
    const large = wantsLarge ? borrowLarge() : null;
    if (large === null) {
      return spare ?? Buffer.allocUnsafeSlow(Math.min(SMALL_PIECE_BYTES, this.#left));
    }
    this.#large.add(large.buffer);
    return large;
  }

  /** Keeps a buffer for the next piece; a large one only while the client is fast. */
  #putBack(piece: Buffer): void {
    const isLarge = this.#large.has(piece.buffer);
    const keeps = this.#spare === null && (!isLarge || (this.#isFast && this.#left > 0));
    const whole = isLarge || piece.byteLength !== piece.buffer.byteLength ? wholeOf(piece) : piece;
    if (keeps) this.#spare = whole;
    else if (isLarge) {
      this.#large.delete(piece.buffer);
      giveBackLarge(whole, true);
    }
  }

  #close(): void {
    if (this.#closeShared !== null) {
      this.#closeShared();
      return;
    }
    openFiles.count--;
    // Nothing can be done about an error here, and nothing depends on it.
    this.#system.close(this.#fd, () => {});
  }
}

const NOTHING: Buffer = Buffer.alloc(0);

/** The buffer that a piece is a view of: each has memory of its own. */
function wholeOf(piece: Buffer): Buffer {
  return Buffer.from(piece.buffer);
}
