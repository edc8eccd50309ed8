/**
 * How long an HTTP/1.1 connection waits for its client: for a request, its head, its content, the end of the
 * connection, and for answers to be taken. It decides only; who looks at it, about once a second, acts.
 *
 * Times are milliseconds of one clock that the caller reads.
 */
import type { Timeouts } from "./service.ts";

/** How long a connection that is done still waits for its client's end. */
const LINGER_MS = 2_000;

/** What the client has to do next. */
export type Awaited = "nothing" | "first-byte" | "head" | "body" | "next-request" | "end";

export class Http1Deadline {
  awaited: Awaited = "first-byte";
  #dueAtMs: number;
  /** Since when a request is waited for. */
  #idleSinceMs: number;
  /** When the body that is coming must have come (RFC 9110 §15.5.9), by `--body-min-rate`. */
  #bodyDueAtMs = 0;
  /** What the client had taken when it last took something; -1: nothing waits for it. */
  #takenBytes = -1;
  #takeDueAtMs = 0;

  constructor(timeouts: Timeouts, nowMs: number) {
    this.#idleSinceMs = nowMs;
    this.#dueAtMs = nowMs + timeouts.headerMs;
  }

  /** The client has done its part, or is kept waiting itself. */
  awaitNothing(): void {
    this.awaited = "nothing";
  }

  /** A head has come. */
  requestBegan(): void {
    this.awaited = "nothing";
    this.#bodyDueAtMs = 0;
  }

  /** Each piece of a body gives the next ones more time. */
  bodyCame(bytes: number, timeouts: Timeouts): void {
    this.#bodyDueAtMs += bytes * timeouts.bodyByteMs;
  }

  /** For the next piece, within the time that all of them have. */
  awaitBody(timeouts: Timeouts, nowMs: number): void {
    if (this.awaited !== "body") this.#bodyDueAtMs += nowMs + timeouts.bodyMs;
    this.awaited = "body";
    this.#dueAtMs = Math.min(nowMs + timeouts.bodyMs, this.#bodyDueAtMs);
  }

  /**
   * The whole head has to come in the time from its first byte: no later one gives it more, also
   * when the time is over and was not looked at yet.
   */
  awaitHead(timeouts: Timeouts, nowMs: number): void {
    if (this.awaited === "head") return;
    this.awaited = "head";
    this.#dueAtMs = nowMs + timeouts.headerMs;
  }

  awaitNextRequest(timeouts: Timeouts, nowMs: number): void {
    this.awaited = "next-request";
    this.#idleSinceMs = nowMs;
    this.#dueAtMs = nowMs + timeouts.keepAliveMs;
  }

  /** Our side is done. */
  awaitEnd(nowMs: number): void {
    this.awaited = "end";
    this.#dueAtMs = nowMs + LINGER_MS;
  }

  /** The client was not read from for a while: that time is not its own. */
  readingResumed(timeouts: Timeouts, nowMs: number): void {
    if (this.awaited !== "body") return;
    this.#bodyDueAtMs = Math.max(this.#bodyDueAtMs, nowMs + timeouts.bodyMs);
    this.#dueAtMs = nowMs + timeouts.bodyMs;
  }

  hasPassed(nowMs: number): boolean {
    return this.awaited !== "nothing" && nowMs >= this.#dueAtMs;
  }

  /** Since when it waits for a request; Infinity while it has something to do. */
  get idleSinceMs(): number {
    const isIdle = this.awaited === "next-request" || this.awaited === "first-byte";
    return isIdle ? this.#idleSinceMs : Infinity;
  }

  /**
   * Whether a reader is to be given up: it has taken nothing for the write timeout. One that is slow is not.
   * @param takenBytes - counted from any point; -1: nothing waits for it.
   */
  readerStalls(takenBytes: number, timeouts: Timeouts, nowMs: number): boolean {
    const moved = takenBytes !== this.#takenBytes;
    this.#takenBytes = takenBytes;
    if (takenBytes < 0) return false;
    if (moved) this.#takeDueAtMs = nowMs + timeouts.writeMs;
    else if (nowMs >= this.#takeDueAtMs) return true;
    // The last answer has to be out before the client's last bytes are waited for.
    if (this.awaited === "end") this.#dueAtMs = nowMs + LINGER_MS;
    return false;
  }
}
