/** The head of an answer as HTTP/2 has it (RFC 9113 §8.3.2), from the text that a worker sent. */

/** RFC 9113 §8.2.2. */
const CONNECTION_FIELDS: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/** By name in lower case. */
export type AnswerFields = Record<string, string | number | string[]>;

/**
 * @param status - of the answer.
 * @param text - field lines, each with its CRLF.
 */
export function answerFields(status: number, text: string): AnswerFields {
  const fields: AnswerFields = { ":status": status };
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\r\n", start);
    const colon = text.indexOf(":", start);
    const name = text.slice(start, colon).toLowerCase();
    const value = text.slice(colon + 1, end).trim();
    start = end + 2;
    if (CONNECTION_FIELDS.has(name)) continue;
    const earlier = fields[name];
    if (earlier === undefined) fields[name] = name === "set-cookie" ? [value] : value;
    // RFC 9110 §5.3: Set-Cookie alone can't be one line.
    else if (Array.isArray(earlier)) earlier.push(value);
    else fields[name] = `${earlier}, ${value}`;
  }
  return fields;
}

/** Where the field lines begin in text that has the status line's rest in front. */
export function fieldLines(head: string): string {
  return head.slice(head.indexOf("\r\n") + 2);
}
