/**
 * How long the body of a request is, and whether to talk on afterwards: decided once, here, from
 * the field values alone (RFC 9112 §6.3). Requests are never repaired: whatever two readers could
 * understand in two ways is refused.
 */
import type { RequestFraming } from "../http/request-head.ts";
import { DIGIT, isAll, isToken, trimOws } from "../http/tokens.ts";
import { peerFault } from "./faults.ts";
import type { PeerFault } from "./faults.ts";

/** 15 digits stay below 2^53, so a length is always an exact number. */
const MAX_CONTENT_LENGTH_DIGITS = 15;

/** A decided framing. */
export interface Framing {
  readonly kind: "framing";
  readonly framing: RequestFraming;
  /** Bytes; 0 for "none", -1 for "chunked". */
  readonly contentLength: number;
}

const NO_BODY: Framing = Object.freeze({ kind: "framing", framing: "none", contentLength: 0 });
const CHUNKED: Framing = Object.freeze({ kind: "framing", framing: "chunked", contentLength: -1 });

/**
 * Decides the framing of a request.
 *
 * @param transferEncoding the value of the one Transfer-Encoding line, null without one
 * @param contentLength the value of the one Content-Length line, null without one
 * @param maxBodyBytes the largest content that is allowed
 */
export function requestFraming(
  version: 10 | 11,
  transferEncoding: string | null,
  contentLength: string | null,
  maxBodyBytes: number,
): Framing | PeerFault {
  if (transferEncoding !== null) {
    // RFC 9112 §6.1: Transfer-Encoding did not exist in HTTP/1.0; who sends it there cannot be
    // trusted about framing.
    if (version === 10) return peerFault("transfer-encoding-on-http10");
    // RFC 9112 §6.3: both together are what request smuggling looks like.
    if (contentLength !== null) return peerFault("transfer-encoding-with-content-length");
    return transferCoding(transferEncoding);
  }
  // RFC 9112 §6.3: a request with neither field has no body.
  if (contentLength === null) return NO_BODY;
  const length = parseContentLength(contentLength);
  if (length < 0) return peerFault("bad-content-length");
  if (length > maxBodyBytes) return peerFault("body-too-large");
  return { kind: "framing", framing: "content-length", contentLength: length };
}

/**
 * RFC 9110 §8.6: Content-Length = 1*DIGIT. No sign, no list, no other digits than 0 to 9.
 *
 * @returns the length in bytes, or -1 for anything else
 */
export function parseContentLength(value: string): number {
  if (value.length === 0 || value.length > MAX_CONTENT_LENGTH_DIGITS) return -1;
  return isAll(DIGIT, value) ? Number(value) : -1;
}

/** RFC 9112 §6.1: a coding that is not known gets 501; what is no list of codings gets 400. */
function transferCoding(value: string): Framing | PeerFault {
  if (value.toLowerCase() === "chunked") return CHUNKED;
  const codings = value.split(",");
  for (const [index, element] of codings.entries()) {
    const coding = trimOws(element);
    if (!isToken(coding)) return peerFault("bad-transfer-encoding");
    // RFC 9112 §6.3: chunked comes last and once, else the end of the body is anyone's guess.
    if (coding.toLowerCase() === "chunked" && index < codings.length - 1) {
      return peerFault("bad-transfer-encoding");
    }
  }
  return peerFault("transfer-coding-not-supported");
}
