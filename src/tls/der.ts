/**
 * Writes DER (X.690 §8 to §11), as much as a certificate needs. It never reads any: certificates
 * that come from elsewhere are OpenSSL's to read.
 */

const CONTEXT = 0xa0;

/** X.690 §8.1: identifier, definite length in its shortest form, content. */
function element(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const lengthBytes: number[] = [];
  for (let rest = size; rest > 0; rest = Math.floor(rest / 256)) lengthBytes.unshift(rest % 256);
  const head =
    size < 0x80
      ? Buffer.from([tag, size])
      : Buffer.from([tag, 0x80 | lengthBytes.length, ...lengthBytes]);
  return Buffer.concat([head, content]);
}

export function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts));
}

export function set(...parts: readonly Buffer[]): Buffer {
  return element(0x31, Buffer.concat(parts));
}

/** A number that is not negative, its bytes most significant first. */
export function integer(bytes: Uint8Array): Buffer {
  let first = 0;
  while (first < bytes.length - 1 && bytes[first] === 0) first++;
  const digits = Buffer.from(bytes.subarray(first));
  // X.690 §8.3: the first bit is the sign.
  return element(
    0x02,
    (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), digits]) : digits,
  );
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.from([value ? 0xff : 0]));
}

/** `unusedBits`: of the last byte, 0 to 7. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Buffer {
  return element(0x03, Buffer.concat([Buffer.from([unusedBits]), bytes]));
}

export function octetString(bytes: Uint8Array): Buffer {
  return element(0x04, Buffer.from(bytes));
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text, "utf8"));
}

/** Dotted, such as `2.5.29.17`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...arcs] = dotted.split(".").map(Number);
  return element(0x06, Buffer.from([first * 40 + second, ...arcs.flatMap(base128)]));
}

/** X.690 §8.19: seven bits in each byte, the eighth says that another one follows. */
function base128(arc: number): number[] {
  const bytes = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift((rest % 128) | 0x80);
  }
  return bytes;
}

/** RFC 5280 §4.1.2.5: UTCTime up to the year 2049, GeneralizedTime behind it; whole seconds. */
export function time(date: Date): Buffer {
  const digits = date
    .toISOString()
    .replace(/\.\d+Z$/, "Z")
    .replaceAll(/[-:T]/g, "");
  return date.getUTCFullYear() < 2050
    ? element(0x17, Buffer.from(digits.slice(2), "latin1"))
    : element(0x18, Buffer.from(digits, "latin1"));
}

/** X.690 §8.14: `[number]` around other elements. */
export function explicit(number: number, ...parts: readonly Buffer[]): Buffer {
  return element(CONTEXT | number, Buffer.concat(parts));
}

/** `[number]` in the place of the tag of a type whose content is plain bytes. */
export function implicit(number: number, bytes: Uint8Array): Buffer {
  return element(0x80 | number, Buffer.from(bytes));
}
