/**
 * The memory that a link is read into. It is used again for the next read unless views of it were
 * given away, to a socket that has not sent them yet; then it is left to them and another one takes
 * its place. Larger reads gained nothing for large answers (bench item `1mib`), and whoever keeps a
 * small view keeps all of it.
 */

const LINK_BUFFER_BYTES = 64 * 1024;

export class LinkBuffer {
  #buffer: Buffer = Buffer.allocUnsafeSlow(LINK_BUFFER_BYTES);
  /** For the next read. */
  readonly next: () => Buffer = () => this.#buffer;

  /** What was read last is kept by somebody. */
  leave(): void {
    this.#buffer = Buffer.allocUnsafeSlow(LINK_BUFFER_BYTES);
  }
}
