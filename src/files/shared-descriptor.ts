/** A descriptor that several answers read from at once, each at its own place. */
import { close, read } from "node:fs";

import { OpenFile } from "./sendable-file.ts";

const SYSTEM = { close, read };

export class SharedDescriptor {
  readonly fd: number;
  #users = 1;

  /** @param fd - closed here, when the last user has released it. The maker is the first user. */
  constructor(fd: number) {
    this.fd = fd;
  }

  /** A part of the file, to be sent. The descriptor stays open for it. */
  part(offset: number, bytes: number): OpenFile {
    this.share();
    return new OpenFile(this.fd, offset, bytes, SYSTEM, () => this.release());
  }

  /** Whether `share` and `part` can be called. */
  get isOpen(): boolean {
    return this.#users > 0;
  }

  /** One more user, who releases it in the end. */
  share(): this {
    // Its number may be another file's by now.
    if (!this.isOpen) throw new Error("the file was closed already");
    this.#users++;
    return this;
  }

  release(): void {
    // Nothing can be done about an error here, and nothing depends on it.
    if (--this.#users === 0) close(this.fd, () => {});
  }
}
