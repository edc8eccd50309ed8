/**
 * The media type of a file by the ending of its name. The `mime-types` package has the table; it is
 * read when it is first needed, as it takes as long as the rest of the start.
 */
import { createRequire } from "node:module";

import type * as MimeTypes from "mime-types";

/** RFC 9110 §8.3: a type that is not known is not guessed from the content. */
const UNKNOWN = "application/octet-stream";

/** Endings are few; names made up by clients name no files. */
const MAX_REMEMBERED = 1_000;

const byEnding = new Map<string, string>();
let table: typeof MimeTypes | null = null;

/** Reads the table now, so that no request has to wait for it. */
export function loadMediaTypes(): typeof MimeTypes {
  table ??= createRequire(import.meta.url)("mime-types") as typeof MimeTypes;
  return table;
}

/**
 * With the charset for text: UTF-8, which is what text on the web is.
 * @param name - of the file, or its whole path.
 */
export function mediaType(name: string): string {
  const file = name.slice(name.lastIndexOf("/") + 1);
  const dot = file.lastIndexOf(".");
  if (dot < 0) return UNKNOWN;
  const ending = file.slice(dot + 1).toLowerCase();
  const remembered = byEnding.get(ending);
  if (remembered !== undefined) return remembered;
  const found = loadMediaTypes().contentType(`x.${ending}`);
  const type = found === false ? UNKNOWN : found;
  if (byEnding.size < MAX_REMEMBERED) byEnding.set(ending, type);
  return type;
}
