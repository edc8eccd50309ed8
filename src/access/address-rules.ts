/**
 * Who may come in, by address: `/PATH NETWORK...`, allowed or denied. A network of a denying rule is
 * kept out. Where a path has allowing rules, those alone come in that one of them names. All rules
 * whose path fits count: what is allowed for a folder does not open a locked one inside it.
 */
import { type IpGroups, parseIpAddress } from "../base/ip-address.ts";
import { type IpNetwork, isTrustedAddress, parseIpNetwork } from "../base/trusted-peers.ts";
import { type PathForms, isWithin, readScope } from "./path-forms.ts";

export interface AddressRule {
  /** See `readScope`. */
  readonly scope: string;
  readonly networks: readonly IpNetwork[];
  /** `all`: every address, and who has none. */
  readonly all: boolean;
}

/** The rule, or the end of a sentence that says what it takes. */
export function parseAddressRule(text: string): AddressRule | string {
  const [path = "", ...words] = text.trim().split(/[\s,]+/);
  const scope = readScope(path);
  if (scope === null || words.length === 0) {
    return '/PATH and networks, such as "/admin 10.0.0.0/8 127.0.0.1"';
  }
  const networks: IpNetwork[] = [];
  for (const word of words) {
    if (word === "all") continue;
    const network = parseIpNetwork(word);
    if (network === null) return `networks such as 10.1.0.0/16, or all, and not ${word}`;
    networks.push(network);
  }
  return { scope, networks, all: words.includes("all") };
}

/** Both kinds of rules. */
export interface AddressRules {
  readonly allow: readonly AddressRule[];
  readonly deny: readonly AddressRule[];
}

/** @param address - of the client; empty where it is not known, which no network holds. */
export function mayComeIn(rules: AddressRules, path: PathForms, address: string): boolean {
  const groups = parseIpAddress(address.replace(/%.*$/, ""));
  const isDenied = rules.deny.some((rule) => isWithin(rule.scope, path) && holds(rule, groups));
  if (isDenied) return false;
  const refusing = new Set<string>();
  const admitting = new Set<string>();
  for (const rule of rules.allow) {
    if (!isWithin(rule.scope, path)) continue;
    (holds(rule, groups) ? admitting : refusing).add(rule.scope);
  }
  return [...refusing].every((scope) => admitting.has(scope));
}

function holds(rule: AddressRule, address: IpGroups | null): boolean {
  if (rule.all) return true;
  const { networks } = rule;
  return (
    address !== null && isTrustedAddress({ everyPeer: false, unixPeers: false, networks }, address)
  );
}
