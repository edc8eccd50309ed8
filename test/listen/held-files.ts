/** Temporary files in memory, whose operations wait until the test lets them go on. */
import type { TemporaryFile, TemporaryFiles } from "../../src/listen/temporary-file.ts";

export class HeldFiles implements TemporaryFiles {
  readonly made: HeldFile[] = [];

  create(): HeldFile {
    const file = new HeldFile();
    this.made.push(file);
    return file;
  }
}

export class HeldFile implements TemporaryFile {
  readonly path = "/held";
  content: Buffer = Buffer.alloc(0);
  released = false;
  #writes: (() => void)[] = [];
  #reads: (() => void)[] = [];
  #error: Error | null = null;

  get writesWaiting(): number {
    return this.#writes.length;
  }

  get readsWaiting(): number {
    return this.#reads.length;
  }

  write(pieces: readonly Buffer[], position: number, done: (error: Error | null) => void): void {
    this.#writes.push(() => {
      if (this.#error === null) {
        const data = Buffer.concat(pieces);
        const size = Math.max(this.content.length, position + data.length);
        const content = Buffer.alloc(size);
        this.content.copy(content);
        data.copy(content, position);
        this.content = content;
      }
      done(this.#error);
    });
  }

  read(into: Buffer, position: number, done: (error: Error | null) => void): void {
    this.#reads.push(() => {
      this.content.copy(into, 0, position, position + into.length);
      done(this.#error);
    });
  }

  release(): void {
    this.released = true;
    this.#writes = [];
    this.#reads = [];
  }

  /** From now on everything fails. */
  fail(error: Error): void {
    this.#error = error;
  }

  finishWrite(): void {
    this.#writes.shift()?.();
  }

  finishRead(): void {
    this.#reads.shift()?.();
  }

  /** Finishes what is under way, and what comes of it, to the end. */
  finishAll(): void {
    while (this.#writes.length + this.#reads.length > 0) {
      this.finishWrite();
      this.finishRead();
    }
  }
}
