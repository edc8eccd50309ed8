/**
 * The memory that a link is read into. It is used again for the next read unless views of it were
 * given away, to a socket that has not sent them yet; then it is left to them and another one takes
 * its place. Four times what Node reads at a time: a large answer comes in fewer reads, and leaves
 * in fewer writes.
 */

const LINK_BUFFER_BYTES = 256 * 1024;

export class LinkBuffer {
  #buffer: Buffer = Buffer.allocUnsafeSlow(LINK_BUFFER_BYTES);
  /** For the next read. */
  readonly next: () => Buffer = () => this.#buffer;

  /** What was read last is kept by somebody. */
  leave(): void {
    this.#buffer = Buffer.allocUnsafeSlow(LINK_BUFFER_BYTES);
  }
}
