/**
 * Opens a file that a worker has open. On Linux its path leads through /proc to the worker's own
 * descriptor; elsewhere it is a name, which may mean another file by now. In both cases device and
 * inode say whether it is the right one: the worker may have ended, and its number be another's.
 */
import { isFault, type OpenedDescriptor, openRegular } from "./open-regular.ts";
import type { FileFault } from "./file-fault.ts";

/** Which file it has to be, and what is wanted of it. */
export interface HandedFile {
  readonly path: Buffer;
  readonly device: bigint;
  readonly inode: bigint;
  /** The last byte that is wanted ends here. */
  readonly endBytes: number;
}

export async function openHanded(wanted: HandedFile): Promise<OpenedDescriptor | FileFault> {
  const opened = await openRegular(wanted.path);
  if (isFault(opened)) return opened;
  const isTheOne = opened.device === wanted.device && opened.inode === wanted.inode;
  if (isTheOne && opened.sizeBytes >= wanted.endBytes) return opened;
  opened.close();
  return { kind: "failed", reason: "it is not the file that the worker has open" };
}
