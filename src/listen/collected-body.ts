/**
 * A request body that is collected before the request is run, so that a slow client keeps no
 * worker: in memory up to `--request-buffer`, beyond that in a temporary file. Earlier where the
 * memory of all connections together runs short (buffer-memory.ts).
 *
 * Small pieces are put together: a client that sends one byte at a time costs as much memory as it
 * has sent, not an object for each byte. Large ones are copied into memory from the pool, and with
 * the first of them a body whose length is known gets memory for the whole of it. While the disk is
 * slower than the client, the client waits.
 */
import { type BufferMemory, KEPT_BYTES } from "./buffer-memory.ts";
import type { TemporaryFile, TemporaryFiles } from "./temporary-file.ts";

/** For a piece of at least this size, memory comes from the pool. */
const LARGE_PIECE_BYTES = 4 * 1024;
/** Where small pieces are put together: at first, and at most. */
const MIN_GATHER_BYTES = 512;
const MAX_GATHER_BYTES = 16 * 1024;
/** What is written to the file at a time. */
const WRITE_BYTES = 64 * 1024;
/** Bytes that wait for the disk before the client has to wait. */
const MAX_WAITING_BYTES = 256 * 1024;

/** Who wants the body. */
export interface BodyOwner {
  /** The whole body, in memory; null when it is empty. */
  bodyCollected(body: Buffer | null): void;
  /** The whole body is in the file, which stays until `release`. */
  bodyFiled(file: TemporaryFile, bytes: number): void;
  /** It can't be written. Nothing else follows. */
  bodyNotKept(error: Error): void;
  pauseBody(): void;
  resumeBody(): void;
}

export class CollectedBody {
  readonly #owner: BodyOwner;
  readonly #files: TemporaryFiles;
  readonly #memory: BufferMemory;
  readonly #announcedBytes: number;
  /** How much may be held in memory. */
  readonly #memoryBytes: number;
  #pieces: Buffer[] = [];
  /** In `#pieces` and `#gather`. */
  #heldBytes = 0;
  /** Where the next bytes go. */
  #gather: Buffer | null = null;
  #gatheredBytes = 0;
  /** From the pool: what `#pieces` and `#gather` lie in, as far as it is. */
  #blocks: Buffer[] = [];
  /** From the pool, with room for all of the body. */
  #whole: Buffer | null = null;
  #file: TemporaryFile | null = null;
  #filedBytes = 0;
  #writingBytes = 0;
  /** Counted in `#memory`. */
  #countedBytes = 0;
  #paused = false;
  #ended = false;
  #over = false;

  /**
   * @param announcedBytes - Content-Length; -1 when the body is chunked.
   * @param bufferBytes - the largest body that stays in memory.
   */
  constructor(
    owner: BodyOwner,
    files: TemporaryFiles,
    memory: BufferMemory,
    announcedBytes: number,
    bufferBytes: number,
  ) {
    this.#owner = owner;
    this.#files = files;
    this.#memory = memory;
    this.#announcedBytes = announcedBytes;
    // A body that is sure to become too large needs no memory until then.
    this.#memoryBytes =
      announcedBytes > bufferBytes ? Math.min(WRITE_BYTES, bufferBytes) : bufferBytes;
  }

  /** @param data - a view of memory that is used again: what is kept is copied. */
  add(data: Buffer): void {
    if (this.#over) return;
    if (this.#whole !== null || this.#fitsWhole(data)) {
      this.#addToWhole(data);
      return;
    }
    this.#heldBytes += data.length;
    // Small, and all there is.
    if (data.length === this.#announcedBytes) this.#pieces.push(Buffer.from(data));
    else this.#gatherPiece(data);
    this.#count();
    if (this.#file === null && this.#mayStayInMemory) return;
    this.#file ??= this.#files.create();
    this.#write();
    if (!this.#paused && this.#heldBytes + this.#writingBytes > MAX_WAITING_BYTES) {
      this.#paused = true;
      this.#owner.pauseBody();
    }
  }

  get #mayStayInMemory(): boolean {
    const held = this.#heldBytes;
    return held <= this.#memoryBytes && (held <= KEPT_BYTES || !this.#memory.isShort);
  }

  /** The client has sent the whole body. */
  end(): void {
    if (this.#over) return;
    this.#ended = true;
    if (this.#file !== null) {
      this.#write();
      return;
    }
    if (this.#whole !== null) {
      this.#over = true;
      this.#owner.bodyCollected(this.#whole.subarray(0, this.#heldBytes));
      return;
    }
    this.#closeGather();
    const { length } = this.#pieces;
    const body =
      length === 0 ? null : length === 1 ? (this.#pieces[0] ?? null) : Buffer.concat(this.#pieces);
    this.#pieces = [];
    if (length > 1) this.#giveBlocks();
    this.#over = true;
    this.#owner.bodyCollected(body);
  }

  /** As `release`; nobody reads the body any more, so its memory can be used again. */
  reuse(): void {
    if (this.#whole !== null) this.#memory.pool.give(this.#whole);
    this.#giveBlocks();
    this.release();
  }

  /** It isn't needed any more, nor is the body that was handed on. */
  release(): void {
    this.#over = true;
    this.#pieces = [];
    this.#gather = null;
    this.#blocks = []; // A write may still read them.
    this.#whole = null;
    this.#heldBytes = 0;
    this.#writingBytes = 0;
    this.#count();
    this.#file?.release();
    this.#file = null;
  }

  /** A body that was handed on counts until `release`: it is kept for as long as it may be sent again. */
  #count(): void {
    const bytes =
      this.#whole === null ? this.#heldBytes + this.#writingBytes : this.#announcedBytes;
    this.#memory.add(bytes - this.#countedBytes);
    this.#countedBytes = bytes;
  }

  #fitsWhole(data: Buffer): boolean {
    const announced = this.#announcedBytes;
    return (
      data.length >= LARGE_PIECE_BYTES &&
      announced > 0 &&
      announced <= this.#memoryBytes &&
      this.#file === null &&
      (announced <= KEPT_BYTES || !this.#memory.isShort)
    );
  }

  #addToWhole(data: Buffer): void {
    if (this.#whole === null) {
      this.#closeGather();
      this.#whole = this.#memory.pool.take(this.#announcedBytes);
      let at = 0;
      for (const piece of this.#pieces) at += piece.copy(this.#whole, at);
      this.#pieces = [];
      this.#giveBlocks();
      this.#count();
    }
    this.#heldBytes += data.copy(this.#whole, this.#heldBytes);
  }

  #gatherPiece(data: Buffer): void {
    for (let at = 0; at < data.length;) {
      const gather = this.#gather ?? this.#newGather(data.length - at);
      const copied = data.copy(gather, this.#gatheredBytes, at);
      at += copied;
      this.#gatheredBytes += copied;
      if (this.#gatheredBytes === gather.length) this.#closeGather();
    }
  }

  /** In proportion to what the client has sent already. */
  #newGather(bytes: number): Buffer {
    let gather: Buffer;
    if (bytes < LARGE_PIECE_BYTES) {
      const size = Math.min(MAX_GATHER_BYTES, Math.max(MIN_GATHER_BYTES, this.#heldBytes));
      gather = Buffer.allocUnsafeSlow(size);
    } else {
      gather = this.#memory.pool.take(Math.min(WRITE_BYTES, Math.max(bytes, this.#heldBytes)));
      this.#blocks.push(gather);
    }
    this.#gather = gather;
    return gather;
  }

  #giveBlocks(): void {
    for (const block of this.#blocks) this.#memory.pool.give(block);
    this.#blocks = [];
  }

  #closeGather(): void {
    if (this.#gather !== null) this.#pieces.push(this.#gather.subarray(0, this.#gatheredBytes));
    this.#gather = null;
    this.#gatheredBytes = 0;
  }

  #write(): void {
    const file = this.#file;
    if (file === null || this.#writingBytes > 0) return;
    if (this.#heldBytes < WRITE_BYTES && !this.#ended) return;
    if (this.#heldBytes === 0) {
      this.#over = true;
      this.#owner.bodyFiled(file, this.#filedBytes);
      return;
    }
    this.#closeGather();
    const pieces = this.#pieces;
    const blocks = this.#blocks;
    this.#pieces = [];
    this.#blocks = [];
    this.#writingBytes = this.#heldBytes;
    this.#heldBytes = 0;
    file.write(pieces, this.#filedBytes, (error) => this.#written(blocks, error));
  }

  #written(blocks: readonly Buffer[], error: Error | null): void {
    if (this.#over) return;
    for (const block of blocks) this.#memory.pool.give(block);
    if (error !== null) {
      this.release();
      this.#owner.bodyNotKept(error);
      return;
    }
    this.#filedBytes += this.#writingBytes;
    this.#writingBytes = 0;
    this.#count();
    this.#write();
    if (this.#paused && this.#heldBytes + this.#writingBytes <= MAX_WAITING_BYTES) {
      this.#paused = false;
      this.#owner.resumeBody();
    }
  }
}
