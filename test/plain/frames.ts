/** Plain twins of `wire/frame-writer.ts` and `wire/frame-reader.ts`: memory and an object of its own for each frame. */
import { FrontFrame, HEADER_BYTES, WorkerFrame } from "../../src/wire/frame.ts";

/** wire §4.2 */
export function requestFramePlainly(
  number: number,
  fragment: Uint8Array,
  slots: string,
  body: Buffer | null,
  flags: number,
): Buffer {
  const prefix = Buffer.alloc(8);
  prefix.writeUInt32LE(fragment.length, 0);
  prefix.writeUInt32LE(slots.length, 4);
  const payload = Buffer.concat([
    prefix,
    fragment,
    Buffer.from(slots, "latin1"),
    body ?? Buffer.alloc(0),
  ]);
  return Buffer.concat([header(FrontFrame.request, number, flags, 0, payload.length), payload]);
}

/** wire §2.1 */
function header(
  type: number,
  number: number,
  flags: number,
  status: number,
  length: number,
): Buffer {
  const bytes = Buffer.alloc(HEADER_BYTES);
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(number, 4);
  bytes.writeUInt8(type, 8);
  bytes.writeUInt8(flags, 9);
  bytes.writeUInt16LE(status, 10);
  return bytes;
}

export interface PlainFrame {
  readonly type: number;
  readonly number: number;
  readonly flags: number;
  readonly status: number;
  /** Of an ANSWER; empty for others. */
  readonly head: string;
  /** -1: not known, or no ANSWER. */
  readonly contentLength: number;
  /** Of an ANSWER the body. */
  readonly payload: Buffer;
}

/** wire §5.4 */
export function answerFrame(
  number: number,
  status: number,
  flags: number,
  head: string,
  contentLength: number,
  body: Buffer,
): Buffer {
  const prefix = Buffer.alloc(12);
  prefix.writeUInt32LE(head.length, 0);
  prefix.writeBigUInt64LE(BigInt.asUintN(64, BigInt(contentLength)), 4);
  const payload = Buffer.concat([prefix, Buffer.from(head, "latin1"), body]);
  return Buffer.concat([
    header(WorkerFrame.answer, number, flags, status, payload.length),
    payload,
  ]);
}

/** wire §5.5 */
export function blockFrame(number: number, flags: number, data: Buffer): Buffer {
  return Buffer.concat([header(WorkerFrame.block, number, flags, 0, data.length), data]);
}

/** All frames of bytes that hold whole ones. */
export function readFramesPlainly(bytes: Buffer): PlainFrame[] {
  const frames: PlainFrame[] = [];
  for (let at = 0; at < bytes.length;) {
    const length = bytes.readUInt32LE(at);
    const payload = Buffer.from(bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length));
    const type = bytes.readUInt8(at + 8);
    const isAnswer = type === WorkerFrame.answer;
    const headBytes = isAnswer ? payload.readUInt32LE(0) : 0;
    const start = isAnswer ? 12 + headBytes : 0;
    frames.push({
      type,
      number: bytes.readUInt32LE(at + 4),
      flags: bytes.readUInt8(at + 9),
      status: bytes.readUInt16LE(at + 10),
      head: isAnswer ? payload.toString("latin1", 12, start) : "",
      contentLength: isAnswer ? Number(payload.readBigInt64LE(4)) : -1,
      payload: payload.subarray(start),
    });
    at += HEADER_BYTES + length;
  }
  return frames;
}
