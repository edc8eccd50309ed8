/**
 * How the end of a response is made visible to the client, decided in one place.
 */
import type { HttpVersion } from "../http/request-head.ts";

/**
 * "none": the response has no content whatever its fields say; "length": Content-Length; "chunked":
 * the chunked transfer coding; "close": the end of the connection is the end of the content.
 */
export type ResponseFraming = "none" | "length" | "chunked" | "close";

/**
 * Decides the framing of a response (RFC 9112 §6.3, in its order).
 *
 * @param method the method of the request; only HEAD matters
 * @param version the version of the request: 10 or 11
 * @param contentLength bytes of content when it is known, else -1
 */
export function responseFraming(
  method: string,
  status: number,
  version: HttpVersion,
  contentLength: number,
): ResponseFraming {
  // RFC 9110 §6.4.1: no content after HEAD, nor with 1xx, 204 and 304.
  if (method === "HEAD" || isWithoutContent(status)) return "none";
  if (contentLength >= 0) return "length";
  // RFC 9112 §6.1: no transfer coding for a client that has not shown that it knows HTTP/1.1.
  return version === 11 ? "chunked" : "close";
}

/** RFC 9110 §6.4.1: whether responses with this status never have content. */
export function isWithoutContent(status: number): boolean {
  return status === 204 || status === 304 || (status >= 100 && status < 200);
}
