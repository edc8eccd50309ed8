/**
 * An HTTP/1.1 answer read from raw bytes, independent of the server's own code so that a mistake
 * there can't hide itself here. Strict: what a careful client would refuse is an error (RFC 9112).
 */

/** How the end of the content is marked. */
export type Framing = "length" | "chunked" | "close" | "none";

export interface Answer {
  /** "HTTP/1.1" */
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  /** Name as spelled, and value, latin-1, in order. */
  readonly fields: readonly (readonly [string, string])[];
  /** Decoded content. */
  readonly body: Buffer;
  /** The content as latin-1 text. */
  readonly text: string;
  readonly framing: Framing;
  readonly chunkSizes: readonly number[];
  /** False: the connection ended, or nothing more has come, before the end of the content. */
  readonly complete: boolean;
  /** Statuses of the 1xx answers before it. */
  readonly interim: readonly number[];
  /** The whole head as it came, with its empty line. */
  readonly head: string;
  /** Bytes used. */
  readonly size: number;
}

interface Content {
  readonly body: Buffer;
  readonly chunkSizes: readonly number[];
  readonly end: number;
  readonly complete: boolean;
}

const EMPTY_LINE = "\r\n\r\n";
const STATUS_LINE = /^(HTTP\/1\.[01]) ([1-9]\d\d) ([\t\x20-\x7e\x80-\xff]*)$/;
const FIELD_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*$/;

/** Field values by name, in any case. */
export function valuesOf(answer: Answer, name: string): string[] {
  return answer.fields.filter(([n]) => n.toLowerCase() === name.toLowerCase()).map(([, v]) => v);
}

/**
 * Reads the first final answer in `bytes`.
 * @param method - of the request it answers.
 * @param ended - whether the connection has ended after `bytes`.
 * @returns null while its head isn't complete.
 * @throws Error where the bytes are no valid answer.
 */
export function parseAnswer(bytes: Buffer, method: string, ended: boolean): Answer | null {
  const interim: number[] = [];
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(EMPTY_LINE, start, "latin1");
    if (end < 0) return null;
    const head = bytes.toString("latin1", start, end + EMPTY_LINE.length);
    const [statusLine = "", ...lines] = head.slice(0, -EMPTY_LINE.length).split("\r\n");
    const status = STATUS_LINE.exec(statusLine);
    if (status === null) throw new Error(`no status line: ${JSON.stringify(statusLine)}`);
    const code = Number(status[2]);
    start = end + EMPTY_LINE.length;
    if (code < 200) {
      interim.push(code);
      continue;
    }
    const fields = lines.map(parseField);
    const framing = framingOf(code, method, fields);
    const content = readContent(bytes, start, framing, fields, ended);
    return {
      version: status[1]!,
      status: code,
      reason: status[3]!,
      fields,
      framing,
      interim,
      head,
      body: content.body,
      text: content.body.toString("latin1"),
      chunkSizes: content.chunkSizes,
      complete: content.complete,
      size: content.end,
    };
  }
}

function parseField(line: string): readonly [string, string] {
  const match = FIELD_LINE.exec(line);
  if (match === null) throw new Error(`no field line: ${JSON.stringify(line)}`);
  return [match[1]!, match[2]!];
}

function values(fields: readonly (readonly [string, string])[], name: string): string[] {
  return fields.filter(([n]) => n.toLowerCase() === name).map(([, value]) => value);
}

function framingOf(
  status: number,
  method: string,
  fields: readonly (readonly [string, string])[],
): Framing {
  const codings = values(fields, "transfer-encoding");
  const lengths = values(fields, "content-length");
  if (codings.length > 0 && lengths.length > 0) throw new Error("both framings in one answer");
  if (lengths.length > 1) throw new Error(`Content-Length given ${lengths.length} times`);
  if (method === "HEAD" || status === 204 || status === 304) return "none";
  if (codings.length > 0) {
    if (codings.join().toLowerCase() !== "chunked") throw new Error(`coding ${codings.join()}`);
    return "chunked";
  }
  if (lengths.length === 0) return "close";
  if (!/^\d+$/.test(lengths[0]!)) throw new Error(`Content-Length ${lengths[0]}`);
  return "length";
}

function readContent(
  bytes: Buffer,
  start: number,
  framing: Framing,
  fields: readonly (readonly [string, string])[],
  ended: boolean,
): Content {
  switch (framing) {
    case "none":
      return { body: Buffer.alloc(0), chunkSizes: [], end: start, complete: true };
    case "close":
      return { body: bytes.subarray(start), chunkSizes: [], end: bytes.length, complete: ended };
    case "length": {
      const length = Number(values(fields, "content-length")[0]);
      const end = Math.min(bytes.length, start + length);
      const body = bytes.subarray(start, end);
      return { body, chunkSizes: [], end, complete: body.length === length };
    }
    case "chunked":
      return readChunks(bytes, start);
  }
}

function readChunks(bytes: Buffer, start: number): Content {
  const pieces: Buffer[] = [];
  const chunkSizes: number[] = [];
  let at = start;
  const partial = (): Content => ({
    body: Buffer.concat(pieces),
    chunkSizes,
    end: at,
    complete: false,
  });
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at, "latin1");
    if (lineEnd < 0) return partial();
    const line = bytes.toString("latin1", at, lineEnd);
    if (!/^[0-9A-Fa-f]+$/.test(line)) throw new Error(`chunk size ${JSON.stringify(line)}`);
    const size = Number.parseInt(line, 16);
    const dataStart = lineEnd + 2;
    if (size === 0) {
      if (bytes.length < dataStart + 2) return partial();
      const end = bytes.toString("latin1", dataStart, dataStart + 2);
      if (end !== "\r\n") throw new Error(`after the last chunk: ${JSON.stringify(end)}`);
      return { body: Buffer.concat(pieces), chunkSizes, end: dataStart + 2, complete: true };
    }
    chunkSizes.push(size);
    pieces.push(bytes.subarray(dataStart, dataStart + size));
    at = dataStart + size + 2;
    if (bytes.length < at) return partial();
    if (bytes.toString("latin1", at - 2, at) !== "\r\n") throw new Error("chunk without its end");
  }
}
