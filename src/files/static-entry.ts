/**
 * A file of a mount with the forms that it is there in, as it was found; kept for a moment, so that
 * a hot file costs no system call.
 *
 * A small file is kept in memory, of a larger one the descriptor. What an answer says about a file
 * and what it sends of it are of one opening, so they can't disagree.
 */
import { read } from "node:fs";

import type { EncodedForm } from "../http/accept-encoding.ts";
import { type Representation, SIBLING_CODINGS, represent } from "../static/representation.ts";
import type { FileFault } from "./file-fault.ts";
import { mediaType } from "./media-type.ts";
import { openBelow } from "./open-below.ts";
import { type OpenedDescriptor, isFault } from "./open-regular.ts";
import { SharedDescriptor } from "./shared-descriptor.ts";

/** Files up to here are kept in memory. */
export const MAX_BODY_BYTES: number = 64 * 1024;
/** Bodies up to here are kept as text, too: one write with the head. */
const MAX_TEXT_BYTES = 4 * 1024;

/** One form of a file. Either `body` or `descriptor` is there. */
export interface FileForm extends EncodedForm {
  readonly representation: Representation;
  readonly body: Buffer | null;
  /** The same as latin-1, when it is short. */
  readonly text: string | null;
  readonly descriptor: SharedDescriptor | null;
  readonly opened: Pick<OpenedDescriptor, "device" | "inode" | "modifiedNs" | "changedNs">;
}

export interface FileEntry {
  /** The first one is the file as it is. */
  readonly forms: readonly [FileForm, ...FileForm[]];
  /** When it was seen to be so; milliseconds since the Unix epoch. */
  readonly seenAtMs: number;
}

/** What can be told of a file before it is opened. */
export interface EntryRequest {
  /** In the bytes of the file system. */
  readonly path: Buffer;
  /** The folder that it must lie below, without links. */
  readonly folder: Buffer;
  /** As the client names it, for the media type. */
  readonly name: string;
  readonly cacheControl: string;
  /** What was found before; what has not changed since is taken from it. */
  readonly before: FileEntry | null;
}

/** Opens a file and what lies beside it in other codings. Never throws. */
export async function openEntry(
  request: EntryRequest,
  nowMs: number,
): Promise<FileEntry | FileFault> {
  const { path, folder } = request;
  const plain = await openBelow(path, folder);
  if (isFault(plain)) return plain;
  const siblings = await Promise.all(
    SIBLING_CODINGS.map(([, ending]) =>
      openBelow(Buffer.concat([path, Buffer.from(ending)]), folder),
    ),
  );
  const opened: (readonly [string, OpenedDescriptor])[] = [["", plain]];
  for (const [index, [coding]] of SIBLING_CODINGS.entries()) {
    const sibling = siblings[index];
    if (sibling !== undefined && !isFault(sibling)) opened.push([coding, sibling]);
  }
  const forms: FileForm[] = [];
  for (const [coding, descriptor] of opened) {
    const form = await makeForm(request, coding, descriptor, opened.length > 1, nowMs);
    if (isFault(form)) {
      for (const made of forms) made.descriptor?.release();
      for (const [, rest] of opened.slice(forms.length + 1)) rest.close();
      return form;
    }
    forms.push(form);
  }
  const [first, ...others] = forms;
  if (first === undefined) throw new TypeError("a file without a form");
  return { forms: [first, ...others], seenAtMs: nowMs };
}

/** What it costs to keep: bytes of memory. */
export function memoryOf(entry: FileEntry): number {
  let bytes = 0;
  for (const { body, text } of entry.forms) {
    // The heads, the names and the objects.
    bytes += 2048 + (body?.length ?? 0) + (text?.length ?? 0);
  }
  return bytes;
}

/** Nobody keeps it any more; answers that are on their way go on. */
export function releaseEntry(entry: FileEntry): void {
  for (const form of entry.forms) form.descriptor?.release();
}

/** Takes over the descriptor. */
async function makeForm(
  request: EntryRequest,
  coding: string,
  opened: OpenedDescriptor,
  hasForms: boolean,
  nowMs: number,
): Promise<FileForm | FileFault> {
  const { sizeBytes, modifiedNs } = opened;
  const representation = represent(
    {
      sizeBytes,
      modifiedNs,
      mediaType: mediaType(request.name),
      coding,
      hasForms,
      cacheControl: request.cacheControl,
    },
    nowMs,
  );
  const common = { coding, sizeBytes, representation, opened };
  const known = request.before?.forms.find(
    (form) => form.coding === coding && isSame(form, opened),
  );
  if (sizeBytes > MAX_BODY_BYTES) {
    // The one that answers are reading from already: else each look would keep one more open.
    const shared = known?.descriptor;
    if (shared === undefined || shared === null || !shared.isOpen) {
      return { ...common, body: null, text: null, descriptor: new SharedDescriptor(opened.fd) };
    }
    opened.close();
    return { ...common, body: null, text: null, descriptor: shared.share() };
  }
  const body = known?.body ?? (await readWhole(opened));
  opened.close();
  if (body === null) {
    return { kind: "failed", reason: "it changes while it is read" };
  }
  const text = known?.text ?? (body.length <= MAX_TEXT_BYTES ? body.toString("latin1") : null);
  return { ...common, body, text, descriptor: null };
}

function isSame(form: FileForm, now: OpenedDescriptor): boolean {
  const { device, inode, modifiedNs, changedNs } = form.opened;
  return (
    form.sizeBytes === now.sizeBytes &&
    device === now.device &&
    inode === now.inode &&
    modifiedNs === now.modifiedNs &&
    changedNs === now.changedNs
  );
}

/** Null: it is not as long as it was, or can't be read. */
function readWhole({ fd, sizeBytes }: OpenedDescriptor): Promise<Buffer | null> {
  const body = Buffer.allocUnsafeSlow(sizeBytes);
  return new Promise((resolve) => {
    const next = (at: number): void => {
      if (at === sizeBytes) {
        resolve(body);
        return;
      }
      read(fd, body, at, sizeBytes - at, at, (error, count) => {
        if (error !== null || count === 0) resolve(null);
        else next(at + count);
      });
    };
    next(0);
  });
}
