/**
 * Bytes to latin-1 text: one character for each byte, as RFC 9112 §2.2 wants a head to be read.
 *
 * `latin1Slice` is the method that `toString("latin1")` comes down to; Node has had it since its
 * first Buffers, without documenting it. Called directly it saves the argument checks:
 * MEASURED. The plain form stands behind it for a runtime without it.
 */

declare global {
  interface Buffer {
    latin1Slice?(start: number, end: number): string;
  }
}

/** The latin-1 text of `bytes[start…end)`. */
export const latin1Text: (bytes: Buffer, start: number, end: number) => string =
  typeof Buffer.prototype.latin1Slice === "function"
    ? (bytes, start, end) => bytes.latin1Slice!(start, end)
    : (bytes, start, end) => bytes.toString("latin1", start, end);
