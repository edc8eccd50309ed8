/**
 * A collected request body for a worker that may not open the front's files: read from the temporary
 * file, and handed on as the application asks for it (wire §7.2). The client has sent all of it before.
 */
import type { BodySource } from "./streamed-body.ts";
import type { TemporaryFile } from "./temporary-file.ts";

const PIECE_BYTES = 64 * 1024;

/** Where the pieces go. */
export interface FiledBodyTarget {
  add(data: Buffer): void;
  end(): void;
}

export class FiledBody implements BodySource {
  readonly #file: TemporaryFile;
  readonly #bytes: number;
  readonly #onError: (error: Error) => void;
  #target: FiledBodyTarget | null = null;
  #at = 0;
  #isReading = false;
  /** Until the application asks for it. */
  #isPaused = true;

  /** @param onError - it can't be read; nothing else follows. */
  constructor(file: TemporaryFile, bytes: number, onError: (error: Error) => void) {
    this.#file = file;
    this.#bytes = bytes;
    this.#onError = onError;
  }

  /** Before anything is asked for. */
  sendTo(target: FiledBodyTarget): void {
    this.#target = target;
  }

  pauseReading(): void {
    this.#isPaused = true;
  }

  resumeReading(): void {
    this.#isPaused = false;
    // Who asks for more may still have enough, and then says so at once.
    queueMicrotask(() => this.#read());
  }

  #read(): void {
    const size = Math.min(PIECE_BYTES, this.#bytes - this.#at);
    if (this.#isReading || this.#isPaused || size === 0) return;
    this.#isReading = true;
    const piece = Buffer.allocUnsafeSlow(size);
    this.#file.read(piece, this.#at, (error) => {
      this.#isReading = false;
      if (error !== null) {
        this.#onError(error);
        return;
      }
      this.#at += size;
      this.#target?.add(piece);
      if (this.#at === this.#bytes) this.#target?.end();
      else this.#read();
    });
  }
}
