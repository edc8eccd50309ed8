/**
 * Response heads and the framing of chunked responses, as latin-1 text ready to be written.
 *
 * The caller has checked the status line and the field lines; nothing here looks at them again.
 * A head is put together by string concatenation: one string goes to the socket, and the parts
 * that repeat (field lines, Date) are strings that exist already.
 */
import type { ResponseFraming } from "./response-framing.ts";

/** What a response head is made of. */
export interface ResponseHead {
  /** Status code and reason phrase, `200 OK`. */
  readonly statusLine: string;
  /** Field lines, each with its CRLF; no Connection and no Transfer-Encoding among them. */
  readonly fieldLines: string;
  /** Whether `fieldLines` has a Date already. */
  readonly hasDate: boolean;
  /** Whether `fieldLines` has a Server already. */
  readonly hasServer: boolean;
  /** Version of the request. */
  readonly version: 10 | 11;
  /** Whether the connection stays open after this response. */
  readonly keepAlive: boolean;
  readonly framing: ResponseFraming;
  /** Content-Length to add, in bytes; -1 when there is none or `fieldLines` has it. */
  readonly contentLength: number;
  /** The ready Date field line; see `DateLine`. */
  readonly dateLine: string;
}

/** Field line that names the server; without a version, which would only help attackers. */
export const SERVER_LINE = "Server: wizgy\r\n";

/** RFC 9110 §15.2.1: tells the client to send the body that it announced with Expect. */
export const CONTINUE_100 = "HTTP/1.1 100 Continue\r\n\r\n";

/** RFC 9112 §7.1: the end of a chunked response that has no trailers. */
export const LAST_CHUNK = "0\r\n\r\n";

/** RFC 9112 §7.1: what follows the data of each chunk. */
export const CHUNK_END = "\r\n";

/**
 * RFC 9112 §4: renders a response head, with the empty line at its end.
 *
 * The version is always HTTP/1.1, also for an HTTP/1.0 client: it says what the server speaks
 * (RFC 9110 §2.5), while the framing keeps to what the client knows.
 */
export function encodeResponseHead(head: ResponseHead): string {
  let text = "HTTP/1.1 " + head.statusLine + "\r\n" + head.fieldLines;
  if (!head.hasDate) text += head.dateLine;
  if (!head.hasServer) text += SERVER_LINE;
  if (head.framing === "chunked") text += "Transfer-Encoding: chunked\r\n";
  else if (head.contentLength >= 0) text += "Content-Length: " + head.contentLength + "\r\n";
  // RFC 9112 §9.6: who is going to close says so. Framing "close" leaves no other way.
  if (!head.keepAlive || head.framing === "close") return text + "Connection: close\r\n\r\n";
  // RFC 9112 §9.3: an HTTP/1.0 client closes unless it is told that the connection stays.
  return text + (head.version === 10 ? "Connection: keep-alive\r\n\r\n" : "\r\n");
}

/**
 * RFC 9112 §7.1: the chunk-size line of a chunk. The data and {@link CHUNK_END} follow it.
 *
 * @param bytes size of the data; never 0, because that would be the last chunk
 */
export function encodeChunkHead(bytes: number): string {
  return bytes.toString(16) + "\r\n";
}
