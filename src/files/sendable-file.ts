/**
 * A part of an open file on its way to a client: one piece is read when the one before it was taken,
 * so a slow reader costs one buffer and a descriptor, and no thread.
 */
import * as nodeFs from "node:fs";

/** Enough to keep a fast connection busy; the system's buffer of a socket covers the next read. */
const PIECE_BYTES = 128 * 1024;

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
  #position: number;
  #left: number;
  #busy = false;
  #over = false;

  /** @param offset - of the first byte of `bytes` to send. The descriptor is closed here. */
  constructor(fd: number, offset: number, bytes: number, system: FileSystem = nodeFs) {
    this.bytes = bytes;
    this.#fd = fd;
    this.#position = offset;
    this.#left = bytes;
    this.#system = system;
  }

  /**
   * Sends it, no faster than the target takes it; once.
   * @param sent - told after each piece.
   * @param done - null: all of it is sent. Not called after `release`.
   */
  send(target: Target, sent: (bytes: number) => void, done: (error: Error | null) => void): void {
    const buffer = Buffer.allocUnsafeSlow(Math.min(PIECE_BYTES, this.#left));
    const next = (): void => {
      if (this.#left === 0) {
        this.release();
        done(null);
        return;
      }
      this.#busy = true;
      const want = Math.min(buffer.length, this.#left);
      this.#system.read(this.#fd, buffer, 0, want, this.#position, (error, count) => {
        this.#busy = false;
        if (this.#over) {
          this.#close();
        } else if (error !== null || count === 0) {
          this.release();
          done(error ?? new Error(`the file became shorter: ${this.#left} bytes are missing`));
        } else {
          this.#position += count;
          this.#left -= count;
          target.write(buffer.subarray(0, count), (failed) => {
            if (this.#over) return;
            // A connection that has ended says so itself.
            if (failed === undefined || failed === null) {
              sent(count);
              next();
            }
          });
        }
      });
    };
    next();
  }

  /** It isn't needed any more. */
  release(): void {
    if (this.#over) return;
    this.#over = true;
    // A descriptor that is being read from must stay what it is.
    if (!this.#busy) this.#close();
  }

  #close(): void {
    // Nothing can be done about an error here, and nothing depends on it.
    this.#system.close(this.#fd, () => {});
  }
}
