/**
 * The connections of a listener, each with what `ConnectionCounts` counts it under. Not a `Map`: as
 * connections come and go its old tables would keep them alive (base/number-table.ts says how).
 */

/** Knows its place; -1: it is in no list. */
export interface Placed {
  place: number;
}

export class OpenConnections<T extends Placed> {
  readonly #list: T[] = [];
  readonly #keys: string[] = [];
  #next = 0;

  get size(): number {
    return this.#list.length;
  }

  add(connection: T, key: string): void {
    connection.place = this.#list.length;
    this.#list.push(connection);
    this.#keys.push(key);
  }

  /** Returns its key; undefined when it was not there. */
  remove(connection: T): string | undefined {
    const { place } = connection;
    if (place < 0) return undefined;
    const key = this.#keys[place];
    const last = this.#list.pop()!;
    const lastKey = this.#keys.pop()!;
    if (last !== connection) {
      this.#list[place] = last;
      this.#keys[place] = lastKey;
      last.place = place;
    }
    connection.place = -1;
    return key;
  }

  /** All of them, as they are now. */
  all(): T[] {
    return this.#list.slice();
  }

  /**
   * Looks for one, at `looks` of them at the most; the next search begins where this one ended.
   * Undefined: it was not among them.
   */
  find(looks: number, isWanted: (connection: T) => boolean): T | undefined {
    for (let look = Math.min(looks, this.#list.length); look > 0; look--) {
      if (this.#next >= this.#list.length) this.#next = 0;
      const connection = this.#list[this.#next++]!;
      if (isWanted(connection)) return connection;
    }
    return undefined;
  }
}
