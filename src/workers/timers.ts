/** Things to do later, all of which can be called off at once. */
export class Timers {
  readonly #timers: Set<NodeJS.Timeout> = new Set();

  later(delayMs: number, action: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }

  /** What was planned does not happen. More can be planned. */
  clear(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}
