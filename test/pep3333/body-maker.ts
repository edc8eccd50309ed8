/** Bytes that the test and the application (test/apps/pep3333/body.py) can both make from a seed. */
import { createHash } from "node:crypto";

/** About one byte in 256 is a line feed. */
export function makeBody(seed: number, size: number): Buffer {
  const blocks: Buffer[] = [];
  for (let i = 0; i <= Math.floor(size / 64); i++) {
    blocks.push(createHash("sha512").update(`${seed}:${i}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, size);
}

/** In the chunked coding, in chunks of the sizes given, over and over. */
export function chunked(body: Buffer, sizes: readonly number[]): Buffer {
  const parts: (string | Buffer)[] = [];
  let at = 0;
  for (let i = 0; at < body.length; i++) {
    const piece = body.subarray(at, at + (sizes[i % sizes.length] ?? body.length));
    parts.push(`${piece.length.toString(16)}\r\n`, piece, "\r\n");
    at += piece.length;
  }
  parts.push("0\r\n\r\n");
  return Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
}

export function sha256(body: Uint8Array): string {
  return createHash("sha256").update(body).digest("hex");
}
