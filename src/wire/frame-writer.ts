/**
 * Frames from the front to one worker (wire §4), gathered until they are taken.
 *
 * They are written one behind the other into a slab, so that many requests leave in one system
 * call. Bytes that were taken are never written again: a slab that is full is left to whoever
 * still sends from it. A large body is not copied; it becomes a piece of its own.
 * bench/micro/frame-codec.ts: less than a quarter of the time that memory for each frame takes.
 */
import { writeLatin1 } from "../base/latin1.ts";
import {
  Flag,
  FrontFrame,
  HEADER_BYTES,
  MAX_CONSTANTS_ID,
  MAX_NUMBER,
  MAX_PAYLOAD_BYTES,
  REQUEST_PREFIX_BYTES,
} from "./frame.ts";

/** Room for several hundred requests of a usual size. */
const SLAB_BYTES = 256 * 1024;

/** From here on a body is sent from where it lies; below, a copy is cheaper than another piece. */
const LARGE_BODY_BYTES = 16 * 1024;

const NOTHING = new Uint8Array(0);

/** wire §2.5: what a text can't hold. */
// eslint-disable-next-line no-control-regex -- NUL is what is looked for
const UNHOLDABLE = /[^\u0001-\u00ff]/;

export class FrameWriter {
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #taken = 0;
  #end = 0;
  #pieces: Buffer[] = [];

  /** Whether there is anything to take. */
  get isEmpty(): boolean {
    return this.#end === this.#taken && this.#pieces.length === 0;
  }

  /** Everything since the last call, in order. */
  take(): Buffer[] {
    this.#closePiece();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /**
   * wire §4.1. `entries`: key and value in turn.
   * @throws RangeError when the id or a text can't be held.
   */
  constants(id: number, entries: readonly string[]): void {
    if (id < 1 || id > MAX_CONSTANTS_ID) throw new RangeError(`${id} as the id of constants`);
    const text = entries.find((entry) => UNHOLDABLE.test(entry));
    if (text !== undefined) throw new RangeError(`not latin-1 without NUL: ${text}`);
    this.#frame(FrontFrame.constants, id, 0, Buffer.from(entries.join("\0"), "latin1"));
  }

  /**
   * wire §4.2. Texts are not looked at here: they came as bytes, one character for each.
   * @param fragment - encoded environ entries that repeat.
   * @param slots - the slots, joined by NUL, latin-1.
   * @param body - the whole body, or null when there is none or it follows.
   * @param flags - `Flag.bodyFollows`, `Flag.extra`.
   */
  request(
    number: number,
    fragment: Uint8Array,
    slots: string,
    body: Buffer | null,
    flags: number,
  ): void {
    const fragmentBytes = fragment.length;
    const slotsBytes = slots.length;
    const bodyBytes = body === null ? 0 : body.length;
    const length = REQUEST_PREFIX_BYTES + fragmentBytes + slotsBytes + bodyBytes;
    const separate = bodyBytes >= LARGE_BODY_BYTES;
    const at = this.#header(
      FrontFrame.request,
      number,
      flags,
      length,
      separate ? length - bodyBytes : length,
    );
    const slab = this.#slab;
    writeNumber(slab, at, fragmentBytes);
    writeNumber(slab, at + 4, slotsBytes);
    slab.set(fragment, at + 8);
    writeLatin1(slab, slots, at + 8 + fragmentBytes);
    if (body === null) return;
    if (separate) this.#append(body);
    else slab.set(body, at + 8 + fragmentBytes + slotsBytes);
  }

  /** wire §4.3. `data` is not copied when it is large: it must not change any more. */
  body(number: number, data: Uint8Array, last: boolean): void {
    this.#frame(FrontFrame.body, number, last ? Flag.last : 0, data);
  }

  /** wire §4.4 */
  cancel(number: number): void {
    this.#frame(FrontFrame.cancel, number, 0, NOTHING);
  }

  /** wire §4.5 */
  credit(number: number, bytes: number): void {
    if (bytes < 0 || bytes > MAX_NUMBER) throw new RangeError(`a credit of ${bytes} bytes`);
    // First the header: it may take a new slab.
    const at = this.#header(FrontFrame.credit, number, 0, 4, 4);
    writeNumber(this.#slab, at, bytes);
  }

  /** wire §4.6 */
  fileReply(number: number, taken: boolean): void {
    this.#frame(FrontFrame.fileReply, number, taken ? Flag.taken : 0, NOTHING);
  }

  /** wire §4.7 */
  clientEnded(number: number): void {
    this.#frame(FrontFrame.clientEnded, number, 0, NOTHING);
  }

  /** wire §4.8 */
  timeout(number: number): void {
    this.#frame(FrontFrame.timeout, number, 0, NOTHING);
  }

  #frame(type: number, number: number, flags: number, payload: Uint8Array): void {
    const length = payload.length;
    if (length >= LARGE_BODY_BYTES) {
      this.#header(type, number, flags, length, 0);
      this.#append(payload);
    } else {
      const at = this.#header(type, number, flags, length, length);
      this.#slab.set(payload, at);
    }
  }

  /** Writes a header, reserves `inline` bytes behind it and returns where they begin. */
  #header(type: number, number: number, flags: number, length: number, inline: number): number {
    // wire §2.2: refuse, never cut.
    if (length > MAX_PAYLOAD_BYTES || number > MAX_NUMBER) {
      throw new RangeError(`a frame can't hold ${length} bytes for the number ${number}`);
    }
    const need = HEADER_BYTES + inline;
    if (this.#end + need > this.#slab.length) {
      this.#closePiece();
      this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, need));
      this.#taken = this.#end = 0;
    }
    const at = this.#end;
    const slab = this.#slab;
    writeNumber(slab, at, length);
    writeNumber(slab, at + 4, number);
    slab[at + 8] = type;
    slab[at + 9] = flags;
    slab[at + 10] = 0;
    slab[at + 11] = 0;
    this.#end = at + need;
    return at + HEADER_BYTES;
  }

  #append(data: Uint8Array): void {
    this.#closePiece();
    this.#pieces.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
  }

  #closePiece(): void {
    if (this.#end === this.#taken) return;
    this.#pieces.push(this.#slab.subarray(this.#taken, this.#end));
    this.#taken = this.#end;
  }
}

function writeNumber(bytes: Buffer, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}
