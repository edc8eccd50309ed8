/**
 * Memory that is used again, in a few sizes. A buffer that is made anew for each large body costs its
 * owner little and the collector much: with 64 KiB bodies a third of the front's time went into
 * marking (bench item `post-64kib`, Node.js 20.20). bench/micro/buffer-pool.ts measures it alone.
 *
 * What is taken and not given back is left to the collector. What is in it is what was in it before.
 */

/** The smallest and the largest size that is kept; each is twice the one before. */
const MIN_SIZE_BITS = 12;
const MAX_SIZE_BITS = 20;

export class BufferPool {
  /** Free buffers by size: 4 KiB, 8 KiB, ... 1 MiB. */
  readonly #free: Buffer[][] = [];
  readonly #maxFreeBytes: number;
  #freeBytes = 0;

  /** @param maxFreeBytes - how much may lie here unused. */
  constructor(maxFreeBytes: number) {
    this.#maxFreeBytes = maxFreeBytes;
    for (let bits = MIN_SIZE_BITS; bits <= MAX_SIZE_BITS; bits++) this.#free.push([]);
  }

  /** A buffer of at least so many bytes. */
  take(bytes: number): Buffer {
    const bits = sizeBits(bytes);
    if (bits > MAX_SIZE_BITS) return Buffer.allocUnsafeSlow(bytes);
    const buffer = this.#free[bits - MIN_SIZE_BITS]?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(2 ** bits);
    this.#freeBytes -= buffer.length;
    return buffer;
  }

  /** The whole of a buffer that `take` gave, and that nobody reads or writes any more. */
  give(buffer: Buffer): void {
    const size = buffer.length;
    const bits = sizeBits(size);
    if (bits > MAX_SIZE_BITS || this.#freeBytes + size > this.#maxFreeBytes) return;
    this.#freeBytes += size;
    this.#free[bits - MIN_SIZE_BITS]?.push(buffer);
  }
}

function sizeBits(bytes: number): number {
  return Math.max(MIN_SIZE_BITS, 32 - Math.clz32(bytes - 1));
}
