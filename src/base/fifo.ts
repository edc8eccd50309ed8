/**
 * A first-in first-out queue in a ring that doubles when it is full.
 *
 *     [ free | first … last | free ]      first = head & mask, last = (tail - 1) & mask
 *
 * `head` and `tail` only grow; their difference is the size. Taken places are cleared, so that the
 * queue keeps nothing alive. An array's `shift` moves what stays: with 100 requests waiting it takes eight times as
 * long, with very many it takes microseconds (bench/micro/queue.ts). An array is the plain twin of the test.
 */
export class Fifo<T> {
  #ring: (T | undefined)[] = Array.from({ length: 16 });
  #mask = 15;
  #head = 0;
  #tail = 0;

  get size(): number {
    return this.#tail - this.#head;
  }

  /** The item that `shift` would take. */
  get first(): T | undefined {
    return this.#ring[this.#head & this.#mask];
  }

  push(item: T): void {
    if (this.size === this.#ring.length) this.#grow();
    this.#ring[this.#tail++ & this.#mask] = item;
  }

  /** Puts an item before all others: it was taken too early. */
  unshift(item: T): void {
    if (this.size === this.#ring.length) this.#grow();
    // Positions count from 0 after #grow and never go below it: shift both ends up by a whole turn.
    if (this.#head === 0) {
      this.#head += this.#ring.length;
      this.#tail += this.#ring.length;
    }
    this.#ring[--this.#head & this.#mask] = item;
  }

  shift(): T | undefined {
    if (this.#head === this.#tail) return undefined;
    const place = this.#head++ & this.#mask;
    const item = this.#ring[place];
    this.#ring[place] = undefined;
    return item;
  }

  /** Removes an item wherever it stands; false when it isn't there. Takes time in the queue's size. */
  remove(item: T): boolean {
    const kept: T[] = [];
    let found = false;
    for (let next = this.shift(); next !== undefined; next = this.shift()) {
      if (!found && next === item) found = true;
      else kept.push(next);
    }
    for (const next of kept) this.push(next);
    return found;
  }

  #grow(): void {
    const size = this.size;
    const ring: (T | undefined)[] = Array.from({ length: this.#ring.length * 2 });
    for (let i = 0; i < size; i++) ring[i] = this.#ring[(this.#head + i) & this.#mask];
    this.#ring = ring;
    this.#mask = ring.length - 1;
    this.#head = 0;
    this.#tail = size;
  }
}
