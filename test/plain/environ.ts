/** Plain twin of `gateway/environ-entries.ts`: what a field name means is found out for each line anew. */
import type { FieldFilter } from "../../src/gateway/environ-entries.ts";
import type { FieldBlock } from "../../src/http/request-head.ts";

const OURS = ["TRANSFER_ENCODING", "TRAILER", "TE", "KEEP_ALIVE", "PROXY_CONNECTION"];
const FORWARDING =
  /^(?:X_FORWARDED_.*|FORWARDED|X_CLIENT_IP|X_CLUSTER_CLIENT_IP|X_HTTPS|X_REAL_IP|X_SCHEME|X_SCRIPT_NAME)$/;

export function appendFieldEntriesPlainly(
  entries: string[],
  { names, values }: FieldBlock,
  filter: FieldFilter,
): boolean {
  const merged = new Map<string, string>();
  let hasUnderscore = false;
  for (const [i, name] of names.entries()) {
    const upper = name.toUpperCase().replaceAll("-", "_");
    if (name.includes("_")) {
      hasUnderscore = true;
      filter.dropped(name);
      continue;
    }
    if (upper === "PROXY") filter.dropped(name);
    if (upper === "PROXY" || OURS.includes(upper)) continue;
    if (FORWARDING.test(upper) && !filter.forwarding(name)) continue;
    const key = ["CONTENT_TYPE", "CONTENT_LENGTH"].includes(upper) ? upper : `HTTP_${upper}`;
    const earlier = merged.get(key);
    const separator = key === "HTTP_COOKIE" ? "; " : ",";
    merged.set(key, earlier === undefined ? values[i]! : earlier + separator + values[i]!);
  }
  entries.push(...[...merged].flat());
  return hasUnderscore;
}

/** Plain twin of `gateway/path-info.ts`. */
export function decodePathPlainly(path: string): string {
  return path.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
