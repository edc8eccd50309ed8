/**
 * Whom the server believes: proxies, named by address or network. Two questions are asked of it
 * which look alike and are not: may the peer of a connection tell about its client, and is an
 * address in a chain of proxies one of them? `*` answers the first only. It says that whoever
 * connects is a proxy; it says nothing of the addresses that a proxy passes on, which anyone
 * can have written.
 */
import { type IpGroups, isIpv4, parseIpAddress } from "./ip-address.ts";

/** The addresses whose first `bits` (of 128) are those of `groups`. */
export interface IpNetwork {
  readonly groups: IpGroups;
  readonly bits: number;
}

export interface TrustedPeers {
  /** Whoever connects is trusted. */
  readonly everyPeer: boolean;
  /** Who connects to a Unix socket is trusted. */
  readonly unixPeers: boolean;
  readonly networks: readonly IpNetwork[];
}

/**
 * Reads `ADDRESS` or `ADDRESS/BITS`.
 * @returns null for anything else, also when bits behind the network's are set: a slip, most likely.
 */
export function parseIpNetwork(text: string): IpNetwork | null {
  const slash = text.indexOf("/");
  const groups = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (groups === null) return null;
  // ::ffff:10.0.0.0 with a colon is an IPv6 address also in how its bits are counted.
  const leading = isIpv4(groups) && !text.includes(":") ? 96 : 0;
  if (slash < 0) return { groups, bits: 128 };
  const written = text.slice(slash + 1);
  const bits = /^(?:0|[1-9]\d{0,2})$/.test(written) ? leading + Number(written) : -1;
  if (bits < 0 || bits > 128) return null;
  const network = { groups, bits };
  return groups.every((group, index) => (group & ~maskOf(network, index)) === 0) ? network : null;
}

/**
 * @param address - as the system tells it, empty where it doesn't know any more: a client that has
 * reset its connection already. Null on a Unix socket.
 */
export function isTrustedPeer(peers: TrustedPeers, address: string | null): boolean {
  if (address === null) return peers.unixPeers;
  if (peers.everyPeer) return true;
  // A link-local address has its zone behind it, such as %eth0.
  const zone = address.indexOf("%");
  const groups = parseIpAddress(zone < 0 ? address : address.slice(0, zone));
  return groups !== null && isTrustedAddress(peers, groups);
}

/** Whether the address is one of those that were named. */
export function isTrustedAddress(peers: TrustedPeers, address: IpGroups): boolean {
  return peers.networks.some((network) => isInNetwork(address, network));
}

function isInNetwork(address: IpGroups, network: IpNetwork): boolean {
  for (let index = 0; index * 16 < network.bits; index++) {
    const difference = address[index]! ^ network.groups[index]!;
    if ((difference & maskOf(network, index)) !== 0) return false;
  }
  return true;
}

/** The bits of group `index` that belong to the network. */
function maskOf(network: IpNetwork, index: number): number {
  const bits = Math.min(16, Math.max(0, network.bits - index * 16));
  return 0xffff & (0xffff << (16 - bits));
}
