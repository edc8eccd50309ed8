/**
 * The memory that all connections together spend on requests that have not come whole, and on
 * answers that wait for their readers. Each connection has limits of its own (`--request-buffer`,
 * `--response-buffer`); times a thousand connections they would be too much for any machine. So while
 * the sum is above `--buffer-total`, what a connection needs beyond a small share goes to its
 * temporary file, as it would beyond its own limits. A head has no file: a large one is refused then.
 *
 * It is a bound for what is decided, not for what is held: nothing that waits is moved, and the small
 * share is never refused. Answers are counted as the sockets hold them at the last look, and looked at
 * again when the sum seems too high: so whoever keeps up costs nothing here.
 */

import { BufferPool } from "../base/buffer-pool.ts";

/** What a connection may keep whatever the sum: a write to its file is not worth it for less. */
export const KEPT_BYTES: number = 64 * 1024;
/** The same for a head that has not come whole. Most heads are far smaller. */
export const KEPT_HEAD_BYTES: number = 8 * 1024;
/** Memory that lies ready for the next bodies: at most so much, and a part of what all may hold. */
const MAX_FREE_BYTES = 8 * 1024 * 1024;
const FREE_PART = 1 / 8;
/** Sockets are looked at again no more often than this. */
const LOOK_AGAIN_MS = 20;

/** A socket that has an answer waiting. */
export interface WaitingTarget {
  readonly writableLength: number;
  once(event: "close", listener: () => void): unknown;
}

export class BufferMemory {
  /** Where memory for a whole body comes from. */
  readonly pool: BufferPool;
  readonly #totalBytes: number;
  readonly #nowMs: () => number;
  #heldBytes = 0;
  /** With what was counted for each. */
  readonly #targets: Map<WaitingTarget, number> = new Map();
  #lookedAtMs = -Infinity;

  /** @param totalBytes - what all connections may hold together. */
  constructor(totalBytes: number, nowMs: () => number = () => performance.now()) {
    this.#totalBytes = totalBytes;
    this.pool = new BufferPool(Math.min(MAX_FREE_BYTES, totalBytes * FREE_PART));
    this.#nowMs = nowMs;
  }

  /** Counts bytes that the caller holds; a negative number gives them back. */
  add(bytes: number): void {
    this.#heldBytes += bytes;
  }

  /** Whether the sum is above what all may hold. */
  get isShort(): boolean {
    return this.#isShortOf(0);
  }

  /** Whether the sum would be above it with so many more. */
  #isShortOf(moreBytes: number): boolean {
    if (this.#heldBytes + moreBytes <= this.#totalBytes) return false;
    const nowMs = this.#nowMs();
    if (nowMs - this.#lookedAtMs >= LOOK_AGAIN_MS) {
      this.#lookedAtMs = nowMs;
      for (const target of this.#targets.keys()) this.#count(target, target.writableLength);
    }
    return this.#heldBytes + moreBytes > this.#totalBytes;
  }

  /**
   * Whether more may be written to the socket, beyond what waits in it.
   * @param limitBytes - what this one may hold.
   * @param moreBytes - how much more, where that may be more than the small share.
   */
  hasRoomIn(target: WaitingTarget, limitBytes: number, moreBytes = 0): boolean {
    const waiting = target.writableLength;
    if (waiting <= KEPT_BYTES && moreBytes <= KEPT_BYTES) return waiting <= limitBytes;
    if (waiting > KEPT_BYTES) this.wroteTo(target);
    return waiting <= limitBytes && !this.#isShortOf(moreBytes);
  }

  /** More than the small share was written to the socket: it may hold it. */
  wroteTo(target: WaitingTarget): void {
    if (target.writableLength === 0) return;
    if (!this.#targets.has(target)) {
      target.once("close", () => {
        this.#count(target, 0);
        this.#targets.delete(target);
      });
    }
    this.#count(target, target.writableLength);
  }

  #count(target: WaitingTarget, bytes: number): void {
    this.#heldBytes += bytes - (this.#targets.get(target) ?? 0);
    this.#targets.set(target, bytes);
  }
}
