/** How often something may happen: a burst at once, and then so many a second. */
export class LeakyBucket {
  readonly #burst: number;
  readonly #perMs: number;
  #level = 0;
  #atMs = 0;

  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perMs = perSecond / 1000;
  }

  /** Counts one. @returns whether it was too much. */
  add(nowMs: number): boolean {
    this.#level = Math.max(0, this.#level - (nowMs - this.#atMs) * this.#perMs) + 1;
    this.#atMs = nowMs;
    return this.#level > this.#burst;
  }
}
