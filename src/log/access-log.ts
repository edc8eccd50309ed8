/**
 * The access log: one line a request, to standard output or a file. Lines
 * are gathered for a moment and written together.
 */
import type { AccessEntry } from "../http/access-entry.ts";
import type { AccessFormat } from "./access-format.ts";
import { renderAccessLine } from "./access-line.ts";
import { LogFile } from "./log-file.ts";

/** Lines wait this long for others; what an operator who follows the log does not notice. */
const GATHER_MS = 100;

/** What the system writes to a pipe in one piece, on Linux (pipe(7)). */
const PIPE_BYTES = 4096;

export class AccessLog {
  readonly #format: AccessFormat;
  readonly #isShared: boolean;
  readonly #file: LogFile | null;
  #gathered = "";
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param path - a file to append to, or null for standard output.
   * @param onError - when a line can't be written later on.
   * @param format - of a line. Default: the combined format.
   * @param isShared - other processes write there, too.
   * @throws the system's error when the file can't be opened.
   */
  constructor(
    path: string | null,
    onError: (error: Error) => void,
    format: AccessFormat = renderAccessLine,
    isShared = false,
  ) {
    this.#format = format;
    this.#isShared = isShared;
    this.#file = path === null ? null : new LogFile(path, onError);
  }

  write(line: AccessEntry, date: Date = new Date()): void {
    this.#gathered += this.#format(line, date);
    this.#timer ??= setTimeout(() => this.flush(), GATHER_MS);
  }

  flush(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    if (this.#gathered === "") return;
    if (this.#file === null) {
      const pieces = this.#isShared ? wholeLines(this.#gathered, PIPE_BYTES) : [this.#gathered];
      for (const piece of pieces) process.stdout.write(piece, "latin1");
    } else this.#file.write(this.#gathered, "latin1");
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

/** Lines in pieces of at most so many characters, so that lines of other processes come between them and not into them. */
export function wholeLines(text: string, maxLength: number): string[] {
  const pieces: string[] = [];
  let start = 0;
  while (text.length - start > maxLength) {
    const before = text.lastIndexOf("\n", start + maxLength - 1);
    // A line that is longer stays whole here; the system may cut it.
    const end = before >= start ? before : text.indexOf("\n", start);
    if (end === -1 || end + 1 === text.length) break;
    pieces.push(text.slice(start, end + 1));
    start = end + 1;
  }
  return [...pieces, text.slice(start)];
}
