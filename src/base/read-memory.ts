/**
 * Memory for reads that is used again. Whoever needs what was read beyond the moment keeps a view of it and
 * releases it when done; until then the next reads go into other memory. So bytes that are passed on are neither
 * copied nor is memory made anew for them: made anew, it cost answers of 1 MiB half of the front's time, spent by
 * the collector in marking (bench item `1mib`, Node.js 20.20).
 *
 * A view that is never released leaves its memory to the collector.
 */

/** Memory that somebody reads into. */
export interface Lender {
  /** A view is in use from now on. */
  keep(): void;
  /** One of the views isn't any more. */
  release(): void;
}

/** Memory that nobody uses again: views of it need no care. */
export const OWN_MEMORY: Lender = { keep: () => {}, release: () => {} };

class Lent implements Lender {
  readonly buffer: Buffer;
  views = 0;
  readonly #whenFree: (memory: Lent) => void;

  constructor(bytes: number, whenFree: (memory: Lent) => void) {
    this.buffer = Buffer.allocUnsafeSlow(bytes);
    this.#whenFree = whenFree;
  }

  keep(): void {
    this.views++;
  }

  release(): void {
    if (--this.views === 0) this.#whenFree(this);
  }
}

export class ReadMemory {
  readonly #bytes: number;
  readonly #free: Lent[] = [];
  /** What was read into last; made with the first read. */
  #current: Lent | null = null;
  readonly #whenFree: (memory: Lent) => void;

  /**
   * @param bytes - of one read.
   * @param maxFree - how many buffers may lie here unused, beside the one for the next read.
   */
  constructor(bytes: number, maxFree: number) {
    this.#bytes = bytes;
    this.#whenFree = (memory) => {
      if (memory !== this.#current && this.#free.length < maxFree) this.#free.push(memory);
    };
  }

  /** Of what was read last. */
  get lender(): Lender {
    return this.#current ?? OWN_MEMORY;
  }

  /** Where the next read goes: nobody has a view of it. */
  next(): Buffer {
    let memory = this.#current;
    if (memory === null || memory.views > 0) {
      memory = this.#free.pop() ?? new Lent(this.#bytes, this.#whenFree);
      this.#current = memory;
    }
    return memory.buffer;
  }
}
