/**
 * From the value of X-Sendfile or X-Accel-Redirect to a place below a root. Values are latin-1
 * texts: one character for each byte of the path.
 *
 * X-Sendfile is a path as the system has it. X-Accel-Redirect is a URI path and is decoded, once.
 * Nothing is tidied up: a value with a `..`, a NUL, or an escaped separator is refused.
 */
import { posix } from "node:path";

import type { FileFault } from "./file-fault.ts";

/** A folder whose files may be sent. `prefix` null: X-Sendfile names it by its path. */
export interface SendfileRoot {
  readonly prefix: string | null;
  /** The folder as it was configured; absolute. */
  readonly folder: string;
}

/** A path that begins with its root's folder, by its text. Links are another matter. */
export interface PlaceBelow {
  readonly root: SendfileRoot;
  readonly path: Buffer;
}

/** X-Sendfile: an absolute path below one of the folders. */
export function placeOfSendfile(
  value: string,
  roots: readonly SendfileRoot[],
): PlaceBelow | FileFault {
  const fault = wrongPath(value);
  if (fault !== null) return fault;
  const path = Buffer.from(value, "latin1");
  for (const root of roots) {
    const folder = Buffer.from(withSlash(root.folder), "utf8");
    if (root.prefix === null && path.subarray(0, folder.length).equals(folder)) {
      return { root, path };
    }
  }
  return refused("the path is not below a --sendfile-root");
}

/** X-Accel-Redirect: a URI path that begins with one of the prefixes; the longest one counts. */
export function placeOfRedirect(
  value: string,
  roots: readonly SendfileRoot[],
): PlaceBelow | FileFault {
  const query = value.indexOf("?");
  const escaped = query < 0 ? value : value.slice(0, query);
  // An escaped separator would be one to the file system only.
  if (/%(?:2f|5c|00)/i.test(escaped)) return refused("the path has an escaped separator or NUL");
  if (/%(?![0-9a-f]{2})/i.test(escaped)) return refused("the path has a malformed escape");
  const path = escaped.replaceAll(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  const fault = wrongPath(path);
  if (fault !== null) return fault;
  let best: SendfileRoot | null = null;
  for (const root of roots) {
    const prefix = root.prefix === null ? null : withSlash(root.prefix);
    if (prefix === null || !path.startsWith(prefix)) continue;
    if (best === null || prefix.length > withSlash(best.prefix ?? "").length) best = root;
  }
  if (best === null) return refused("the path is not below the prefix of a --sendfile-root");
  const rest = path.slice(withSlash(best.prefix ?? "").length);
  const folder = Buffer.from(withSlash(best.folder), "utf8");
  return { root: best, path: Buffer.concat([folder, Buffer.from(rest, "latin1")]) };
}

/** `DIR`, or `/prefix=DIR`. @param cwd - relative folders count from here. */
export function parseSendfileRoot(text: string, cwd: string): SendfileRoot {
  const equals = text.indexOf("=");
  const hasPrefix = text.startsWith("/") && equals > 0;
  return {
    prefix: hasPrefix ? text.slice(0, equals) : null,
    folder: posix.resolve(cwd, hasPrefix ? text.slice(equals + 1) : text),
  };
}

function wrongPath(path: string): FileFault | null {
  if (!path.startsWith("/")) return refused("the path is not absolute");
  if (path.includes("\0")) return refused("the path has a NUL");
  if (path.split("/").includes("..")) return refused("the path has a ..");
  return null;
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}

function refused(reason: string): FileFault {
  return { kind: "refused", reason };
}
