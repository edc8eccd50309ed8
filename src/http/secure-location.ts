/** Where a request that came without encryption is sent on to. */
import type { RequestHead } from "./request-head.ts";

/**
 * The same host, path and query at https://; null when the client named no host.
 * @param port - of the encrypted address.
 */
export function secureLocation(head: RequestHead, port: number): string | null {
  const { host, path, query } = head;
  if (host === null) return null;
  // The grammar of the host was checked; in front of the port it may hold colons in brackets only.
  const name = host.replace(/:\d*$/, "");
  const authority = port === 443 ? name : `${name}:${port}`;
  const place = path === "*" ? "/" : path;
  const hasQuery = query !== "" || head.target.includes("?");
  return `https://${authority}${place}${hasQuery ? `?${query}` : ""}`;
}
