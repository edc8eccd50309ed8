/**
 * Opens a file that must lie below a folder, whatever links there are on the way: a link is
 * followed as long as it stays below the folder.
 *
 * The path is resolved, the result is opened, and then it is seen that the result still resolves to
 * itself and to what was opened. So a link that is put there in between is noticed.
 */
import { realpath, stat } from "node:fs/promises";

import type { FileFault } from "./file-fault.ts";
import {
  isFault,
  NOFOLLOW,
  type OpenedDescriptor,
  openRegular,
  systemFault,
} from "./open-regular.ts";

/** @param folder - resolved. Never throws. */
export async function openBelow(
  path: Buffer,
  folder: Buffer,
): Promise<OpenedDescriptor | FileFault> {
  try {
    const resolved = await resolve(path);
    if (!isBelow(resolved, folder)) return outside();
    const opened = await openRegular(resolved, NOFOLLOW);
    if (isFault(opened)) return opened;
    if (await isStill(resolved, opened)) return opened;
    opened.close();
    return outside();
  } catch (error) {
    return systemFault(error as NodeJS.ErrnoException);
  }
}

/** The path without links. @throws the system's error, such as ENOENT. */
export function resolve(path: Buffer | string): Promise<Buffer> {
  return realpath(path, { encoding: "buffer" });
}

async function isStill(resolved: Buffer, opened: OpenedDescriptor): Promise<boolean> {
  try {
    const now = await resolve(resolved);
    const { dev, ino } = await stat(resolved, { bigint: true });
    const isSame =
      BigInt.asUintN(64, dev) === opened.device && BigInt.asUintN(64, ino) === opened.inode;
    return isSame && now.equals(resolved);
  } catch {
    return false; // It is gone already; the next request will hear so.
  }
}

export function isBelow(path: Buffer, folder: Buffer): boolean {
  const start = folder.at(-1) === 0x2f ? folder : Buffer.concat([folder, Buffer.from("/")]);
  return path.subarray(0, start.length).equals(start);
}

function outside(): FileFault {
  return { kind: "refused", reason: "a link leads out of the folder" };
}
