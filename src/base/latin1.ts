/**
 * Bytes to latin-1 text and back: one character for each byte, as RFC 9112 §2.2 and PEP 3333
 * ("Unicode Issues") want it.
 *
 * `latin1Slice` and `latin1Write` are what `toString("latin1")` and `write(…, "latin1")` come down
 * to; Node has had them since its first Buffers, without documenting them. Called directly they
 * save the argument checks. The plain forms stand behind them for a runtime without them.
 */

declare global {
  interface Buffer {
    latin1Slice?(start: number, end: number): string;
    latin1Write?(text: string, offset: number, length: number): number;
  }
}

/** The latin-1 text of `bytes[start…end)`. */
export const latin1Text: (bytes: Buffer, start: number, end: number) => string =
  typeof Buffer.prototype.latin1Slice === "function"
    ? (bytes, start, end) => bytes.latin1Slice!(start, end)
    : (bytes, start, end) => bytes.toString("latin1", start, end);

/** Writes latin-1 text at `offset`; the caller made room for it. */
export const writeLatin1: (bytes: Buffer, text: string, offset: number) => void =
  typeof Buffer.prototype.latin1Write === "function"
    ? (bytes, text, offset) => void bytes.latin1Write!(text, offset, text.length)
    : (bytes, text, offset) => void bytes.write(text, offset, "latin1");
