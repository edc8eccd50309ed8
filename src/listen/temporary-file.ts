/** What connections need of temporary files; `files/temporary-files.ts` has them. */

/** One file. At most one write and one read are under way; only what was written is read. */
export interface TemporaryFile {
  /** What a worker opens. Only after a write. */
  readonly path: string;
  /** The pieces must not change until `done` is called. */
  write(pieces: readonly Buffer[], position: number, done: (error: Error | null) => void): void;
  /** Fills the buffer. */
  read(into: Buffer, position: number, done: (error: Error | null) => void): void;
  /** It isn't needed any more; nobody is told what is still under way. */
  release(): void;
}

export interface TemporaryFiles {
  /** The first write tells when the file can't be made. */
  create(): TemporaryFile;
}
