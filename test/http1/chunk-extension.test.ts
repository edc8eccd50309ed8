import assert from "node:assert/strict";
import { test } from "node:test";

import type { ExtensionState } from "../../src/http1/chunk-extension.ts";
import { nextExtensionState } from "../../src/http1/chunk-extension.ts";

/** Where the scanner stands after `text`, which follows the chunk size. */
function stateAfter(text: string): ExtensionState | "line-end" | "refused" {
  let state: ExtensionState | "line-end" | "refused" = "after-size";
  for (const character of text) {
    if (state === "line-end" || state === "refused") return "refused";
    state = nextExtensionState(state, character.charCodeAt(0));
  }
  return state;
}

test("RFC 9112 §7.1.1: names, tokens, quoted strings and white space around the marks", () => {
  for (const text of [
    ";a",
    ";a;b;c",
    ";a=b",
    ' \t; \ta = b ; c="d"',
    ';a=""',
    ';a="\\""',
    ';a="\xe9 ;="',
  ]) {
    assert.equal(stateAfter(`${text}\r`), "line-end", text);
  }
});

test("RFC 9112 §7.1.1: what the grammar does not have is refused", () => {
  for (const text of [
    " ",
    ";",
    "; ",
    ";a ",
    ";a=",
    ";a= ",
    ';a="',
    ';a="b',
    ';a="\\',
    ';a=b"',
    ';a="b"c',
    ';a="b" ',
    ";a b",
    "a",
    ";=",
    ";a==b",
    ";\xe9",
    ";a=\xe9",
  ]) {
    assert.equal(stateAfter(`${text}\r`), "refused", text);
  }
});

test("RFC 9112 §2.2: no state takes a LF, a NUL or a CR inside", () => {
  for (const text of ["", ";", ";a", ";a ", ";a=", ";a=b", ';a="', ';a="\\', ';a="b"', ";a=b "]) {
    assert.equal(stateAfter(`${text}\n`), "refused", text);
    assert.equal(stateAfter(`${text}\0`), "refused", text);
  }
  assert.equal(stateAfter(';a="\r'), "refused");
});
