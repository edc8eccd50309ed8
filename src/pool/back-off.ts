/**
 * How long to wait before a worker that died is replaced: at once when it had lived for a while,
 * longer each time when workers keep dying young, so that a broken application burns nothing.
 */

/** A worker that lived this long counts as healthy. */
const HEALTHY_MS = 5_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;

export class BackOff {
  #failures = 0;

  /** Milliseconds to wait after a worker that lived `livedMs` has died. */
  delayAfter(livedMs: number): number {
    if (livedMs >= HEALTHY_MS) {
      this.#failures = 0;
      return 0;
    }
    // The first one may be an accident.
    if (this.#failures++ === 0) return 0;
    return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(this.#failures - 2, 20));
  }

  /** A worker became ready and answered: what was wrong is over. */
  reset(): void {
    this.#failures = 0;
  }
}
