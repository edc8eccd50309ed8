/** Looks for what a path of a mount stands for: its folders are tried in their order. */
import { stat } from "node:fs/promises";

import { hasHashedName } from "../static/hashed-name.ts";
import type { ListingEntry } from "../static/listing.ts";
import type { StaticMount } from "../static/mounts.ts";
import type { RequestPath } from "../static/request-path.ts";
import type { FileFault } from "./file-fault.ts";
import { listFolder } from "./folder-listing.ts";
import { isBelow, resolve } from "./open-below.ts";
import { isFault, systemFault } from "./open-regular.ts";
import { type FileEntry, openEntry } from "./static-entry.ts";

const INDEX = "index.html";

/** A year: what RFC 9111 implementations take for ever. */
const IMMUTABLE = "public, max-age=31536000, immutable";

export interface LookupOptions {
  /** Whether folders without an index are listed. */
  readonly lists: boolean;
  /** Cache-Control of names that may stand for another content tomorrow. */
  readonly cacheControl: string;
}

/** "folder": it is one, and was asked for without its slash. */
export type Found =
  | { readonly kind: "file"; readonly entry: FileEntry }
  | { readonly kind: "folder" }
  | { readonly kind: "listing"; readonly entries: readonly ListingEntry[] }
  | { readonly kind: "none"; readonly fault: FileFault };

/** @param before - what was there the last time. Never throws. */
export async function lookUp(
  mount: StaticMount,
  path: RequestPath,
  options: LookupOptions,
  before: FileEntry | null,
  nowMs: number,
): Promise<Found> {
  const name = path.isFolder ? joined(path.relative, INDEX) : path.relative;
  const cacheControl = hasHashedName(name.slice(name.lastIndexOf("/") + 1))
    ? IMMUTABLE
    : options.cacheControl;
  let fault: FileFault = { kind: "missing", reason: "there is no such file" };
  for (const candidate of candidates(mount, name)) {
    const folder = await rootOf(candidate.folder);
    if (isFault(folder)) {
      fault = worse(fault, folder);
      continue;
    }
    const request = { path: candidate.path, folder, name, cacheControl, before };
    const entry = await openEntry(request, nowMs);
    if (!isFault(entry)) return { kind: "file", entry };
    fault = worse(fault, entry);
  }
  if (!path.isFolder) {
    return (await isServedFolder(mount, path.relative, options))
      ? { kind: "folder" }
      : { kind: "none", fault };
  }
  const entries = options.lists ? await list(mount, path.relative) : null;
  return entries === null ? { kind: "none", fault } : { kind: "listing", entries };
}

/** Where a name may lie. */
function* candidates(
  mount: StaticMount,
  relative: string,
): Generator<{ readonly path: Buffer; readonly folder: Buffer }> {
  for (const { below, folder } of mount.folders) {
    if (!relative.startsWith(below)) continue;
    const rest = Buffer.from(`/${relative.slice(below.length)}`, "latin1");
    yield { path: Buffer.concat([folder, rest]), folder };
  }
}

/** Each time anew: a deployment may exchange the folder that a link leads to. */
async function rootOf(folder: Buffer): Promise<Buffer | FileFault> {
  try {
    return await resolve(folder);
  } catch (error) {
    return systemFault(error as NodeJS.ErrnoException);
  }
}

async function isServedFolder(
  mount: StaticMount,
  relative: string,
  options: LookupOptions,
): Promise<boolean> {
  for (const candidate of candidates(mount, relative)) {
    try {
      const folder = await resolve(candidate.folder);
      const path = await resolve(candidate.path);
      if (!isBelow(path, folder) || !(await stat(path)).isDirectory()) continue;
      if (options.lists) return true;
      const index = await resolve(Buffer.concat([path, Buffer.from(`/${INDEX}`)]));
      if (isBelow(index, folder)) return true;
    } catch {
      // Not here.
    }
  }
  return false;
}

/** The folders of a mount as one; of files with one name the first is shown, as it is sent. */
async function list(mount: StaticMount, relative: string): Promise<ListingEntry[] | null> {
  const byName = new Map<string, ListingEntry>();
  let isThere = false;
  for (const candidate of candidates(mount, relative === "" ? "" : `${relative}/`)) {
    const folder = await rootOf(candidate.folder);
    const entries = isFault(folder) ? null : await listFolder(candidate.path, folder);
    if (entries === null) continue;
    isThere = true;
    for (const entry of entries) if (!byName.has(entry.name)) byName.set(entry.name, entry);
  }
  return isThere ? [...byName.values()] : null;
}

/** A folder that has not got it says less than one that may not tell. */
function worse(one: FileFault, other: FileFault): FileFault {
  const order = ["missing", "refused", "failed"];
  return order.indexOf(other.kind) > order.indexOf(one.kind) ? other : one;
}

function joined(folder: string, name: string): string {
  return folder === "" ? name : `${folder}/${name}`;
}
