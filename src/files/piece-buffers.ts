/**
 * Large buffers for the clients that keep up. There are so many and no more: who gets none goes on
 * with small pieces. So a thousand clients that all begin fast and then stand still cost what is
 * stated here, and not a thousand large buffers.
 */

/** Measured with a 10 MiB file on loopback: 128 KiB 1.4 GB/s, 512 KiB 2.2, and 2.5 when read ahead. */
export const LARGE_PIECE_BYTES: number = 512 * 1024;
/** 32 MiB in all. */
const MAX_LARGE = 64;
/** Kept for the next client: 4 MiB. New memory costs more than the copy into it. */
const MAX_IDLE = 8;

const idle: Buffer[] = [];
let lent = 0;

/** A large buffer, with anything in it; null: all of them are lent. */
export function borrowLarge(): Buffer | null {
  if (lent >= MAX_LARGE) return null;
  lent++;
  return idle.pop() ?? Buffer.allocUnsafeSlow(LARGE_PIECE_BYTES);
}

/**
 * Gives it back.
 * @param isFree - false: somebody may still read from it, so its memory is not used again.
 */
export function giveBackLarge(buffer: Buffer, isFree: boolean): void {
  lent--;
  if (isFree && idle.length < MAX_IDLE) idle.push(buffer);
}
