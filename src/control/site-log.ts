/** The log of one of several sites: each entry says whose it is. */
import type { Log, LogLevel } from "../base/log.ts";

export class SiteLog implements Log {
  readonly #log: Log;
  readonly #prefix: string;

  constructor(log: Log, name: string) {
    this.#log = log;
    this.#prefix = `site ${name}: `;
  }

  write(level: LogLevel, text: string): void {
    this.#log.write(level, this.#prefix + text);
  }
}
