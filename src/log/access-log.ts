/**
 * The access log: one line a request, to standard output or a file. Lines
 * are gathered for a moment and written together.
 */
import { type WriteStream, createWriteStream, openSync } from "node:fs";

import type { AccessFormat } from "./access-format.ts";
import { type AccessLine, renderAccessLine } from "./access-line.ts";

/** Lines wait this long for others; what an operator who follows the log does not notice. */
const GATHER_MS = 100;

export class AccessLog {
  readonly #path: string | null;
  readonly #onError: (error: Error) => void;
  readonly #format: AccessFormat;
  #file: WriteStream | null;
  #gathered = "";
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param path - a file to append to, or null for standard output.
   * @param onError - when a line can't be written later on.
   * @param format - of a line. Default: the combined format.
   * @throws the system's error when the file can't be opened.
   */
  constructor(
    path: string | null,
    onError: (error: Error) => void,
    format: AccessFormat = renderAccessLine,
  ) {
    this.#format = format;
    this.#path = path;
    this.#onError = onError;
    this.#file = this.#open();
  }

  write(line: AccessLine, date: Date = new Date()): void {
    this.#gathered += this.#format(line, date);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#gathered === "") return;
    const stream: NodeJS.WritableStream = this.#file ?? process.stdout;
    stream.write(this.#gathered, "latin1");
    this.#gathered = "";
  }

  /** Opens the file by its name again: the old one may have been moved away (log rotation). */
  reopen(): void {
    this.flush();
    try {
      const old = this.#file;
      this.#file = this.#open();
      old?.end();
    } catch (error) {
      // The old file is better than none.
      this.#onError(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #open(): WriteStream | null {
    if (this.#path === null) return null;
    const file = createWriteStream(this.#path, { fd: openSync(this.#path, "a") });
    file.on("error", this.#onError);
    return file;
  }

  /** Writes what is left; resolves when it is in the file. */
  close(): Promise<void> {
    this.flush();
    const file = this.#file;
    if (file === null) return Promise.resolve();
    return new Promise((resolve) => file.end(resolve));
  }
}
