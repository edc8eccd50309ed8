/**
 * The parts of a response that never change, and the framing of chunked responses, as latin-1 text
 * ready to be written. The head of an answer is put together in `answer-text.ts`.
 */

/** Field line that names the server; without a version, which would only help attackers. */
export const SERVER_LINE = "Server: wizgy\r\n";

/** RFC 9110 §15.2.1: tells the client to send the body that it announced with Expect. */
export const CONTINUE_100 = "HTTP/1.1 100 Continue\r\n\r\n";

/** RFC 8297 §2: the status line of an early hint; field lines and an empty line follow it. */
export const EARLY_HINTS_103 = "HTTP/1.1 103 Early Hints\r\n";

/** RFC 9112 §7.1: the end of a chunked response that has no trailers. */
export const LAST_CHUNK = "0\r\n\r\n";

/** RFC 9112 §7.1: what follows the data of each chunk. */
export const CHUNK_END = "\r\n";

/**
 * RFC 9112 §7.1: the chunk-size line of a chunk. The data and {@link CHUNK_END} follow it.
 *
 * @param bytes size of the data; never 0, because that would be the last chunk
 */
export function encodeChunkHead(bytes: number): string {
  return bytes.toString(16) + "\r\n";
}
