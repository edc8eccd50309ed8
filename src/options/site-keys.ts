/**
 * What a `[[site]]` says about which requests are its own: names of hosts and a beginning of the
 * path. Both come out as they are compared with: lower case, and the bytes of a decoded path.
 */
import type { Reading } from "./definition.ts";

/** The host of a site that takes every name. */
export const ANY_HOST = "*";

const MAX_NAME_LENGTH = 253;
/** RFC 1123 §2.1, with the underscore that some private names have. */
const NAME =
  /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const IPV6 = /^\[[0-9a-f:.]{2,45}\]$/;

/** `shop.example`, `*.shop.example` for all names below it, an address, or `*` for every name. */
export function parseSiteHost(text: string): Reading<string> {
  const host = text.toLowerCase().replace(/(?<=\w)\.$/, "");
  if (host === ANY_HOST || IPV6.test(host)) return { ok: true, value: host };
  const name = host.startsWith("*.") ? host.slice(2) : host;
  if (name.length <= MAX_NAME_LENGTH && NAME.test(name)) return { ok: true, value: host };
  const expected =
    "names such as shop.example, *.shop.example for all names below it, or *: without a scheme or a port (that is for bind), and outside ASCII in the form xn--";
  return { ok: false, expected };
}

/**
 * `/shop` or `/shop/`: the same. "" and `/`: the whole host.
 * @returns without a slash at its end; the bytes of a decoded request path as latin-1.
 */
export function parseSiteMount(text: string): Reading<string> {
  const mount = text.replace(/\/$/, "");
  const isPlain = mount === "" || (mount.startsWith("/") && !mount.endsWith("/"));
  // eslint-disable-next-line no-control-regex -- the control characters are what is looked for
  if (!isPlain || /\/\/|[?#%\\\u0000-\u001f\u007f]|\/\.\.?(?:\/|$)/.test(mount)) {
    return { ok: false, expected: "a plain path such as /shop, not percent-encoded" };
  }
  return { ok: true, value: Buffer.from(mount, "utf8").toString("latin1") };
}
