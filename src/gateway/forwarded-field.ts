/**
 * The field `Forwarded` (RFC 7239 §4):
 *
 *     Forwarded         = 1#forwarded-element
 *     forwarded-element = [ forwarded-pair ] *( ";" [ forwarded-pair ] )
 *     forwarded-pair    = token "=" ( token / quoted-string )
 *
 * The whole field is read strictly from its start, also what the client itself has sent: an open quote
 * there would swallow what the proxy wrote behind it.
 *
 * Deviation: white space around ";" passes, which the grammar leaves out and many proxies write.
 */
import { TCHAR, isOws } from "../http/tokens.ts";

/** One hop's words; null where it says nothing. Values are as sent, without quotes. */
export interface ForwardedElement {
  for: string | null;
  host: string | null;
  proto: string | null;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;

/** The elements in their order, or null when the field is malformed. Empty elements are left out. */
export function parseForwarded(text: string): ForwardedElement[] | null {
  const elements: ForwardedElement[] = [];
  let seen = new Set<string>();
  let element: ForwardedElement = { for: null, host: null, proto: null };
  let at = 0;
  for (;;) {
    at = skipOws(text, at);
    const nameEnd = tokenEnd(text, at);
    if (nameEnd > at) {
      const name = text.slice(at, nameEnd).toLowerCase();
      if (text.charCodeAt(nameEnd) !== EQUALS) return null;
      const valueEnd = pairValueEnd(text, nameEnd + 1);
      if (valueEnd < 0) return null;
      // RFC 7239 §4: each parameter once in an element.
      if (seen.has(name)) return null;
      seen.add(name);
      const value = unquoted(text.slice(nameEnd + 1, valueEnd));
      if (name === "for" || name === "host" || name === "proto") element[name] = value;
      at = skipOws(text, valueEnd);
    }
    const code = text.charCodeAt(at);
    if (at < text.length && code !== COMMA && code !== SEMICOLON) return null;
    if (code !== SEMICOLON) {
      if (seen.size > 0) elements.push(element);
      if (at === text.length) return elements;
      seen = new Set();
      element = { for: null, host: null, proto: null };
    }
    at++;
  }
}

function skipOws(text: string, start: number): number {
  let at = start;
  while (at < text.length && isOws(text.charCodeAt(at))) at++;
  return at;
}

function tokenEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && TCHAR[text.charCodeAt(at)] === 1) at++;
  return at;
}

/** The index behind a token or a quoted-string (RFC 9110 §5.6.4), or -1. */
function pairValueEnd(text: string, start: number): number {
  if (text.charCodeAt(start) !== QUOTE) {
    const end = tokenEnd(text, start);
    return end > start ? end : -1;
  }
  for (let at = start + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at++;
  }
  return -1;
}

function unquoted(value: string): string {
  return value.charCodeAt(0) === QUOTE ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
}
