import assert from "node:assert/strict";
import { test } from "node:test";

import { type EncodedForm, chooseForm } from "../../src/http/accept-encoding.ts";

const identity: EncodedForm = { coding: "", sizeBytes: 100 };
const forms: [EncodedForm, ...EncodedForm[]] = [
  identity,
  { coding: "br", sizeBytes: 20 },
  { coding: "zstd", sizeBytes: 25 },
  { coding: "gzip", sizeBytes: 30 },
];

function chosen(value: string | null, from = forms): string {
  return chooseForm(value, from).coding || "identity";
}

test("RFC 9110 §12.5.3: the highest weight wins, and among equals the smallest", () => {
  const table: readonly [string, string][] = [
    ["gzip, deflate, br, zstd", "br"],
    ["gzip, deflate", "gzip"],
    ["gzip;q=1.0, br;q=0.9", "gzip"],
    ["br;q=0.001", "br"],
    ["GZIP", "gzip"],
    ["gzip ; q=0.5,\tzstd;q=0.7", "zstd"],
    ["*", "br"],
    ["gzip;q=0.5, *;q=0.4", "gzip"],
    ["br;q=0, *", "zstd"],
  ];
  for (const [value, expected] of table) assert.equal(chosen(value), expected, value);
});

test("RFC 9110 §12.5.3: identity is what is left, unless it is named with a higher weight", () => {
  const table: readonly [string, string][] = [
    ["", "identity"],
    ["deflate", "identity"],
    ["identity", "identity"],
    ["identity, gzip;q=0.5", "identity"],
    ["identity;q=0.5, gzip;q=0.8", "gzip"],
    ["gzip;q=0", "identity"],
    ["*;q=0", "identity"],
    ["identity;q=0", "identity"],
    ["identity;q=0, gzip;q=0.1", "gzip"],
  ];
  for (const [value, expected] of table) assert.equal(chosen(value), expected, value);
});

test("RFC 9110 §12.5.3: without the field, and with no other form, it goes out as it is", () => {
  assert.equal(chosen(null), "identity");
  assert.equal(chosen("br", [identity]), "identity");
});

test("RFC 9110 §8.4.1.3: x-gzip is gzip", () => {
  assert.equal(chosen("x-gzip"), "gzip");
});

test("RFC 9110 §12.4.2: a weight that is none makes its member void", () => {
  for (const value of [
    "gzip;q=2",
    "gzip;q=-1",
    "gzip;q=.5",
    "gzip;q=0.1234",
    "gzip;x=1",
    "gz ip",
  ]) {
    assert.equal(chosen(value), "identity", value);
  }
});

test("a form that is larger than the file as it is can still be asked for", () => {
  const large: [EncodedForm, EncodedForm] = [identity, { coding: "gzip", sizeBytes: 120 }];
  assert.equal(chosen("gzip", large), "gzip");
});

test("a field value without end costs no more than its length", () => {
  assert.equal(chosen("x,".repeat(30_000) + "br"), "identity");
  assert.equal(chosen(`gzip;${" ".repeat(60_000)}`), "identity");
});
