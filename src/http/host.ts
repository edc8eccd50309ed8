/**
 * The grammar of an authority as it stands in the Host field and in an absolute-form target.
 *
 * RFC 9110 §7.2 and RFC 3986 §3.2:
 *     Host     = uri-host [ ":" port ]
 *     uri-host = IP-literal / IPv4address / reg-name
 *     reg-name = *( unreserved / pct-encoded / sub-delims )
 *
 * Deviation: stricter than the grammar. The host may not be empty, a reg-name holds unreserved
 * characters only (letters, digits, `-`, `.`, `_`, `~`), an IP-literal must look like an IPv6
 * address, and a port is at most 65535. No name that resolves needs more, while a comma, a quote
 * or a percent sign in a host is read in different ways by different programs. An `@` would make
 * the part before it user information (RFC 9110 §4.2.4) and is refused with the rest.
 */
import { DIGIT, HEX_VALUE, TCHAR } from "./tokens.ts";
import type { CharacterTable } from "./tokens.ts";

const REG_NAME_CHAR: CharacterTable = regNameTable();

/** The longest text of an IPv6 address, with an IPv4 address as its tail. */
const MAX_IPV6_LENGTH = 45;

/** Longer than any DNS name (RFC 1035 §3.1: 255 octets) with a port. */
const MAX_AUTHORITY_LENGTH = 270;

function regNameTable(): CharacterTable {
  // unreserved (RFC 3986 §2.3) is tchar without these marks.
  const table = TCHAR.slice();
  for (const mark of "!#$%&'*+^`|") table[mark.charCodeAt(0)] = 0;
  return table;
}

/** Whether `text` is a host with an optional port, and nothing else. */
export function isAuthority(text: string): boolean {
  if (text.length === 0 || text.length > MAX_AUTHORITY_LENGTH) return false;
  const hostEnd = text.charCodeAt(0) === 0x5b ? ipLiteralEnd(text) : regNameEnd(text);
  if (hostEnd <= 0) return false;
  if (hostEnd === text.length) return true;
  return text.charCodeAt(hostEnd) === 0x3a && isPort(text, hostEnd + 1);
}

function regNameEnd(text: string): number {
  let end = 0;
  while (end < text.length && REG_NAME_CHAR[text.charCodeAt(end)] === 1) end++;
  return end;
}

/** The index after the `]`, or -1 where the brackets do not hold an IPv6 address. */
function ipLiteralEnd(text: string): number {
  const close = text.indexOf("]");
  if (close < 3 || close - 1 > MAX_IPV6_LENGTH) return -1;
  let colons = 0;
  for (let i = 1; i < close; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x3a) colons++;
    else if (code !== 0x2e && HEX_VALUE[code]! < 0) return -1;
  }
  return colons >= 2 && colons <= 8 ? close + 1 : -1;
}

/** RFC 3986 §3.2.3: port = *DIGIT. An empty port means the default one. */
function isPort(text: string, start: number): boolean {
  if (text.length - start > 5) return false;
  let port = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (DIGIT[code] !== 1) return false;
    port = port * 10 + (code - 0x30);
  }
  return port <= 65535;
}

/** The port of a valid authority, as written; empty when it has none. */
export function portOf(authority: string): string {
  const colon = authority.lastIndexOf(":");
  return colon > authority.lastIndexOf("]") ? authority.slice(colon + 1) : "";
}

/** The host of a valid authority: without its port, an IPv6 address in its brackets. */
export function hostOf(authority: string): string {
  const colon = authority.lastIndexOf(":");
  return colon > authority.lastIndexOf("]") ? authority.slice(0, colon) : authority;
}
