/**
 * What a slow reader has not taken yet, beyond what is kept in memory: it waits in a temporary file,
 * so that the worker is free although the client is not done.
 *
 *     worker -> queue (memory) -> file -> socket -> client
 *
 * A backlog is made when the socket holds more than `--response-buffer`; so an answer that is
 * taken as it comes never waits here, and nothing of it is delayed. The file is a ring of at most
 * `--response-temp-limit` bytes. When it is full, or can't be written, the queue stays long,
 * `hasRoom` says so, and the worker has to wait (wire §7.1): nothing is lost.
 *
 * Positions in the file are counted from its first byte ever and taken modulo the size of the ring.
 */
import { type BufferMemory, KEPT_BYTES } from "./buffer-memory.ts";
import type { TemporaryFile, TemporaryFiles } from "./temporary-file.ts";

/** A queue that is shorter stays in memory: no file operation for each small block. */
const WRITE_BYTES = 64 * 1024;
/** What is written at most, and read, at a time. */
const MAX_WRITE_BYTES = 1024 * 1024;
const READ_BYTES = 256 * 1024;

/** Bytes in memory of the pool. */
interface Piece {
  readonly memory: Buffer;
  start: number;
  end: number;
  /** False: the same memory holds bytes of a piece behind this one. */
  readonly isLast: boolean;
}

/** Where the bytes go. */
export interface BacklogTarget {
  /** @param done - called when the memory of the data isn't read any more. */
  write(data: Buffer, done: (error?: Error | null) => void): unknown;
  /** True until `AnswerBacklog.drained` is called. */
  readonly writableNeedDrain: boolean;
}

/** Whose answer it is. */
export interface BacklogOwner {
  /** There is room again. */
  backlogHasRoom(): void;
  /** After `end`: the target has everything. */
  backlogSent(): void;
  /** The file can't be written: from here on the reader holds up the worker. Told once. */
  backlogNotKept(error: Error): void;
  /** What was written can't be read back. Nothing else follows. */
  backlogLost(error: Error): void;
}

export class AnswerBacklog {
  readonly #owner: BacklogOwner;
  readonly #target: BacklogTarget;
  readonly #files: TemporaryFiles;
  readonly #memory: BufferMemory;
  readonly #ringBytes: number;
  /** In order, behind what is in the file. */
  #queue: Piece[] = [];
  #queuedBytes = 0;
  /** The end of the queue, when there is room in its memory. */
  #open: Piece | null = null;
  #file: TemporaryFile | null = null;
  #writtenTo = 0;
  #readTo = 0;
  #writingBytes = 0;
  /** Counted in `#memory`. */
  #countedBytes = 0;
  #reading = false;
  #keeps: boolean;
  #ended = false;
  #over = false;

  /** @param ringBytes - how much the file may hold; 0: there is none. */
  constructor(
    owner: BacklogOwner,
    target: BacklogTarget,
    files: TemporaryFiles,
    ringBytes: number,
    memory: BufferMemory,
  ) {
    this.#owner = owner;
    this.#target = target;
    this.#files = files;
    this.#memory = memory;
    this.#ringBytes = ringBytes;
    this.#keeps = ringBytes > 0;
  }

  /** Takes a copy of the next bytes. */
  add(data: Buffer): void {
    if (this.#over) return;
    for (let at = 0; at < data.length;) {
      const open = this.#open ?? this.#newPiece(data.length - at);
      const copied = data.copy(open.memory, open.end, at);
      open.end += copied;
      at += copied;
      this.#open = open.end < open.memory.length ? open : null;
    }
    this.#queuedBytes += data.length;
    // A reader who has caught up gets it at once.
    this.#feed();
    this.#write();
    this.#count();
  }

  /** Nothing more will be added. */
  end(): void {
    this.#ended = true;
    this.#feed();
  }

  /** The target has taken everything it was given. */
  drained(): void {
    this.#feed();
  }

  /** Whether the worker may send more. */
  get hasRoom(): boolean {
    return this.#queuedBytes <= WRITE_BYTES;
  }

  /** It isn't needed any more. */
  release(): void {
    this.#over = true;
    this.#queue = [];
    this.#open = null;
    this.#queuedBytes = 0;
    this.#writingBytes = 0;
    this.#count();
    this.#file?.release();
    this.#file = null;
  }

  /** For so many bytes and those that follow: in proportion to what is here, as a slow reader may be many. */
  #newPiece(bytes: number): Piece {
    const wanted = Math.max(bytes, this.#queuedBytes);
    const memory = this.#memory.pool.take(Math.min(wanted, WRITE_BYTES));
    const piece = { memory, start: 0, end: 0, isLast: true };
    this.#queue.push(piece);
    return piece;
  }

  #reuse(pieces: readonly Piece[]): void {
    for (const { memory, isLast } of pieces) if (isLast) this.#memory.pool.give(memory);
  }

  /** What is in memory here; what the target holds is counted as the target's. */
  #count(): void {
    const bytes = this.#queuedBytes + this.#writingBytes;
    this.#memory.add(bytes - this.#countedBytes);
    this.#countedBytes = bytes;
  }

  // Queue to file

  #write(): void {
    if (!this.#keeps || this.#writingBytes > 0 || this.#queuedBytes < WRITE_BYTES) return;
    const at = this.#writtenTo % this.#ringBytes;
    const room = this.#ringBytes - (this.#writtenTo - this.#readTo);
    const pieces = this.#take(Math.min(room, this.#ringBytes - at, MAX_WRITE_BYTES));
    if (this.#writingBytes === 0) return;
    this.#file ??= this.#files.create();
    this.#file.write(pieces.map(bytesOf), at, (error) => this.#wrote(pieces, error));
  }

  /** Moves up to so many bytes out of the queue, into `#writingBytes`. */
  #take(limit: number): Piece[] {
    const pieces: Piece[] = [];
    let bytes = 0;
    let whole = 0;
    for (const piece of this.#queue) {
      const rest = limit - bytes;
      if (rest <= 0) break;
      const { memory, start } = piece;
      const size = piece.end - start;
      if (size > rest) {
        piece.start = start + rest;
        pieces.push({ memory, start, end: piece.start, isLast: false });
        bytes += rest;
        break;
      }
      pieces.push(piece);
      bytes += size;
      whole++;
    }
    this.#dropFront(whole);
    this.#queuedBytes -= bytes;
    this.#writingBytes = bytes;
    return pieces;
  }

  /** Takes pieces out of the queue: nothing is added to them any more. */
  #dropFront(count: number): void {
    this.#queue.splice(0, count);
    if (this.#queue.length === 0) this.#open = null;
  }

  #wrote(pieces: Piece[], error: Error | null): void {
    const bytes = this.#writingBytes;
    this.#writingBytes = 0;
    if (error === null) {
      this.#writtenTo += bytes;
      this.#reuse(pieces);
      this.#write();
      if (this.hasRoom) this.#owner.backlogHasRoom();
    } else {
      this.#keeps = false;
      this.#queue.unshift(...pieces);
      this.#queuedBytes += bytes;
      this.#owner.backlogNotKept(error);
    }
    this.#feed();
    this.#count();
  }

  // File, then queue, to the target

  #feed(): void {
    if (this.#over || this.#reading || this.#target.writableNeedDrain) return;
    if (this.#readTo < this.#writtenTo) this.#read();
    else if (this.#writingBytes === 0) this.#feedFromQueue();
  }

  #read(): void {
    const at = this.#readTo % this.#ringBytes;
    const left = Math.min(this.#writtenTo - this.#readTo, this.#ringBytes - at);
    const most = this.#memory.isShort ? KEPT_BYTES : READ_BYTES;
    const memory = this.#memory.pool.take(Math.min(left, most));
    const buffer = memory.subarray(0, Math.min(left, most));
    this.#reading = true;
    this.#file?.read(buffer, at, (error) => {
      this.#reading = false;
      if (error !== null) {
        this.release();
        this.#owner.backlogLost(error);
        return;
      }
      this.#readTo += buffer.length;
      this.#target.write(buffer, (fault) => {
        if (!fault) this.#memory.pool.give(memory);
      });
      // There is room in the ring.
      this.#write();
      this.#feed();
    });
  }

  #feedFromQueue(): void {
    let sent = 0;
    for (const piece of this.#queue) {
      if (this.#target.writableNeedDrain) break;
      this.#queuedBytes -= piece.end - piece.start;
      sent++;
      this.#target.write(bytesOf(piece), (fault) => {
        if (!fault) this.#reuse([piece]);
      });
    }
    this.#dropFront(sent);
    if (sent > 0) this.#count();
    if (this.#queue.length === 0 && this.#ended) {
      this.release();
      this.#owner.backlogSent();
    } else if (sent > 0 && this.hasRoom) this.#owner.backlogHasRoom();
  }
}

function bytesOf({ memory, start, end }: Piece): Buffer {
  return memory.subarray(start, end);
}
