/** Several ranges of a file with the texts between them (RFC 9110 §14.6), sent one after the other. */
import type { ByteRange } from "../http/byte-ranges.ts";
import type { OpenFile, Target } from "./sendable-file.ts";
import type { SharedDescriptor } from "./shared-descriptor.ts";

export class FileParts {
  readonly bytes: number;
  readonly #descriptor: SharedDescriptor;
  readonly #texts: readonly string[];
  readonly #ranges: readonly ByteRange[];
  #present: OpenFile | null = null;
  #over = false;

  /**
   * @param descriptor - a share of it, released here.
   * @param texts - one before each range, and one behind the last; latin-1.
   */
  constructor(
    descriptor: SharedDescriptor,
    texts: readonly string[],
    ranges: readonly ByteRange[],
    bytes: number,
  ) {
    this.#descriptor = descriptor;
    this.#texts = texts;
    this.#ranges = ranges;
    this.bytes = bytes;
  }

  send(target: Target, sent: (bytes: number) => void, done: (error: Error | null) => void): void {
    const next = (index: number): void => {
      const text = Buffer.from(this.#texts[index] ?? "", "latin1");
      target.write(text, (failed) => {
        if (this.#over || (failed !== undefined && failed !== null)) return;
        sent(text.length);
        const range = this.#ranges[index];
        if (range === undefined) {
          this.release();
          done(null);
          return;
        }
        this.#present = this.#descriptor.part(range.first, range.last - range.first + 1);
        this.#present.send(target, sent, (error) => {
          if (error === null) next(index + 1);
          else {
            this.release();
            done(error);
          }
        });
      });
    };
    next(0);
  }

  release(): void {
    if (this.#over) return;
    this.#over = true;
    this.#present?.release();
    this.#descriptor.release();
  }
}
