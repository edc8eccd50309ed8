/**
 * Chunk extensions (RFC 9112 §7.1.1) as a state machine over single bytes. They are checked
 * though nobody uses them, because programs that skip them carelessly disagree about where the
 * line ends.
 *
 *     chunk-ext     = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] )
 *     chunk-ext-val = token / quoted-string
 *     quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE
 */
import { FIELD_VALUE_CHAR, TCHAR, isOws } from "../http/tokens.ts";

/** Where in the extensions of a chunk-size line the scanner is. */
export type ExtensionState =
  | "after-size"
  | "before-name"
  | "name"
  | "after-name"
  | "before-value"
  | "value"
  | "quoted"
  | "quoted-pair"
  | "after-quoted"
  | "after-value";

const CR = 0x0d;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The state after one more byte; "line-end" at a CR that may stand there, "refused" where the
 * grammar has no such byte. White space may stand around `;` and `=`, but not at the line's end.
 */
export function nextExtensionState(
  state: ExtensionState,
  byte: number,
): ExtensionState | "line-end" | "refused" {
  switch (state) {
    case "after-size":
      if (byte === SEMICOLON) return "before-name";
      return isOws(byte) ? "after-size" : "refused";
    case "before-name":
      if (TCHAR[byte] === 1) return "name";
      return isOws(byte) ? "before-name" : "refused";
    case "name":
      if (TCHAR[byte] === 1) return "name";
      if (byte === CR) return "line-end";
      return afterName(byte);
    case "after-name":
      return afterName(byte);
    case "before-value":
      if (TCHAR[byte] === 1) return "value";
      if (byte === QUOTE) return "quoted";
      return isOws(byte) ? "before-value" : "refused";
    case "value":
      if (TCHAR[byte] === 1) return "value";
      if (byte === CR) return "line-end";
      return afterValue(byte);
    case "quoted":
      if (byte === QUOTE) return "after-quoted";
      if (byte === BACKSLASH) return "quoted-pair";
      return FIELD_VALUE_CHAR[byte] === 1 ? "quoted" : "refused";
    case "quoted-pair":
      return FIELD_VALUE_CHAR[byte] === 1 ? "quoted" : "refused";
    case "after-quoted":
      if (byte === CR) return "line-end";
      return afterValue(byte);
    case "after-value":
      return afterValue(byte);
  }
}

function afterName(byte: number): ExtensionState | "refused" {
  if (byte === EQUALS) return "before-value";
  return isOws(byte) ? "after-name" : afterValue(byte);
}

function afterValue(byte: number): ExtensionState | "refused" {
  if (byte === SEMICOLON) return "before-name";
  return isOws(byte) ? "after-value" : "refused";
}
