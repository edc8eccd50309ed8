/**
 * A map from numbers to values for entries that come and go all the time.
 *
 * A `Map` would do, but V8 makes a new table for it again and again as entries go, and the old one
 * points to the new one. Once one of them is old in the sense of the garbage collector, it keeps
 * all later ones alive with what is in them until the next full collection: 400 bytes of each request
 * survived, measured at 64 connections, and each minor collection took 5 ms instead of less than 1.
 *
 * Open addressing with linear probing; a removed entry's place is filled by what comes behind it. Numbers that rise
 * one by one are spread over the table: side by side they would be one long run, which each removal of the oldest
 * one would go through to its end (64 entries: 240 nanoseconds for set, get and delete instead of 16).
 *
 * bench/micro/number-table.ts measures it, and what the collector does; a Map is the plain twin of the test.
 */

const SMALLEST_BITS = 4;

/** 2^32 divided by the golden ratio: its multiples are spread evenly. */
const SPREAD = 0x9e3779b1;

export class NumberTable<T> {
  /** How many entries there are. */
  size = 0;
  /** 0: free. The length is a power of two, and at most half of it is in use. */
  #numbers: Uint32Array = new Uint32Array(2 ** SMALLEST_BITS);
  #values: (T | undefined)[] = Array.from({ length: 2 ** SMALLEST_BITS });
  /** Leaves as many bits of 32 as the length has. */
  #shift = 32 - SMALLEST_BITS;

  get(number: number): T | undefined {
    return this.#values[this.#placeOf(number)];
  }

  has(number: number): boolean {
    return this.#numbers[this.#placeOf(number)] === number;
  }

  /** @param number - from 1 to 2^32 - 1. */
  set(number: number, value: T): void {
    if (this.size * 2 >= this.#numbers.length) this.#grow();
    const place = this.#placeOf(number);
    if (this.#numbers[place] === 0) {
      this.#numbers[place] = number;
      this.size++;
    }
    this.#values[place] = value;
  }

  /** Returns whether it was there. */
  delete(number: number): boolean {
    const numbers = this.#numbers;
    const values = this.#values;
    let free = this.#placeOf(number);
    if (numbers[free] === 0) return false;
    this.size--;
    const mask = numbers.length - 1;
    const shift = this.#shift;
    for (let next = (free + 1) & mask; numbers[next] !== 0; next = (next + 1) & mask) {
      // It may move up unless its own place lies behind the free one.
      const own = Math.imul(numbers[next]!, SPREAD) >>> shift;
      if (((next - own) & mask) < ((next - free) & mask)) continue;
      numbers[free] = numbers[next]!;
      values[free] = values[next];
      free = next;
    }
    numbers[free] = 0;
    values[free] = undefined;
    return true;
  }

  clear(): void {
    this.#numbers.fill(0);
    this.#values.fill(undefined);
    this.size = 0;
  }

  /** The numbers, in rising order. */
  keys(): number[] {
    return Array.from(this.#numbers.filter((number) => number !== 0).toSorted());
  }

  /** The values, in the order of their numbers. */
  values(): T[] {
    return this.keys().map((number) => this.get(number)!);
  }

  /** Entries, in the order of their numbers; as they are now, whatever is changed meanwhile. */
  [Symbol.iterator](): IterableIterator<[number, T]> {
    return this.keys()
      .map((number): [number, T] => [number, this.get(number)!])
      .values();
  }

  /** Where it is, or the free place where it would be. */
  #placeOf(number: number): number {
    const numbers = this.#numbers;
    const mask = numbers.length - 1;
    let place = Math.imul(number, SPREAD) >>> this.#shift;
    while (numbers[place] !== number && numbers[place] !== 0) place = (place + 1) & mask;
    return place;
  }

  #grow(): void {
    const entries = [...this];
    this.#numbers = new Uint32Array(this.#numbers.length * 2);
    this.#values = Array.from({ length: this.#numbers.length });
    this.#shift--;
    this.size = 0;
    for (const [number, value] of entries) this.set(number, value);
  }
}
