/**
 * Field lines of a request as environ entries (PEP 3333 "environ Variables", RFC 3875 §4.1.18):
 * which names reach the application, under which key, and how repeated lines become one value.
 */
import type { FieldBlock } from "../http/request-head.ts";

/** What is done with fields that don't reach every application; told with their name. */
export interface FieldFilter {
  /** A field is kept back because it could be taken for another one in environ. */
  dropped(name: string): void;
  /**
   * A field in which proxies tell about their client.
   * @returns whether the application may see it: whether the peer is believed.
   */
  forwarding(name: string): boolean;
}

/**
 * - `passed`: handed on.
 * - `ours`: about the transfer, or the connection: for the server alone.
 * - `underscore`, `proxy`: kept back for safety.
 * - `forwarding`: handed on when it comes from a trusted proxy.
 */
type FieldKind = "passed" | "ours" | "underscore" | "proxy" | "forwarding";

interface NameFacts {
  readonly kind: FieldKind;
  /** The environ key. */
  readonly key: string;
}

/** Names that clients really send fit many times; a map that is full starts anew. */
const MAX_REMEMBERED_NAMES = 1024;

/** By the field names as spelled by clients; bench/micro/environ-encode.ts says what it gains. */
const remembered = new Map<string, NameFacts>();

/**
 * Appends key and value in turn for all fields that the application may see.
 * @returns whether a name has an underscore; such fields are left out.
 */
export function appendFieldEntries(
  entries: string[],
  fields: FieldBlock,
  filter: FieldFilter,
): boolean {
  const first = entries.length;
  const { names, values } = fields;
  let hasUnderscore = false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const { kind, key } = factsOf(name);
    if (kind !== "passed") {
      if (kind === "underscore") hasUnderscore = true;
      if (kind === "underscore" || kind === "proxy") filter.dropped(name);
      if (kind !== "forwarding" || !filter.forwarding(name)) continue;
    }
    const value = values[i]!;
    const earlier = positionOf(entries, first, key);
    if (earlier < 0) entries.push(key, value);
    // RFC 9110 §5.3: lines of one name are one list; RFC 6265 §5.4 for Cookie.
    else entries[earlier + 1] += (key === "HTTP_COOKIE" ? "; " : ",") + value;
  }
  return hasUnderscore;
}

function factsOf(name: string): NameFacts {
  let facts = remembered.get(name);
  if (facts === undefined) {
    const key = name.toUpperCase().replaceAll("-", "_");
    const kind = kindOf(name, key);
    // PEP 3333: these two only under these names.
    const isPlain = key === "CONTENT_TYPE" || key === "CONTENT_LENGTH";
    facts = { kind, key: isPlain ? key : `HTTP_${key}` };
    if (remembered.size >= MAX_REMEMBERED_NAMES) remembered.clear();
    remembered.set(name, facts);
  }
  return facts;
}

function kindOf(name: string, key: string): FieldKind {
  // A name with an underscore would take the key of another field, one with a hyphen.
  if (name.includes("_")) return "underscore";
  if (key.startsWith("X_FORWARDED_")) return "forwarding";
  switch (key) {
    // It would become HTTP_PROXY, which many libraries take for their proxy's address.
    case "PROXY":
      return "proxy";
    // RFC 9110 §7.6.1: ours to handle. The coding is gone when the application reads the body.
    case "TRANSFER_ENCODING":
    case "TRAILER":
    case "TE":
    case "KEEP_ALIVE":
    case "PROXY_CONNECTION":
      return "ours";
    // Ours are read by the server; the others by applications and middleware, some by default.
    case "FORWARDED":
    case "X_CLIENT_IP":
    case "X_CLUSTER_CLIENT_IP":
    case "X_HTTPS":
    case "X_REAL_IP":
    case "X_SCHEME":
    case "X_SCRIPT_NAME":
      return "forwarding";
    default:
      return "passed";
  }
}

/** The index of a key in `entries` from `first` on, or -1. */
export function positionOf(entries: readonly string[], first: number, key: string): number {
  for (let i = first; i < entries.length; i += 2) if (entries[i] === key) return i;
  return -1;
}
