/**
 * Temporary files for what is too large for memory: request bodies on their way in, answers that
 * wait for slow readers.
 *
 * A file can be read by its owner only (mode 0600) and, on Linux, loses its name the moment it is
 * made: however the server ends, nothing is left behind. A worker then opens it through
 * /proc/PID/fd/N. Where that can't be done the file keeps its name until it is released. There is no
 * folder of its own around the files, because a killed server would leave that one.
 *
 * All calls return at once and tell later. A file has one user, who has at most one `write` and one
 * `read` under way, and reads only what was written.
 */
import { randomBytes } from "node:crypto";
import * as nodeFs from "node:fs";
import { join } from "node:path";

import { openFiles } from "./open-files.ts";

const { O_CREAT, O_EXCL, O_RDWR } = nodeFs.constants;
// Not defined on Windows, where it isn't needed.
const O_NOFOLLOW = nodeFs.constants.O_NOFOLLOW ?? 0;

/** What is needed of the system, so that a test can let it fail. */
export type FileSystem = Pick<typeof nodeFs, "close" | "open" | "read" | "unlink" | "writev">;

/** Null: done. */
type Done = (error: Error | null) => void;

export class TemporaryFiles {
  readonly #folder: string;
  readonly #system: FileSystem;
  readonly #nameless: boolean;

  /**
   * @param folder - where the files lie.
   * @param nameless - whether a file gives up its name at once; by default wherever it can.
   */
  constructor(
    folder: string,
    system: FileSystem = nodeFs,
    nameless: boolean = canOpenDescriptors(),
  ) {
    this.#folder = folder;
    this.#system = system;
    this.#nameless = nameless;
  }

  /** A new file. Its first `write` tells when it can't be made. */
  create(): TemporaryFile {
    const name = `wizgy-${process.pid}-${randomBytes(12).toString("hex")}.tmp`;
    return new TemporaryFile(join(this.#folder, name), this.#system, this.#nameless);
  }
}

export class TemporaryFile {
  readonly #system: FileSystem;
  readonly #name: string;
  #named = false;
  #fd = -1;
  #underWay = 1;
  #openError: Error | null = null;
  #released = false;
  /** The write that came before the file was open. */
  #first: (() => void) | null = null;

  constructor(name: string, system: FileSystem, nameless: boolean) {
    this.#name = name;
    this.#system = system;
    system.open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600, (error, fd) => {
      if (error !== null) this.#openError = error;
      else {
        this.#fd = fd;
        openFiles.count++;
        this.#named = true;
      }
      if (error !== null || !nameless) this.#opened();
      else {
        system.unlink(name, (unlinkError) => {
          this.#named = unlinkError !== null;
          this.#opened();
        });
      }
    });
  }

  #opened(): void {
    const first = this.#first;
    this.#first = null;
    if (first !== null && !this.#released) first();
    this.#ended();
  }

  /** What another process of this user opens. Only after a write. */
  get path(): string {
    return this.#named ? this.#name : `/proc/${process.pid}/fd/${this.#fd}`;
  }

  /** Writes all pieces. They must not change until `done` is called. */
  write(pieces: readonly Buffer[], position: number, done: Done): void {
    this.#underWay++;
    const begin = (): void => this.#write(pieces, position, done);
    if (this.#fd >= 0 || this.#openError !== null) begin();
    else this.#first = begin;
  }

  #write(pieces: readonly Buffer[], position: number, done: Done): void {
    if (this.#openError !== null) {
      this.#tell(done, this.#openError);
      return;
    }
    this.#system.writev(this.#fd, pieces, position, (error, written) => {
      const rest = error === null ? leftOver(pieces, written) : [];
      if (rest.length === 0) this.#tell(done, error);
      // A full disk takes a part first and refuses the next call.
      else if (written === 0) this.#tell(done, new Error("nothing more can be written"));
      else this.#write(rest, position + written, done);
    });
  }

  /** Fills the buffer from `position`. */
  read(into: Buffer, position: number, done: Done): void {
    this.#underWay++;
    this.#read(into, 0, position, done);
  }

  #read(into: Buffer, at: number, position: number, done: Done): void {
    this.#system.read(this.#fd, into, at, into.length - at, position + at, (error, count) => {
      if (error !== null) this.#tell(done, error);
      else if (at + count === into.length) this.#tell(done, null);
      else if (count === 0) this.#tell(done, new Error("the temporary file was cut short"));
      else this.#read(into, at + count, position, done);
    });
  }

  /** It isn't needed any more. What is under way is finished, and nobody is told. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#first !== null) {
      this.#first = null;
      this.#underWay--;
    }
    if (this.#underWay === 0) this.#close();
  }

  #tell(done: Done, error: Error | null): void {
    if (!this.#released) done(error);
    this.#ended();
  }

  #ended(): void {
    if (--this.#underWay === 0 && this.#released) this.#close();
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = -1;
    if (fd < 0) return;
    openFiles.count--;
    // Nothing can be done about an error here, and nothing depends on it.
    this.#system.close(fd, () => {});
    if (this.#named) this.#system.unlink(this.#name, () => {});
  }
}

/** What a short write has left. */
function leftOver(pieces: readonly Buffer[], written: number): Buffer[] {
  const rest: Buffer[] = [];
  let skip = written;
  for (const piece of pieces) {
    if (skip >= piece.length) skip -= piece.length;
    else {
      rest.push(skip === 0 ? piece : piece.subarray(skip));
      skip = 0;
    }
  }
  return rest;
}

/**
 * Whether the workers may open what this process has open. A process that has given up rights can't
 * be looked into: its entries in /proc then belong to root.
 */
function canOpenDescriptors(): boolean {
  if (process.platform !== "linux") return false;
  try {
    return nodeFs.statSync(`/proc/${process.pid}/fd`).uid === process.geteuid?.();
  } catch {
    return false; // No /proc in this place.
  }
}
