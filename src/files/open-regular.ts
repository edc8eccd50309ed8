/** Opening for reading what is a regular file, and nothing else. */
import { close, constants, fstat, open } from "node:fs";

import type { FileFault } from "./file-fault.ts";

/** A descriptor and what the system says about it. */
export interface OpenedDescriptor {
  readonly fd: number;
  readonly sizeBytes: number;
  readonly device: bigint;
  readonly inode: bigint;
  /** Of the content; nanoseconds since the Unix epoch. */
  readonly modifiedNs: bigint;
  /** Of anything about it, which no program can set; nanoseconds since the Unix epoch. */
  readonly changedNs: bigint;
  close(): void;
}

// Opening a pipe would otherwise wait for somebody who writes. Neither is defined on Windows.
const NONBLOCK = constants.O_NONBLOCK ?? 0;
/** For `flags`: the last part of the path is not to be a link. */
export const NOFOLLOW: number = constants.O_NOFOLLOW ?? 0;

/** Opens; what is not a regular file is refused. Never throws. */
export function openRegular(path: Buffer, flags = 0): Promise<OpenedDescriptor | FileFault> {
  return new Promise((resolve) => {
    open(path, constants.O_RDONLY | NONBLOCK | flags, (openError, fd) => {
      if (openError !== null) {
        resolve(systemFault(openError));
        return;
      }
      // Nothing can be done about an error of close, and nothing depends on it.
      const closeIt = (): void => close(fd, () => {});
      fstat(fd, { bigint: true }, (statError, status) => {
        if (statError === null && status.isFile()) {
          const { size, dev, ino, mtimeNs: modifiedNs, ctimeNs: changedNs } = status;
          const device = BigInt.asUintN(64, dev);
          const inode = BigInt.asUintN(64, ino);
          const sizeBytes = Number(size);
          resolve({ fd, sizeBytes, device, inode, modifiedNs, changedNs, close: closeIt });
          return;
        }
        closeIt();
        const notRegular: FileFault = { kind: "missing", reason: "it is not a regular file" };
        resolve(statError === null ? notRegular : systemFault(statError));
      });
    });
  });
}

/** The system's error as a fault. */
export function systemFault(error: NodeJS.ErrnoException): FileFault {
  const isMissing = error.code === "ENOENT" || error.code === "ENOTDIR";
  return { kind: isMissing ? "missing" : "failed", reason: error.message };
}

export function isFault(result: object): result is FileFault {
  return "kind" in result;
}
