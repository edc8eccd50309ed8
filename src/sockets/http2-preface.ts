/** How a client begins that knows that the server speaks HTTP/2 (RFC 9113 §3.3, §3.4). */

const PREFACE = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

/**
 * Whether a connection begins with it.
 * @param earlier - how many bytes of it have come before.
 * @returns how many bytes of it have come now: all of them with "yes"; -1: it is something else.
 */
export function matchPreface(earlier: number, chunk: Buffer): number {
  const length = Math.min(chunk.length, PREFACE.length - earlier);
  const fits = PREFACE.compare(chunk, 0, length, earlier, earlier + length) === 0;
  return fits ? earlier + length : -1;
}

/** What has come of it. */
export function prefaceStart(bytes: number): Buffer {
  return PREFACE.subarray(0, bytes);
}

export const PREFACE_BYTES: number = PREFACE.length;
