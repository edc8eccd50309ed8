/**
 * The front's side of "look again before you sleep": while a fast worker has requests, the event loop
 * keeps turning for a moment instead of sleeping until the answer comes. Waking a sleeping process
 * costs more than a fast request takes. Measured at one connection ("hello", Node.js 20.20): p50 from
 * 98 to 45 microseconds, requests/s doubled; at 64 connections no difference.
 *
 * A turn without work costs a few microseconds. It stops by itself when no answer came within
 * LOOKS turns, and who starts it asks first whether the worker is fast.
 */

/** About 200 microseconds. */
const LOOKS = 60;

export class LookAgain {
  #left = 0;
  #turning = false;
  readonly #turn: () => void;

  constructor() {
    this.#turn = () => {
      if (this.#left-- > 0) setImmediate(this.#turn);
      else this.#turning = false;
    };
  }

  /** An answer is expected very soon. */
  start(): void {
    this.#left = LOOKS;
    if (this.#turning) return;
    this.#turning = true;
    setImmediate(this.#turn);
  }

  /** No answer is expected any more. */
  stop(): void {
    this.#left = 0;
  }
}
