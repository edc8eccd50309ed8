/**
 * A site whose application could not be loaded while others can: its requests are answered with 503, and
 * it is tried again, later each time.
 */
import type { StaticAnswer, StaticSource } from "../listen/static-source.ts";
import type { StaticPlace } from "../static/mounts.ts";
import { plainAnswer } from "../static/page-answers.ts";

/** A database that was not up yet is up after seconds; broken code needs somebody. */
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;

const EVERYTHING: StaticPlace = {
  mount: { prefix: "", folders: [] },
  sent: "",
  path: "mount-without-slash",
};

export class SiteDown implements StaticSource {
  readonly #retry: (() => Promise<boolean>) | null;
  #delayMs = FIRST_RETRY_MS;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  /** @param retry - tries to load the application; true: it serves. Null: that would be of no use. */
  constructor(retry: (() => Promise<boolean>) | null) {
    this.#retry = retry;
    this.#wait();
  }

  #wait(): void {
    const retry = this.#retry;
    if (retry === null) return;
    this.#timer = setTimeout(() => {
      void retry().then((serves) => {
        if (serves || this.#isOver) return;
        this.#delayMs = Math.min(LONGEST_RETRY_MS, this.#delayMs * 2);
        this.#wait();
      });
    }, this.#delayMs).unref();
  }

  /** It is up, or the server stops. */
  end(): void {
    this.#isOver = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  match(): StaticPlace {
    return EVERYTHING;
  }

  answer(): StaticAnswer {
    const seconds = Math.ceil(this.#delayMs / 1000);
    const lines = `Retry-After: ${seconds}\r\nCache-Control: no-store\r\n`;
    const { status, head, text } = plainAnswer(503, lines);
    return { status, head, text, bytes: text.length, body: null, file: null };
  }
}
