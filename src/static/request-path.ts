/**
 * From a request path to a path below a folder, or to the knowledge that there can be none.
 *
 * Nothing is tidied up. A path with a segment `.` or `..`, an empty segment, a NUL, a backslash, or
 * a separator that came percent-encoded names no file, and neither does a malformed escape. Names
 * that begin with a dot are hidden, but for `.well-known` (RFC 8615), below which hidden names stay
 * hidden.
 */

/** Below a mount's prefix. Latin-1: one character for each byte of the name. */
export interface RequestPath {
  readonly kind: "path";
  /** Without a slash at either end; "" is the mount itself. */
  readonly relative: string;
  /** Whether it ended in a slash: a folder is meant. */
  readonly isFolder: boolean;
}

/** Why there is no such file; for tests and the log. */
export interface UnsafePath {
  readonly kind: "unsafe";
  readonly reason: string;
}

/** No file system has longer paths. */
const MAX_LENGTH = 4096;
const MAX_SEGMENT_LENGTH = 255;

/**
 * @param rest - what follows the prefix, percent-decoded once.
 * @param sent - the whole path as it was sent.
 */
export function readRequestPath(rest: string, sent: string): RequestPath | UnsafePath {
  if (sent.includes("%")) {
    if (/%(?:2f|5c|00)/i.test(sent)) return unsafe("an escaped separator or NUL");
    if (/%(?![0-9a-f]{2})/i.test(sent)) return unsafe("a malformed escape");
  }
  if (rest.includes("\0") || rest.includes("\\")) return unsafe("a NUL or a backslash");
  if (rest.length > MAX_LENGTH) return unsafe("a path that is too long");
  if (rest === "") return { kind: "path", relative: "", isFolder: true };
  const isFolder = rest.endsWith("/");
  const relative = isFolder ? rest.slice(0, -1) : rest;
  for (const [index, segment] of relative.split("/").entries()) {
    if (segment === "") return unsafe("an empty segment");
    if (segment.length > MAX_SEGMENT_LENGTH) return unsafe("a name that is too long");
    // This covers "." and ".." as well.
    const isHidden = segment.startsWith(".") && !(index === 0 && segment === ".well-known");
    if (isHidden) return unsafe("a name that begins with a dot");
  }
  return { kind: "path", relative, isFolder };
}

function unsafe(reason: string): UnsafePath {
  return { kind: "unsafe", reason };
}
