/** What a FILE frame says beyond what an ANSWER says, too (wire §5.11). */
import { FILE_PREFIX_BYTES, Flag } from "./frame.ts";
import type { FrameReader } from "./frame-reader.ts";

/**
 * Whose path it is: "handed": of a file that the worker has open; else the value of the
 * application's response field.
 */
export type FileOrigin = "handed" | "x-sendfile" | "x-accel-redirect";

export interface FileOffer {
  readonly origin: FileOrigin;
  /** In the bytes of the file system. */
  readonly path: Buffer;
  /** The first byte to send. */
  readonly offset: number;
  /** How many bytes; -1: to the end of the file. */
  readonly length: number;
  readonly device: bigint;
  readonly inode: bigint;
}

/** The offer of a FILE frame; it stays valid when the frame's bytes are gone. */
export function readFileOffer(frame: FrameReader): FileOffer {
  const { bytes, flags } = frame;
  const prefix = frame.headStart - FILE_PREFIX_BYTES;
  return {
    origin: originOf(flags),
    path: Buffer.from(frame.payload()),
    offset: frame.fileOffset,
    length: frame.contentLength,
    device: bytes.readBigUInt64LE(prefix + 20),
    inode: bytes.readBigUInt64LE(prefix + 28),
  };
}

function originOf(flags: number): FileOrigin {
  if ((flags & Flag.sendfile) !== 0) return "x-sendfile";
  return (flags & Flag.accelRedirect) !== 0 ? "x-accel-redirect" : "handed";
}
