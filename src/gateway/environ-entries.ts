/**
 * Field lines of a request as environ entries (PEP 3333 "environ Variables", RFC 3875 §4.1.18):
 * which names reach the application, under which key, and how repeated lines become one value.
 */
import type { FieldBlock } from "../http/request-head.ts";

/** Names that clients really send fit many times; a map that is full starts anew. */
const MAX_REMEMBERED_NAMES = 1024;

/** The environ key of each field name, as spelled by clients; null: the field is not handed on. */
const keys = new Map<string, string | null>();

/**
 * Appends key and value in turn for all fields that the application may see.
 * @param dropped - called with the name of each field that is kept back for safety.
 */
export function appendFieldEntries(
  entries: string[],
  fields: FieldBlock,
  dropped: (name: string) => void,
): void {
  const first = entries.length;
  const { names, values } = fields;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const key = environKey(name);
    if (key === null) {
      if (isDroppedForSafety(name)) dropped(name);
      continue;
    }
    const value = values[i]!;
    const earlier = positionOf(entries, first, key);
    if (earlier < 0) entries.push(key, value);
    // RFC 9110 §5.3: lines of one name are one list; RFC 6265 §5.4 for Cookie.
    else entries[earlier + 1] += (key === "HTTP_COOKIE" ? "; " : ",") + value;
  }
}

function environKey(name: string): string | null {
  let key = keys.get(name);
  if (key === undefined) {
    key = computeKey(name);
    if (keys.size >= MAX_REMEMBERED_NAMES) keys.clear();
    keys.set(name, key);
  }
  return key;
}

function computeKey(name: string): string | null {
  if (isDroppedForSafety(name)) return null;
  const key = name.toUpperCase().replaceAll("-", "_");
  switch (key) {
    // PEP 3333: these two only under these names.
    case "CONTENT_TYPE":
    case "CONTENT_LENGTH":
      return key;
    // RFC 9110 §7.6.1: ours to handle. The coding is gone when the application reads the body.
    case "TRANSFER_ENCODING":
    case "TRAILER":
    case "TE":
    case "KEEP_ALIVE":
    case "PROXY_CONNECTION":
      return null;
    default:
      return `HTTP_${key}`;
  }
}

/**
 * A name with an underscore would take the key of another field, one with a hyphen. `Proxy` would
 * become HTTP_PROXY, which many libraries take for their proxy's address.
 */
function isDroppedForSafety(name: string): boolean {
  return name.includes("_") || name.toLowerCase() === "proxy";
}

function positionOf(entries: readonly string[], first: number, key: string): number {
  for (let i = first; i < entries.length; i += 2) if (entries[i] === key) return i;
  return -1;
}
