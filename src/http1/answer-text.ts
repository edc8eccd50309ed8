/**
 * The head of an application's answer as text, put together on the hot path: what the worker sent
 * (status line and field lines, checked there), and behind it what HTTP asks of the server.
 */
import type { HttpVersion } from "../http/request-head.ts";
import type { ResponseFraming } from "./response-framing.ts";
import { SERVER_LINE } from "./response-head.ts";

/**
 * RFC 9112 §4. Positional parameters, so that a request costs no object here.
 * @param head - status code, reason phrase and field lines, each line with its CRLF.
 * @param dateLine - the Date field line, or "" when `head` has one.
 * @param hasServer - whether `head` has a Server field.
 * @param version - of the request.
 */
export function encodeAnswerHead(
  head: string,
  dateLine: string,
  hasServer: boolean,
  version: HttpVersion,
  keepAlive: boolean,
  framing: ResponseFraming,
): string {
  let text = "HTTP/1.1 " + head + dateLine;
  if (!hasServer) text += SERVER_LINE;
  if (framing === "chunked") text += "Transfer-Encoding: chunked\r\n";
  // RFC 9112 §9.6: who is going to close says so.
  if (!keepAlive || framing === "close") return text + "Connection: close\r\n\r\n";
  // RFC 9112 §9.3: an HTTP/1.0 client closes unless it is told that the connection stays.
  return text + (version === 10 ? "Connection: keep-alive\r\n\r\n" : "\r\n");
}
