/** Whom to trust, from text: addresses and networks, or everybody, or nobody. */
import { type IpNetwork, type TrustedPeers, parseIpNetwork } from "../base/trusted-peers.ts";
import type { Reading } from "./definition.ts";

const EXPECTED =
  "IP addresses and networks such as 10.1.0.0/16 (nothing set behind the network's bits) with commas between, * for everybody, or none";

/** Reads the words of a list. `none` stands alone. Who comes through a Unix socket is trusted unless nobody is. */
export function parsePeers(words: readonly string[]): Reading<TrustedPeers> {
  if (words.length === 1 && words[0]!.toLowerCase() === "none") {
    return { ok: true, value: { everyPeer: false, unixPeers: false, networks: [] } };
  }
  const networks: IpNetwork[] = [];
  for (const word of words) {
    if (word === "*") continue;
    const network = parseIpNetwork(word);
    if (network === null) return { ok: false, expected: EXPECTED };
    networks.push(network);
  }
  return { ok: true, value: { everyPeer: words.includes("*"), unixPeers: true, networks } };
}
