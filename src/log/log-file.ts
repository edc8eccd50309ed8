/** A log in a file: appended to, and opened again by its name when it has been moved away (log rotation). */
import { type WriteStream, createWriteStream, openSync } from "node:fs";

export class LogFile {
  readonly #path: string;
  readonly #onError: (error: Error) => void;
  #file: WriteStream;

  /**
   * @param onError - when something can't be written, or the file not be opened again.
   * @throws the system's error when the file can't be opened.
   */
  constructor(path: string, onError: (error: Error) => void) {
    this.#path = path;
    this.#onError = onError;
    this.#file = this.#open();
  }

  /** @param encoding - of text. */
  write(data: string | Uint8Array, encoding: BufferEncoding = "utf8"): void {
    this.#file.write(data, encoding);
  }

  reopen(): void {
    try {
      const old = this.#file;
      this.#file = this.#open();
      old.end();
    } catch (error) {
      // The old file is better than none.
      this.#onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #open(): WriteStream {
    const file = createWriteStream(this.#path, { fd: openSync(this.#path, "a") });
    file.on("error", this.#onError);
    return file;
  }

  /** Resolves when all is in the file. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#file.end(resolve));
  }
}
