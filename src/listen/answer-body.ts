/** Pieces of an answer's body to where they go, in the framing that the answer has. */
import type { Duplex } from "node:stream";

import { latin1Text } from "../base/latin1.ts";
import { OWN_MEMORY } from "../base/read-memory.ts";
import { CHUNK_END, encodeChunkHead } from "../http1/response-head.ts";
import type { FrameReader } from "../wire/frame-reader.ts";
import type { AnswerBacklog } from "./answer-backlog.ts";

/**
 * Up to here a body is copied behind its head. That costs no more than a second buffer in the write, as
 * long as both are below 16 KiB together, up to which Node writes a text without memory of its own; and
 * a slow reader of a small answer does not keep all of the memory that it was read into.
 */
export const SMALL_BODY_BYTES: number = 12 * 1024;
/** Larger buffers are written in views of this size, so that progress can be seen. */
const WRITE_PIECE_BYTES = 256 * 1024;

/** What is written of a body: a frame, as a rule. */
export type BodyPiece = Pick<FrameReader, "bytes" | "start" | "end" | "keep">;

/** Memory of its own as a piece. */
export function pieceOf(bytes: Buffer): BodyPiece {
  return { bytes, start: 0, end: bytes.length, keep: () => OWN_MEMORY };
}

/** Writes what the piece holds of the body; at least one byte. */
export function writeBody(socket: Duplex, piece: BodyPiece, chunked: boolean): void {
  const { bytes, start, end } = piece;
  const size = end - start;
  if (size <= SMALL_BODY_BYTES) {
    const text = latin1Text(bytes, start, end);
    socket.write(chunked ? encodeChunkHead(size) + text + CHUNK_END : text, "latin1");
    return;
  }
  const lender = piece.keep();
  if (chunked) {
    socket.cork();
    socket.write(encodeChunkHead(size), "latin1");
  }
  let at = start;
  for (; end - at > WRITE_PIECE_BYTES; at += WRITE_PIECE_BYTES) {
    socket.write(bytes.subarray(at, at + WRITE_PIECE_BYTES));
  }
  // After an error nobody says whether the system still reads from it.
  socket.write(bytes.subarray(at, end), (error) => {
    if (!error) lender.release();
  });
  if (chunked) {
    socket.write(CHUNK_END, "latin1");
    socket.uncork();
  }
}

/** The reader is slow: what the piece holds waits in the backlog. */
export function holdBody(backlog: AnswerBacklog, piece: BodyPiece, chunked: boolean): void {
  const { bytes, start, end } = piece;
  const size = end - start;
  if (chunked) backlog.add(Buffer.from(encodeChunkHead(size), "latin1"));
  backlog.add(bytes.subarray(start, end));
  if (chunked) backlog.add(Buffer.from(CHUNK_END, "latin1"));
}
