import assert from "node:assert/strict";
import { test } from "node:test";

import {
  DIGIT,
  FIELD_VALUE_CHAR,
  HEX_VALUE,
  TCHAR,
  VCHAR,
  isFieldValue,
  isToken,
  trimOws,
} from "../../src/http/tokens.ts";

/** The table written again as a regular expression, the plain version to compare with. */
function agrees(table: Uint8Array, plain: RegExp): void {
  for (let code = 0; code < 256; code++) {
    assert.equal(table[code] === 1, plain.test(String.fromCharCode(code)), `byte ${code}`);
  }
}

test("RFC 9110 §5.6.2: tchar is letters, digits and fifteen marks", () => {
  agrees(TCHAR, /[!#$%&'*+\-.^_`|~0-9A-Za-z]/);
  assert.equal(
    TCHAR.reduce((sum, entry) => sum + entry, 0),
    15 + 10 + 52,
  );
});

test("RFC 9110 §5.5: a field value holds HTAB, SP, visible characters and obs-text", () => {
  agrees(FIELD_VALUE_CHAR, /[\t\x20-\x7e\x80-\xff]/);
  assert.ok(isFieldValue("a \t\xff"));
  assert.ok(isFieldValue(""));
  for (const refused of ["\0", "\r", "\n", "\x0b", "\x7f"]) assert.ok(!isFieldValue(`a${refused}`));
});

test("RFC 5234 B.1: VCHAR, DIGIT and HEXDIG", () => {
  agrees(VCHAR, /[\x21-\x7e]/);
  agrees(DIGIT, /[0-9]/);
  for (let code = 0; code < 256; code++) {
    const character = String.fromCharCode(code);
    const value = /[0-9A-Fa-f]/.test(character) ? Number.parseInt(character, 16) : -1;
    assert.equal(HEX_VALUE[code], value, `byte ${code}`);
  }
});

test("RFC 9110 §5.6.2: a token has one character at least", () => {
  assert.ok(isToken("M-SEARCH"));
  for (const refused of ["", "a b", "a:", "caf\xe9", "\u0141"])
    assert.ok(!isToken(refused), refused);
});

test("RFC 9110 §5.6.3: only SP and HTAB are white space around a value", () => {
  assert.equal(trimOws(" \t a b\t "), "a b");
  assert.equal(trimOws(" \t "), "");
  assert.equal(trimOws(""), "");
  for (const kept of ["\x0b", "\x0c", "\r", "\n", "\x85", "\xa0", "\ufeff"]) {
    assert.equal(trimOws(` ${kept}a${kept} `), `${kept}a${kept}`);
  }
});
