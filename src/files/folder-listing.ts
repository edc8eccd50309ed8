/** What is in a folder, for its listing. */
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import type { ListingEntry } from "../static/listing.ts";
import { isBelow, resolve } from "./open-below.ts";

/** A page with more is no help to anybody. */
export const MAX_LISTED = 5_000;

/**
 * Files and folders that can be asked for: neither hidden ones, nor links that lead out of the folder.
 * @param folder - what everything has to lie below, without links.
 * @returns null when there is no such folder, or it may not be read.
 */
export async function listFolder(path: Buffer, folder: Buffer): Promise<ListingEntry[] | null> {
  let names: string[];
  try {
    const resolved = await resolve(path);
    if (!resolved.equals(folder) && !isBelow(resolved, folder)) return null;
    names = await readdir(resolved, { encoding: "latin1" });
  } catch {
    return null; // It isn't there, or is a file.
  }
  const shown = names.filter((name) => !name.startsWith(".")).slice(0, MAX_LISTED + 1);
  const entries: ListingEntry[] = [];
  // One after the other: a large folder takes one thread of the file system, not all of them.
  for (const name of shown) {
    const entry = await entryOf(name, join(path.toString("latin1"), name), folder);
    if (entry !== null) entries.push(entry);
  }
  return entries;
}

async function entryOf(name: string, path: string, folder: Buffer): Promise<ListingEntry | null> {
  try {
    const bytes = Buffer.from(path, "latin1");
    if (!isBelow(await resolve(bytes), folder)) return null;
    const status = await stat(bytes);
    const isFolder = status.isDirectory();
    if (!isFolder && !status.isFile()) return null;
    return { name, isFolder, sizeBytes: status.size, modifiedMs: status.mtimeMs };
  } catch {
    return null; // A link to nowhere, or gone since.
  }
}
