/**
 * The fragment of a REQUEST frame (wire §4.2): all that follows from the field lines and the peer. It
 * repeats while a client sends the same lines and is kept with them, so nothing here is done for
 * each request. A block of field lines belongs to one connection and is never another's; so what was
 * said of the peer holds for it too.
 */
import { type TrustedPeers } from "../base/trusted-peers.ts";
import { hostOf, portOf } from "../http/host.ts";
import type { FieldBlock, RequestOrigin } from "../http/request-head.ts";
import { appendFieldEntries, positionOf } from "./environ-entries.ts";
import { decodePath } from "./path-info.ts";
import type { ListenerConstants } from "./request-environ.ts";
import { type ForwardingPart, type OriginFault, readOrigin } from "./request-origin.ts";

/** What the operator has said about fields. */
export interface FieldRules {
  /** The proxies that may stand in a chain. */
  readonly proxies: TrustedPeers;
  /** What is read of what they say. */
  readonly reads: ReadonlySet<ForwardingPart>;
  /** Names with an underscore are refused instead of left out. */
  readonly refusesUnderscores: boolean;
  /** Called for each field that is kept back since it could be taken for another one. */
  readonly onDropped: (name: string) => void;
  /** Called for each field that is kept back since its sender isn't trusted. */
  readonly onUntrusted: (name: string, address: string) => void;
}

/** RFC 3875 §4.1.16: with both digits, also where the protocol itself has no minor version. */
const PROTOCOLS = { 10: "HTTP/1.0", 11: "HTTP/1.1", 20: "HTTP/2.0" } as const;

/** Who sent the request. */
export interface FieldSender {
  /** Empty for a peer without one. */
  readonly remoteAddress: string;
  /** Whether it may tell about its client; decided once for a connection. */
  readonly isTrusted: boolean;
}

export type FieldFault = OriginFault | "underscore-in-field-name";

/**
 * Fills in `fields.environ` and `fields.origin`.
 * @returns why the request has to be refused, or null.
 */
export function encodeFields(
  fields: FieldBlock,
  constants: ListenerConstants,
  rules: FieldRules,
  sender: FieldSender,
): FieldFault | null {
  const entries = [
    String(constants.id),
    "SERVER_PROTOCOL",
    // PEP 3333: the version of the request, not of the answer.
    PROTOCOLS[fields.version],
  ];
  let isTold = false;
  const hasUnderscore = appendFieldEntries(entries, fields, {
    dropped: rules.onDropped,
    forwarding: (name) => {
      isTold ||= sender.isTrusted;
      if (!sender.isTrusted) rules.onUntrusted(name, sender.remoteAddress);
      return sender.isTrusted;
    },
  });
  if (hasUnderscore && rules.refusesUnderscores) return "underscore-in-field-name";
  if (isTold) {
    const origin = readOrigin(fields, rules.reads, rules.proxies);
    if (typeof origin === "string") return origin;
    appendOrigin(entries, origin, fields.host, constants.scheme);
    fields.origin = origin;
  }
  fields.environ = Buffer.from(entries.join("\0"), "latin1");
  return null;
}

/**
 * The server as the client has seen it. Entries here win over the listener's constants.
 * @param hostField - the request's own Host.
 */
function appendOrigin(
  entries: string[],
  origin: RequestOrigin,
  hostField: string | null,
  listenerScheme: "http" | "https",
): void {
  const { host, prefix } = origin;
  const scheme = origin.scheme ?? listenerScheme;
  if (origin.scheme !== null) {
    entries.push("wsgi.url_scheme", scheme);
    // An entry can't be taken away; CGI programs take "off" for its absence.
    if (scheme !== listenerScheme) entries.push("HTTPS", scheme === "https" ? "on" : "off");
  }
  const defaultPort = scheme === "https" ? "443" : "80";
  const port = origin.serverPort;
  const authority = host ?? hostField;
  if (authority !== null && (host !== null || port !== null)) {
    const isShort = portOf(authority) === "" && port !== null && port !== defaultPort;
    setEntry(entries, "HTTP_HOST", isShort ? `${hostOf(authority)}:${port}` : authority);
  }
  if (host !== null) entries.push("SERVER_NAME", hostOf(host));
  if (port !== null) entries.push("SERVER_PORT", port);
  else if (host !== null) entries.push("SERVER_PORT", defaultPort);
  // The listener's own port goes with the listener's own scheme.
  else if (origin.scheme !== null)
    entries.push("SERVER_PORT", portOf(hostField ?? "") || defaultPort);
  // The path came without it: SCRIPT_NAME and PATH_INFO together are the client's path.
  if (prefix !== null) entries.push("SCRIPT_NAME", decodePath(prefix));
}

function setEntry(entries: string[], key: string, value: string): void {
  // The first element is the id of the constants.
  const position = positionOf(entries, 1, key);
  if (position < 0) entries.push(key, value);
  else entries[position + 1] = value;
}
