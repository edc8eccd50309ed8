/**
 * Frames from one worker (wire §5), read in place: the reader is a cursor whose fields describe
 * the present frame, so that a frame costs no object (bench/micro/frame-codec.ts).
 *
 * Frames pass through: an ANSWER or BLOCK whose body is still on its way is shown as soon as its
 * head is complete, without LAST, and the rest as BLOCKs as it arrives. Other frames, all small,
 * are shown when they are complete.
 */
import { type Lender, OWN_MEMORY } from "../base/read-memory.ts";
import {
  ANSWER_PREFIX_BYTES,
  FILE_PREFIX_BYTES,
  Flag,
  HEADER_BYTES,
  MAX_PAYLOAD_BYTES,
  WorkerFrame,
} from "./frame.ts";

const NOTHING: Buffer = Buffer.alloc(0);

/** The upper half of the largest integer that a number holds exactly. */
const MAX_SAFE_HIGH = 0x1f_ffff;

export class FrameReader {
  /** The bytes that the positions below point into. */
  bytes: Buffer = NOTHING;
  /** A type of wire §5. */
  type = 0;
  /** The request's number, or 0. */
  number = 0;
  flags = 0;
  status = 0;
  /** Payload; of an ANSWER only the body, of a FILE the path. */
  start = 0;
  end = 0;
  /** Of an ANSWER or FILE: where its head lies. */
  headStart = 0;
  headEnd = 0;
  /** Of an ANSWER or FILE: the body's length, or -1 when it is not known. */
  contentLength = -1;
  /** Of a FILE: where its body begins in the file. */
  fileOffset = 0;

  #next = 0;
  /** Whose memory `bytes` is. */
  #lender: Lender = OWN_MEMORY;
  // The rest of a body that was shown in part.
  #bodyLeft = 0;
  #bodyNumber = 0;
  #bodyFlags = 0;

  /**
   * Adds received bytes. All frames of the bytes before must have been read.
   * @param lender - of their memory.
   */
  push(chunk: Buffer, lender: Lender = OWN_MEMORY): void {
    this.#lender = lender;
    const rest = this.bytes.length - this.#next;
    this.bytes = rest === 0 ? chunk : Buffer.concat([this.bytes.subarray(this.#next), chunk]);
    this.#next = 0;
  }

  /**
   * Moves to the next frame; false: more bytes are needed.
   * @throws RangeError when the worker breaks wire §2.2.
   */
  next(): boolean {
    const bytes = this.bytes;
    const at = this.#next;
    const have = bytes.length - at;
    if (this.#bodyLeft > 0) return have > 0 && this.#restOfBody(at, have);
    if (have < HEADER_BYTES) return false;
    const length = readNumber(bytes, at);
    if (length > MAX_PAYLOAD_BYTES) throw new RangeError(`a frame of ${length} bytes`);
    const type = bytes[at + 8];
    const payload = at + HEADER_BYTES;
    let start = payload;
    if (type === WorkerFrame.answer) {
      if (length < ANSWER_PREFIX_BYTES) throw new RangeError("an ANSWER without its lengths");
      if (have < HEADER_BYTES + ANSWER_PREFIX_BYTES) return false;
      this.headStart = payload + ANSWER_PREFIX_BYTES;
      start = this.headEnd = this.headStart + readNumber(bytes, payload);
      if (start - payload > length) throw new RangeError("an ANSWER shorter than its head");
      if (start > bytes.length) return false;
      this.contentLength = readLength(bytes, payload + 4);
    } else if (type !== WorkerFrame.block) {
      checkSmall(type ?? 0, length);
    }
    const end = payload + length;
    let flags = bytes[at + 9] ?? 0;
    let shown = end;
    if (end > bytes.length) {
      if (type !== WorkerFrame.answer && type !== WorkerFrame.block) return false;
      this.#bodyLeft = end - bytes.length;
      this.#bodyNumber = readNumber(bytes, at + 4);
      this.#bodyFlags = flags;
      flags &= ~Flag.last;
      shown = bytes.length;
    }
    if (type === WorkerFrame.file) start = this.#fileHead(payload, end);
    this.type = type ?? 0;
    this.number = readNumber(bytes, at + 4);
    this.flags = flags;
    this.status = (bytes[at + 10] ?? 0) | ((bytes[at + 11] ?? 0) << 8);
    this.start = start;
    this.end = shown;
    this.#next = shown;
    return true;
  }

  /** Whether the next frame is here, too, and is a BLOCK of the same answer. */
  continues(): boolean {
    const { bytes } = this;
    const at = this.#next;
    return (
      bytes.length - at >= HEADER_BYTES &&
      bytes[at + 8] === WorkerFrame.block &&
      readNumber(bytes, at + 4) === this.number &&
      this.#bodyLeft === 0
    );
  }

  /** So much of a body is known to be on its way. */
  get awaitedBytes(): number {
    return this.#bodyLeft;
  }

  /** A view of the bytes stays in use. @returns who is to be told when it isn't any more. */
  keep(): Lender {
    this.#lender.keep();
    return this.#lender;
  }

  /**
   * To be called when all frames of the pushed bytes have been read, if their memory is to be used
   * again. The beginning of a frame that is not complete is kept in memory of its own.
   */
  settle(): void {
    const rest = this.bytes.length - this.#next;
    this.bytes = rest === 0 ? NOTHING : Buffer.from(this.bytes.subarray(this.#next));
    this.#next = 0;
  }

  /** The present frame's payload (of an ANSWER: the body) as a view. */
  payload(): Buffer {
    return this.bytes.subarray(this.start, this.end);
  }

  /** A number in the present frame's payload. */
  payloadNumber(index: number): number {
    return readNumber(this.bytes, this.start + index * 4);
  }

  /** wire §5.11. @returns where the path begins. */
  #fileHead(payload: number, end: number): number {
    const { bytes } = this;
    this.headStart = payload + FILE_PREFIX_BYTES;
    this.headEnd = this.headStart + readNumber(bytes, payload);
    if (this.headEnd > end) throw new RangeError("a FILE shorter than its head");
    this.contentLength = readLength(bytes, payload + 4);
    this.fileOffset = readLength(bytes, payload + 12);
    if (this.fileOffset < 0) throw new RangeError("a FILE without its offset");
    return this.headEnd;
  }

  #restOfBody(at: number, have: number): boolean {
    const size = Math.min(have, this.#bodyLeft);
    this.#bodyLeft -= size;
    this.type = WorkerFrame.block;
    this.number = this.#bodyNumber;
    this.flags = this.#bodyLeft === 0 ? this.#bodyFlags & Flag.last : 0;
    this.status = 0;
    this.start = at;
    this.end = this.#next = at + size;
    return true;
  }
}

/** wire §2.2, for the types whose frames are small. */
function checkSmall(type: number, length: number): void {
  if (type < WorkerFrame.hello || type > WorkerFrame.held) {
    throw new RangeError(`a frame of the unknown type ${type}`);
  }
  let isWhole = true;
  if (type === WorkerFrame.want) isWhole = length === 4;
  else if (type === WorkerFrame.handback) isWhole = length > 0 && length % 4 === 0;
  else if (type === WorkerFrame.file) isWhole = length >= FILE_PREFIX_BYTES;
  if (!isWhole) throw new RangeError(`${length} bytes in a frame of the type ${type}`);
}

function readNumber(bytes: Buffer, at: number): number {
  return (
    (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0
  );
}

/** wire §5.4: 8 bytes; all ones stand for "not known". */
function readLength(bytes: Buffer, at: number): number {
  const low = readNumber(bytes, at);
  const high = readNumber(bytes, at + 4);
  if (high <= MAX_SAFE_HIGH) return high * 0x1_0000_0000 + low;
  if (high === 0xffffffff && low === 0xffffffff) return -1;
  throw new RangeError("a content length beyond 2^53");
}
