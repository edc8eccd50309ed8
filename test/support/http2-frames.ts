/**
 * Frames of HTTP/2 written by hand (RFC 9113 §4, §6), for what a well-behaved client never sends.
 * Fields are literals without an index and without Huffman codes (RFC 7541 §6.2.2).
 */

export const PREFACE: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1");

export const Type = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;
export const END_STREAM = 1;
export const END_HEADERS = 4;

export function frame(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

/** Name and value in turn. */
export function fields(...texts: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  for (let i = 0; i < texts.length; i += 2) {
    parts.push(Buffer.from([0]), literal(texts[i] ?? ""), literal(texts[i + 1] ?? ""));
  }
  return Buffer.concat(parts);
}

function literal(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1");
  if (bytes.length < 127) return Buffer.concat([Buffer.from([bytes.length]), bytes]);
  const length = [127];
  let rest = bytes.length - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128);
  return Buffer.concat([Buffer.from([...length, rest]), bytes]);
}

/** The head of a request, complete. */
export function request(
  stream: number,
  path: string,
  flags: number = END_STREAM,
  ...more: readonly string[]
): Buffer {
  const block = fields(
    ":method",
    flags & END_STREAM ? "GET" : "POST",
    ":scheme",
    "http",
    ":path",
    path,
    ":authority",
    "a.test",
    ...more,
  );
  return frame(Type.headers, flags | END_HEADERS, stream, block);
}

/** What the server has sent: type, flags, stream, payload. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

/** The complete frames in what came. */
export function parseFrames(text: string): Frame[] {
  const bytes = Buffer.from(text, "latin1");
  const frames: Frame[] = [];
  for (let at = 0; at + 9 <= bytes.length;) {
    const length = bytes.readUIntBE(at, 3);
    if (at + 9 + length > bytes.length) break;
    const payload = bytes.subarray(at + 9, at + 9 + length);
    frames.push({
      type: bytes[at + 3]!,
      flags: bytes[at + 4]!,
      stream: bytes.readUInt32BE(at + 5),
      payload,
    });
    at += 9 + length;
  }
  return frames;
}
