/**
 * Who a hop of a chain of proxies was, as X-Forwarded-For and `Forwarded` name it, and the walk along
 * the chain.
 *
 * Each proxy writes the address of its own peer behind what it received. So the chain is read from
 * its end: the last element was written by our peer, the one before it by the proxy which that element
 * names, and so on for as long as the named ones are trusted. The first address that isn't is the
 * client's. What stands before it came from the client itself and is not even looked at.
 */
import { type IpGroups, parseIpAddress } from "../base/ip-address.ts";
import { type TrustedPeers, isTrustedAddress } from "../base/trusted-peers.ts";

/** A hop. `groups` is null, and the texts are empty, for one that is deliberately not named. */
export interface Node {
  readonly address: string;
  readonly port: string;
  readonly groups: IpGroups | null;
}

/** How far the walk came. */
export interface Walk {
  /** The client; null when nobody who is trusted has named one. */
  readonly client: Node | null;
  /** The index of the leftmost element that a trusted proxy has written. */
  readonly first: number;
}

const NOT_NAMED: Node = Object.freeze({ address: "", port: "", groups: null });

const WITH_PORT = /^(?:\[([^\]]*)\]|([^:[\]]+))(?::(\d{1,5}|_[A-Za-z0-9._-]+))?$/;
/** RFC 7239 §6.3: an identifier that hides what it stands for. */
const OBFUSCATED = /^_[A-Za-z0-9._-]+$/;

/**
 * Reads the name of a hop (RFC 7239 §6): an address with or without a port, `unknown` or a word that
 * begins with an underscore. An IPv6 address stands in brackets, or is alone.
 * @returns null for anything else.
 */
export function parseNode(text: string): Node | null {
  const alone = text.includes(":") ? parseIpAddress(text) : null;
  if (alone !== null) return { address: text, port: "", groups: alone };
  // nginx has this for a client of a Unix socket.
  if (text === "unix:") return NOT_NAMED;
  const match = WITH_PORT.exec(text);
  if (match === null) return null;
  const [, bracketed, plain = "", port = ""] = match;
  if (Number(port) > 65535) return null;
  if (bracketed === undefined && (plain.toLowerCase() === "unknown" || OBFUSCATED.test(plain))) {
    return NOT_NAMED;
  }
  const address = bracketed ?? plain;
  const groups = parseIpAddress(address);
  // Brackets are for IPv6, and nothing else has colons.
  if (groups === null || (bracketed !== undefined) !== address.includes(":")) return null;
  return { address, port: port.startsWith("_") ? "" : port, groups };
}

/**
 * Walks along a chain.
 * @param names - first hop first; null where an element names none.
 * @returns null when an element that counts is no name of a hop.
 */
export function walkHops(names: readonly (string | null)[], peers: TrustedPeers): Walk | null {
  let client: Node | null = null;
  let index = names.length;
  while (index > 0) {
    index--;
    const name = names[index]!;
    if (name === null) break;
    const node = parseNode(name);
    if (node === null) return null;
    client = node;
    if (node.groups === null || !isTrustedAddress(peers, node.groups)) break;
  }
  return { client, first: index };
}
