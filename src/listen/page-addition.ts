/**
 * What is added to a page of the application: the script of `--reload`. It stands at the end, behind
 * `</html>`, where browsers take it as the last of the body: so nothing is held back, and nothing is
 * looked for in what the application sends. What is no plain page passes as it is, and so does a page
 * in a file that the worker hands over.
 */
const HTML = /\r\nContent-Type:[ \t]*text\/html[ \t]*[;\r]/i;
/** Bytes of a script in ASCII would be something else there: compressed, hashed, wide characters. */
const UNFIT =
  /\r\n(?:Content-Encoding|Content-Range|Content-Disposition|Content-MD5|(?:Content-|Repr-)?Digest):|charset="?utf-(?:16|32)/i;
const LENGTH = /(\r\nContent-Length:[ \t]*)\d+(?=[ \t]*\r\n)/i;

/** Whether bytes of ASCII can be added to this answer. `head`: as for {@link withLength}. */
export function isPlainPage(status: number, head: string): boolean {
  return status !== 206 && HTML.test(head) && !UNFIT.test(head);
}

/** @param head - status code, reason phrase and field lines, each line with its CRLF. */
export function withLength(head: string, bytes: number): string {
  return head.replace(LENGTH, `$1${bytes}`);
}
