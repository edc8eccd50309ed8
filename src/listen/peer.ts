/** Who is at the other end of a connection; decided once, when it is made. */
import type { Socket } from "node:net";

import { isTrustedPeer } from "../base/trusted-peers.ts";
import type { ProxyHeader } from "../proxy-protocol/outcome.ts";
import type { ListenerView, Service } from "./service.ts";

export interface Peer {
  /** Empty for a peer without one. */
  readonly remoteAddress: string;
  readonly remotePort: string;
  /** Whether it may tell about its client (`--forwarded-allow-ips`). */
  readonly isTrusted: boolean;
}

/** As the system tells it. */
export function peerOf(socket: Socket, service: Service, listener: ListenerView): Peer {
  const remoteAddress = socket.remoteAddress ?? "";
  const { proxies } = service.fieldRules;
  return {
    remoteAddress,
    remotePort: String(socket.remotePort ?? ""),
    isTrusted: isTrustedPeer(proxies, listener.isUnix ? null : remoteAddress),
  };
}

/**
 * As the PROXY protocol tells it. The one who is believed or not is then the balancer's client. A
 * client that the balancer knows nothing of, or that came to it through a Unix socket, is not.
 * @param system - who it is by `peerOf`.
 */
export function toldPeer(header: ProxyHeader, system: Peer, service: Service): Peer {
  const { source, address, port } = header;
  if (source === "balancer") return system;
  if (source === "unknown") return { ...system, isTrusted: false };
  const isTrusted = address !== "" && isTrustedPeer(service.fieldRules.proxies, address);
  return { remoteAddress: address, remotePort: port, isTrusted };
}
