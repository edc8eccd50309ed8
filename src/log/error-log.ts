/**
 * The error log on standard error: `[time] [pid] [LEVEL] text`, one entry a write. Lines after the
 * first are indented, so that an entry is recognised as one and nobody's text can fake another.
 */
import type { Log, LogLevel } from "../base/log.ts";

const RANK: Readonly<Record<LogLevel, number>> = {
  debug: 10,
  info: 20,
  warning: 30,
  error: 40,
  critical: 50,
};

/** Control characters but tab and line feed: they could drive a terminal. */
// eslint-disable-next-line no-control-regex -- the control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

export class ErrorLog implements Log {
  readonly #level: number;
  #sink: { write(text: string): unknown };
  /** Hears of every entry, also of those that are below the level. */
  onEntry: ((level: LogLevel) => void) | null = null;

  constructor(level: LogLevel, sink: { write(text: string): unknown }) {
    this.#level = RANK[level];
    this.#sink = sink;
  }

  /** What comes from now on is written there. */
  continueIn(sink: { write(text: string): unknown }): void {
    this.#sink = sink;
  }

  write(level: LogLevel, text: string): void {
    this.onEntry?.(level);
    if (RANK[level] < this.#level) return;
    const clean = text.replace(CONTROL, (char) => `\\x${hex(char.charCodeAt(0))}`);
    const entry = clean.replaceAll("\n", "\n  ");
    this.#sink.write(
      `[${timestamp(new Date())}] [${process.pid}] [${level.toUpperCase()}] ${entry}\n`,
    );
  }
}

function hex(code: number): string {
  return code.toString(16).padStart(2, "0");
}

/** `2026-11-21 10:00:00 +0100`: local time with its offset. */
export function timestamp(date: Date): string {
  const offset = -date.getTimezoneOffset();
  const sign = offset < 0 ? "-" : "+";
  const zone = `${sign}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())} ${zone}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
