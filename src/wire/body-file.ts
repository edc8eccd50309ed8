/** Where a request's body lies when it is too large for a frame (wire §4.2.1). */
import { BODY_FILE_PREFIX_BYTES } from "./frame.ts";

/**
 * The place of the body in a REQUEST with `Flag.bodyInFile`.
 * @param bytes - the length of the body; at most 2^53 - 1.
 */
export function encodeBodyFile(bytes: number, path: string): Buffer {
  const pathBytes = Buffer.from(path, "utf8");
  const place = Buffer.allocUnsafe(BODY_FILE_PREFIX_BYTES + pathBytes.length);
  place.writeBigUInt64LE(BigInt(bytes), 0);
  pathBytes.copy(place, BODY_FILE_PREFIX_BYTES);
  return place;
}
