/**
 * Which paths of a site are files in folders. A mount is a path prefix with the folders that are
 * tried for it, in order; of several prefixes that fit, the longest counts.
 *
 * A path below a prefix is the mount's alone, found or not: it never reaches the application.
 */
import { decodePath } from "../gateway/path-info.ts";
import { type RequestPath, type UnsafePath, readRequestPath } from "./request-path.ts";

/** One folder of a mount. */
export interface StaticFolder {
  /** What its files' names begin with below the mount's prefix; "" or ends in a slash. */
  readonly below: string;
  /** In the bytes of the file system; absolute. */
  readonly folder: Buffer;
}

export interface StaticMount {
  /** Begins and ends with a slash; latin-1, not percent-encoded. */
  readonly prefix: string;
  readonly folders: readonly StaticFolder[];
}

/** A path that a mount is responsible for. `path` "unsafe": there is nothing of that name. */
export interface StaticPlace {
  readonly mount: StaticMount;
  /** The whole path, percent-encoded as it was sent: the key under which it is remembered. */
  readonly sent: string;
  readonly path: RequestPath | UnsafePath | "mount-without-slash";
}

/** What `--static` says; else the end of a sentence that says what it takes. */
export type MountReading =
  | { readonly kind: "mount"; readonly prefix: string; readonly folder: string }
  | { readonly kind: "malformed"; readonly expected: string };

/** `/prefix=FOLDER`, where the prefix may end in a slash or not. */
export function parseStaticMount(text: string): MountReading {
  const equals = text.indexOf("=");
  const prefix = text.slice(0, Math.max(equals, 0));
  const folder = text.slice(equals + 1);
  const malformed = (expected: string): MountReading => ({ kind: "malformed", expected });
  if (equals < 0 || !prefix.startsWith("/") || folder === "") {
    return malformed("/prefix=FOLDER, such as /static=./static");
  }
  if (/^\/+$/.test(prefix)) {
    return malformed("a prefix longer than /, which would leave nothing to the application");
  }
  if (prefix.includes("//") || /[?#%\\\0]|\/\.\.?(?:\/|$)/.test(prefix)) {
    return malformed("a prefix that is a plain path, not percent-encoded");
  }
  // As the bytes of a decoded request path.
  const bytes = Buffer.from(prefix, "utf8").toString("latin1");
  return { kind: "mount", prefix: withSlash(bytes), folder };
}

/** Mounts of one prefix become one, whose folders are tried in the order they came. */
export function joinMounts(mounts: readonly StaticMount[]): readonly StaticMount[] {
  const byPrefix = new Map<string, StaticFolder[]>();
  for (const { prefix, folders } of mounts) {
    byPrefix.set(prefix, [...(byPrefix.get(prefix) ?? []), ...folders]);
  }
  return [...byPrefix]
    .map(([prefix, folders]) => ({ prefix, folders }))
    .toSorted((one, other) => other.prefix.length - one.prefix.length);
}

/**
 * The mount that a request path belongs to; null: it is the application's.
 * @param mounts - from `joinMounts`.
 * @param sent - the path of the request target, still percent-encoded.
 */
export function placeOf(mounts: readonly StaticMount[], sent: string): StaticPlace | null {
  // What the application would see counts, so that no spelling of a prefix leads around the mount.
  const path = sent.includes("%") ? decodePath(sent) : sent;
  for (const mount of mounts) {
    const { prefix } = mount;
    if (path.startsWith(prefix)) {
      // Read as it was sent: an escaped slash is one to the file system only.
      const read = readRequestPath(path.slice(prefix.length), sent);
      return { mount, sent, path: read };
    }
    if (path.length === prefix.length - 1 && prefix.startsWith(path)) {
      return { mount, sent, path: "mount-without-slash" };
    }
  }
  return null;
}

function withSlash(path: string): string {
  return path.endsWith("/") ? path : `${path}/`;
}
