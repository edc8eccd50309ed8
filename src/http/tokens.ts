/**
 * The character grammar that every HTTP version shares, as lookup tables.
 *
 * Text here is latin-1: one character is one byte, so a table of 256 entries covers every
 * character code. `TABLE[code] === 1` means that the byte belongs to the rule. Each table is
 * built once from the ABNF in the comment above it. Scanners walk these tables once from left to
 * right; there is no regular expression that could run longer than its input.
 */

/** One entry for each byte; 1 where the byte belongs to the rule. */
export type CharacterTable = Uint8Array;

function tableOf(...parts: readonly (string | readonly [number, number])[]): CharacterTable {
  const table = new Uint8Array(256);
  for (const part of parts) {
    if (typeof part === "string") {
      for (let i = 0; i < part.length; i++) table[part.charCodeAt(i)] = 1;
    } else {
      table.fill(1, part[0], part[1] + 1);
    }
  }
  return table;
}

const DIGITS: readonly [number, number] = [0x30, 0x39];
const UPPER: readonly [number, number] = [0x41, 0x5a];
const LOWER: readonly [number, number] = [0x61, 0x7a];

/**
 * RFC 9110 §5.6.2:
 *     token = 1*tchar
 *     tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|"
 *           / "~" / DIGIT / ALPHA
 */
export const TCHAR: CharacterTable = tableOf("!#$%&'*+-.^_`|~", DIGITS, UPPER, LOWER);

/**
 * RFC 9110 §5.5, the bytes that may stand inside a field value:
 *     field-vchar = VCHAR / obs-text          ; %x21-7E / %x80-FF
 *     field-content may also hold SP and HTAB
 */
export const FIELD_VALUE_CHAR: CharacterTable = tableOf("\t", [0x20, 0x7e], [0x80, 0xff]);

/** RFC 5234 B.1: VCHAR = %x21-7E, the visible characters of US-ASCII. */
export const VCHAR: CharacterTable = tableOf([0x21, 0x7e]);

/** RFC 5234 B.1: DIGIT = %x30-39. */
export const DIGIT: CharacterTable = tableOf(DIGITS);

/** RFC 5234 B.1: the value of each HEXDIG in either case, -1 for every other byte. */
export const HEX_VALUE: Int8Array = hexValues();

function hexValues(): Int8Array {
  const values = new Int8Array(256).fill(-1);
  const digits = "0123456789abcdef";
  for (let value = 0; value < 16; value++) {
    values[digits.charCodeAt(value)] = value;
    values[digits.toUpperCase().charCodeAt(value)] = value;
  }
  return values;
}

/** True when every character of `text` belongs to `table`; true for the empty text. */
export function isAll(table: CharacterTable, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (table[text.charCodeAt(i)] !== 1) return false;
  }
  return true;
}

/** RFC 9110 §5.6.2: whether `text` is a token. The empty text is none. */
export function isToken(text: string): boolean {
  return text.length > 0 && isAll(TCHAR, text);
}

/** RFC 9110 §5.5: whether `text` is free of characters that no field value may hold. */
export function isFieldValue(text: string): boolean {
  return isAll(FIELD_VALUE_CHAR, text);
}

/**
 * RFC 9110 §5.6.3: cuts optional white space (SP and HTAB, nothing else) from both ends.
 * `String.prototype.trim` would also cut vertical tabs and no-break spaces, which turns a refused
 * `Transfer-Encoding: \x0bchunked` into an accepted one.
 */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

/** RFC 9110 §5.6.3: OWS = *( SP / HTAB ). */
export function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
