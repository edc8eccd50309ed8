/**
 * The access log: one line a request, to standard output or a file. Lines
 * are gathered for a moment and written together.
 */
import type { AccessFormat } from "./access-format.ts";
import { type AccessLine, renderAccessLine } from "./access-line.ts";
import { LogFile } from "./log-file.ts";

/** Lines wait this long for others; what an operator who follows the log does not notice. */
const GATHER_MS = 100;

export class AccessLog {
  readonly #format: AccessFormat;
  readonly #file: LogFile | null;
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
    this.#file = path === null ? null : new LogFile(path, onError);
  }

  write(line: AccessLine, date: Date = new Date()): void {
    this.#gathered += this.#format(line, date);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#gathered === "") return;
    if (this.#file === null) process.stdout.write(this.#gathered, "latin1");
    else this.#file.write(this.#gathered, "latin1");
    this.#gathered = "";
  }

  /** Opens the file by its name again: the old one may have been moved away (log rotation). */
  reopen(): void {
    this.flush();
    this.#file?.reopen();
  }

  /** Writes what is left; resolves when it is in the file. */
  async close(): Promise<void> {
    this.flush();
    await this.#file?.close();
  }
}
