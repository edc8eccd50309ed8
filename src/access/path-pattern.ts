/**
 * The two halves of a redirect or a rewrite: `FROM`, which a path matches, and `TO`, which the rest
 * goes behind.
 *
 *     /old            this path alone
 *     /old/*          /old and all below it; what is below goes behind the TO that ends in /* too
 *
 * A path is matched as the application would see it, decoded; its rest is passed on as it was sent,
 * so that an escaped slash stays one.
 */
import { decodePath } from "../gateway/path-info.ts";

/** What a path has to be. */
export interface PathPattern {
  /** Decoded; of `/old/*` the part before the star: `/old/`. */
  readonly path: string;
  readonly hasStar: boolean;
}

/** Null: it is no pattern. */
export function readPattern(text: string): PathPattern | null {
  const hasStar = text.endsWith("/*");
  const plain = hasStar ? text.slice(0, -1) : text;
  if (!plain.startsWith("/") || /[*?#%\s\\\0]/.test(plain)) return null;
  return { path: Buffer.from(plain, "utf8").toString("latin1"), hasStar };
}

/**
 * What of the path is behind the pattern, as it was sent; null: it does not match.
 * @param sent - percent-encoded.
 */
export function matchPattern({ path, hasStar }: PathPattern, sent: string): string | null {
  if (hasStar && decodePath(sent) === path.slice(0, -1)) return "";
  let at = 0;
  for (let index = 0; index < path.length; index++) {
    const triplet = sent[at] === "%" ? decodePath(sent.slice(at, at + 3)) : "";
    const isEncoded = triplet.length === 1 && sent.length >= at + 3;
    if ((isEncoded ? triplet : sent[at]) !== path[index]) return null;
    at += isEncoded ? 3 : 1;
  }
  return hasStar || at === sent.length ? sent.slice(at) : null;
}

/** Characters that have no place in a URL reference, or that browsers read as others. */
const UNSAFE = /[^\x21-\x7e]|["<>\\^`{|}#]/g;

/** A part of what a client has sent, safe in a Location field. `text`: latin-1. */
export function escapeUnsafe(text: string): string {
  return text.replace(
    UNSAFE,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );
}

/**
 * A path of this server: RFC 3986 §4.2, two slashes in front would begin the name of another.
 * @param path - percent-encoded.
 */
export function localPath(path: string): string {
  return escapeUnsafe(path.replace(/^[/\\]+/, "/"));
}
