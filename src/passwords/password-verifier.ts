/**
 * Looks at passwords, in a thread of its own, one after the other. So wrong ones cost at most one CPU,
 * and never the event loop's; who waits is bounded.
 *
 * A right one is remembered for some minutes, because browsers send it with each request: not the
 * password but a keyed hash of it, with a key that is made anew in each process.
 */
import { createHmac, randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";

import type { PasswordQuestion, PasswordReply } from "./bcrypt-thread.ts";

const REMEMBER_MS = 5 * 60_000;
const MAX_REMEMBERED = 4096;
/** So many wait for the thread; at 70 ms each the last one waits for some seconds. */
const MAX_WAITING = 64;

/** "busy": too many are waiting already, or the thread is gone. */
export type PasswordVerdict = "right" | "wrong" | "busy";

export class PasswordVerifier {
  readonly #key: Buffer = randomBytes(32);
  /** Until when, by keyed hash. */
  readonly #remembered: Map<string, number> = new Map();
  readonly #waiting: Map<number, (isRight: boolean | null) => void> = new Map();
  readonly #nowMs: () => number;
  readonly #makeThread: () => Worker;
  #thread: Worker | null = null;
  #lastNumber = 0;

  constructor(
    nowMs: () => number = () => performance.now(),
    makeThread: () => Worker = () => new Worker(new URL("./bcrypt-thread.js", import.meta.url)),
  ) {
    this.#nowMs = nowMs;
    this.#makeThread = makeThread;
  }

  /**
   * @param hash - of the user, or of another one where there is no such user: so that both take as long.
   * @param isKnown - whether there is such a user.
   * @returns at once when the same was right before.
   */
  verify(
    user: string,
    password: string,
    hash: string,
    isKnown: boolean,
  ): PasswordVerdict | Promise<PasswordVerdict> {
    const digest = createHmac("sha256", this.#key)
      .update(`${hash}\0${user}\0${password}`)
      .digest("base64");
    const untilMs = this.#remembered.get(digest);
    if (untilMs !== undefined && this.#nowMs() < untilMs) return "right";
    if (this.#waiting.size >= MAX_WAITING) return "busy";
    return this.#ask(password, hash).then((isRight) => {
      if (isRight === null) return "busy";
      if (!isRight || !isKnown) return "wrong";
      this.#remember(digest);
      return "right";
    });
  }

  #remember(digest: string): void {
    if (this.#remembered.size >= MAX_REMEMBERED) this.#remembered.clear();
    this.#remembered.set(digest, this.#nowMs() + REMEMBER_MS);
  }

  /** Null: there is nobody to ask. */
  #ask(password: string, hash: string): Promise<boolean | null> {
    const number = ++this.#lastNumber;
    const question: PasswordQuestion = { number, password, hash };
    let thread: Worker;
    try {
      thread = this.#thread ??= this.#start();
    } catch {
      return Promise.resolve(null); // The machine has no room for it now.
    }
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      thread.ref();
      // eslint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      thread.postMessage(question);
    });
  }

  #start(): Worker {
    const thread = this.#makeThread();
    thread.on("message", ({ number, isRight }: PasswordReply) => {
      this.#waiting.get(number)?.(isRight);
      this.#waiting.delete(number);
      // An idle thread keeps no process alive.
      if (this.#waiting.size === 0) thread.unref();
    });
    const gone = (): void => {
      if (this.#thread !== thread) return;
      this.#thread = null;
      for (const resolve of this.#waiting.values()) resolve(null);
      this.#waiting.clear();
    };
    thread.on("error", gone);
    thread.on("exit", gone);
    return thread;
  }
}
