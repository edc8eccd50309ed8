/**
 * Where a request came from, as trusted proxies tell it: in X-Forwarded-For, -Proto, -Host, -Port and
 * -Prefix, and in `Forwarded` (RFC 7239). Which of them are read is the operator's choice, because a
 * proxy passes on what it doesn't set, and then it is the client who speaks.
 *
 * Nothing is guessed. A value that can't be read, or two that differ, is a fault: one of them may be
 * the client's, and no rule tells which.
 */
import type { peerFaults } from "../errors/peer-faults.ts";
import { isSameAddress } from "../base/ip-address.ts";
import type { TrustedPeers } from "../base/trusted-peers.ts";
import { isAuthority, portOf } from "../http/host.ts";
import type { FieldBlock, RequestOrigin } from "../http/request-head.ts";
import { VCHAR, isAll, trimOws } from "../http/tokens.ts";
import { parseForwarded } from "./forwarded-field.ts";
import { type Node, type Walk, walkHops } from "./forwarded-node.ts";

/** What may be read; `forwarded` is the whole field of RFC 7239. */
export type ForwardingPart = "for" | "proto" | "host" | "port" | "prefix" | "forwarded";

export type OriginFault = keyof typeof peerFaults &
  ("bad-forwarding-field" | "contradicting-forwarding-fields");

/** What the fields claim; null where they say nothing. */
interface Claims {
  client: Node | null;
  proto: string | null;
  host: string | null;
  port: string | null;
  prefix: string | null;
}

/** What two values become: one, or a contradiction. */
type Single = { readonly value: string | null } | OriginFault;

const PORT = /^[1-9]\d{0,4}$/;

/** What trusted proxies say of the request. Only for requests of a peer that is trusted. */
export function readOrigin(
  fields: FieldBlock,
  reads: ReadonlySet<ForwardingPart>,
  proxies: TrustedPeers,
): RequestOrigin | OriginFault {
  const standard = reads.has("forwarded") ? forwardedClaims(fields, proxies) : noClaims();
  if (typeof standard === "string") return standard;
  const separate = reads.has("for") ? addressClaims(fields, proxies) : noClaims();
  if (typeof separate === "string") return separate;
  for (const part of ["proto", "host", "port", "prefix"] as const) {
    const single = reads.has(part) ? singleValue(fields, part) : { value: null };
    if (typeof single === "string") return single;
    separate[part] = single.value;
  }
  return combine(standard, separate);
}

function noClaims(): Claims {
  return { client: null, proto: null, host: null, port: null, prefix: null };
}

function forwardedClaims(fields: FieldBlock, proxies: TrustedPeers): Claims | OriginFault {
  const claims = noClaims();
  const elements = parseForwarded(linesOf(fields, "forwarded").join(","));
  if (elements === null) return "bad-forwarding-field";
  const walk = walkHops(
    elements.map((element) => element.for),
    proxies,
  );
  if (walk === null) return "bad-forwarding-field";
  claims.client = walk.client;
  // RFC 7239 §5.3: an element tells the host and the protocol of the request as it came to the proxy.
  // The one nearest to the client is what the client asked for.
  for (const { proto, host } of elements.slice(walk.first)) {
    claims.proto ??= proto;
    claims.host ??= host;
  }
  return claims;
}

function addressClaims(fields: FieldBlock, proxies: TrustedPeers): Claims | OriginFault {
  const walk: Walk | null = walkHops(elementsOf(linesOf(fields, "x-forwarded-for")), proxies);
  return walk === null ? "bad-forwarding-field" : { ...noClaims(), client: walk.client };
}

/** The one value of X-Forwarded-…; written several times it has to be the same each time. */
function singleValue(fields: FieldBlock, part: "proto" | "host" | "port" | "prefix"): Single {
  const lines = linesOf(fields, `x-forwarded-${part}`);
  // A comma may stand in a path.
  const values = part === "prefix" ? lines.filter((line) => line !== "") : elementsOf(lines);
  const [value = null] = values;
  const fold = part === "prefix" ? (text: string) => text : lowerCase;
  return values.every((other) => value !== null && fold(other) === fold(value))
    ? { value }
    : "contradicting-forwarding-fields";
}

function linesOf(fields: FieldBlock, lowerName: string): string[] {
  return fields.values.filter((_, index) => fields.lowerNames[index] === lowerName);
}

/** RFC 9110 §5.6.1: the elements of a list; empty ones don't count. */
function elementsOf(lines: readonly string[]): string[] {
  return lines
    .flatMap((line) => line.split(","))
    .map(trimOws)
    .filter((element) => element !== "");
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

function combine(standard: Claims, separate: Claims): RequestOrigin | OriginFault {
  if (!isSameClient(standard.client, separate.client)) return "contradicting-forwarding-fields";
  const proto = agreed(standard.proto, separate.proto);
  const host = agreed(standard.host, separate.host);
  if (proto === undefined || host === undefined) return "contradicting-forwarding-fields";
  const scheme = proto === null ? null : proto.toLowerCase();
  if (scheme !== null && scheme !== "http" && scheme !== "https") return "bad-forwarding-field";
  if (host !== null && !isAuthority(host)) return "bad-forwarding-field";
  const { port, prefix } = separate;
  if (port !== null && !(PORT.test(port) && Number(port) <= 65535)) return "bad-forwarding-field";
  if (prefix !== null && !isPrefix(prefix)) return "bad-forwarding-field";
  const hostPort = host === null ? "" : portOf(host);
  if (port !== null && hostPort !== "" && Number(hostPort) !== Number(port)) {
    return "contradicting-forwarding-fields";
  }
  const client = standard.client ?? separate.client;
  return {
    address: client === null ? null : client.address,
    port: client === null ? "" : client.port,
    scheme,
    host,
    serverPort: port ?? (hostPort === "" ? null : String(Number(hostPort))),
    prefix: prefix === null ? null : prefix.replace(/\/+$/, ""),
  };
}

/** Also where one of them says nothing. */
function isSameClient(one: Node | null, other: Node | null): boolean {
  if (one === null || other === null) return true;
  if (one.groups === null || other.groups === null) return one.groups === other.groups;
  return isSameAddress(one.groups, other.groups);
}

/** Undefined where both say something and it isn't the same. */
function agreed(one: string | null, other: string | null): string | null | undefined {
  if (one === null || other === null) return one ?? other;
  return lowerCase(one) === lowerCase(other) ? one : undefined;
}

/**
 * A path that URLs can begin with. Two slashes in front would make the next word a host in every link
 * that the application builds.
 */
function isPrefix(text: string): boolean {
  return (
    text.startsWith("/") && !text.startsWith("//") && isAll(VCHAR, text) && !/[?#\\]|%00/.test(text)
  );
}
