/**
 * The `Date` field. Time is an argument, so that nothing here reads a clock. Rendering a date
 * costs more than the rest of a small response head, so `DateLine` renders once a second
 * (bench/micro/response-head.ts; the plain twin of the tests renders each time).
 */

/**
 * RFC 9110 §5.6.7: the IMF-fixdate of a moment, for example `Sun, 06 Nov 1994 08:49:37 GMT`.
 * ECMAScript fixes the format of `toUTCString` to the same characters.
 *
 * @param ms milliseconds since the Unix epoch
 */
export function imfFixdate(ms: number): string {
  return new Date(ms).toUTCString();
}

/** The field line `Date: …` with its CRLF, rendered anew only when the second has changed. */
export class DateLine {
  #second = -1;
  #line = "";

  /**
   * RFC 9110 §6.6.1.
   *
   * @param nowMs milliseconds since the Unix epoch
   */
  at(nowMs: number): string {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#line = `Date: ${imfFixdate(second * 1000)}\r\n`;
    }
    return this.#line;
  }
}
