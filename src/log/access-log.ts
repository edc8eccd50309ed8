/**
 * The access log: one line a request in the combined format, to standard output or a file. Lines
 * are gathered for a moment and written together.
 */
import { type WriteStream, createWriteStream, openSync } from "node:fs";

/** What a line is made of. Sizes are bytes. */
export interface AccessLine {
  readonly remoteAddress: string;
  readonly method: string;
  readonly target: string;
  readonly version: 10 | 11 | 20;
  readonly status: number;
  readonly bodyBytes: number;
  readonly referer: string;
  readonly userAgent: string;
}

/** Everything a client could use to fake a line or drive a terminal. */
// eslint-disable-next-line no-control-regex -- the control characters are what is looked for
const UNSAFE = /["\\\u0000-\u001f\u007f-\u009f]/g;

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Lines wait this long for others; what an operator who follows the log does not notice. */
const GATHER_MS = 100;

export class AccessLog {
  readonly #path: string | null;
  readonly #onError: (error: Error) => void;
  #file: WriteStream | null;
  #gathered = "";
  #timer: NodeJS.Timeout | null = null;

  /**
   * @param path - a file to append to, or null for standard output.
   * @param onError - when a line can't be written later on.
   * @throws the system's error when the file can't be opened.
   */
  constructor(path: string | null, onError: (error: Error) => void) {
    this.#path = path;
    this.#onError = onError;
    this.#file = this.#open();
  }

  write(line: AccessLine, date: Date = new Date()): void {
    this.#gathered += renderAccessLine(line, date);
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

/** `address - - [day/Mon/year:time zone] "METHOD target HTTP/x.y" status bytes "referer" "agent"` */
export function renderAccessLine(line: AccessLine, date: Date): string {
  const version = (line.version / 10).toFixed(1);
  const request = `${escaped(line.method)} ${escaped(line.target)} HTTP/${version}`;
  return (
    `${line.remoteAddress || "-"} - - [${clfTime(date)}] "${request}" ${line.status} ` +
    `${line.bodyBytes} "${escaped(line.referer) || "-"}" "${escaped(line.userAgent) || "-"}"\n`
  );
}

function escaped(text: string): string {
  return text.replace(UNSAFE, (char) =>
    char === '"' || char === "\\"
      ? `\\${char}`
      : `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** `21/Nov/2026:10:00:00 +0100`, English months wherever it runs. */
function clfTime(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? "-" : "+"}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const day = `${two(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}`;
  return `${day}:${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
