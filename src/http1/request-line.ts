/**
 * The request line (RFC 9112 §3):
 *     request-line = method SP request-target SP HTTP-version
 *
 * Exactly one SP on each side of the target; no other white space counts as one.
 */
import { DIGIT, TCHAR } from "../http/tokens.ts";
import { peerFault } from "./faults.ts";
import type { PeerFault } from "./faults.ts";
import { parseTarget } from "./target.ts";
import type { Target } from "./target.ts";

/** A request line taken apart. */
export interface RequestLine {
  readonly kind: "request-line";
  readonly method: string;
  /** The target as sent. */
  readonly target: string;
  readonly parts: Target;
  readonly version: 10 | 11;
}

/** Longer than any registered method; the longest one has 17 letters. */
export const MAX_METHOD_LENGTH = 32;

/** " HTTP/1.1" */
const VERSION_LENGTH = 9;

const DOT = 0x2e;
const ZERO = 0x30;
const ONE = 0x31;

/**
 * Parses `text[start…end)`, a line without its CRLF. The caller has checked its length.
 *
 * RFC 9110 §9.1: methods are case-sensitive, so `get` is a method of its own and is passed on.
 */
export function parseRequestLine(
  text: string,
  start: number,
  end: number,
): RequestLine | PeerFault {
  const methodEnd = findMethodEnd(text, start, end);
  if (typeof methodEnd !== "number") return methodEnd;
  const targetStart = methodEnd + 1;
  const targetEnd = end - VERSION_LENGTH;
  // Also caught here: a line with one SP only, as HTTP/0.9 had it.
  if (targetEnd <= targetStart) return peerFault("bad-request-line");
  const version = parseVersion(text, targetEnd);
  if (typeof version !== "number") return version;
  const method = text.slice(start, methodEnd);
  // Deviation: CONNECT asks for a tunnel (RFC 9110 §9.3.6), which an origin server has no use for.
  if (method === "CONNECT") return peerFault("connect-not-supported");
  const target = text.slice(targetStart, targetEnd);
  const parts = parseTarget(target, method);
  if (parts.kind === "fault") return parts;
  return { kind: "request-line", method, target, parts, version };
}

/** The index of the SP after the method. */
function findMethodEnd(text: string, start: number, end: number): number | PeerFault {
  let i = start;
  while (i < end && TCHAR[text.charCodeAt(i)] === 1) i++;
  if (i === start || i === end || text.charCodeAt(i) !== 0x20) return peerFault("bad-method");
  // RFC 9112 §3: a method longer than any that is implemented gets 501.
  if (i - start > MAX_METHOD_LENGTH) return peerFault("method-too-long");
  return i;
}

/**
 * RFC 9112 §2.3: HTTP-version = "HTTP" "/" DIGIT "." DIGIT, case-sensitive. `start` is the SP.
 * Deviation: a minor version above 1 gets 505 as well; nobody sends one, except to probe.
 */
function parseVersion(text: string, start: number): 10 | 11 | PeerFault {
  if (!text.startsWith(" HTTP/", start)) return peerFault("bad-version");
  const major = text.charCodeAt(start + 6);
  const minor = text.charCodeAt(start + 8);
  const wellFormed = DIGIT[major] === 1 && text.charCodeAt(start + 7) === DOT && DIGIT[minor] === 1;
  if (!wellFormed) return peerFault("bad-version");
  if (major !== ONE || (minor !== ONE && minor !== ZERO)) return peerFault("version-not-supported");
  return minor === ONE ? 11 : 10;
}
