import assert from "node:assert/strict";
import { STATUS_CODES } from "node:http";
import { test } from "node:test";

import { reasonPhrase, statusText } from "../../src/http/status.ts";

/** Phrases that RFC 9110 has changed or dropped since Node wrote its table. */
const RENAMED: Readonly<Record<string, string>> = {
  "413": "Content Too Large",
  "416": "Range Not Satisfiable",
  "418": "Client Error",
  "422": "Unprocessable Content",
  "509": "Server Error",
};

test("RFC 9110 §15: every status code that Node knows has its registered phrase", () => {
  for (const [code, phrase] of Object.entries(STATUS_CODES)) {
    assert.equal(reasonPhrase(Number(code)), RENAMED[code] ?? phrase, code);
  }
});

test("RFC 9110 §15: an unknown code has the phrase of its class", () => {
  assert.equal(reasonPhrase(299), "Success");
  assert.equal(reasonPhrase(499), "Client Error");
  assert.equal(reasonPhrase(599), "Server Error");
  assert.equal(reasonPhrase(999), "Unknown");
});

test("RFC 9112 §4: the text of a status line", () => {
  assert.equal(statusText(404), "404 Not Found");
  assert.equal(statusText(299), "299 Success");
});
