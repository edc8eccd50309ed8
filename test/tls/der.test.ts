import assert from "node:assert/strict";
import { test } from "node:test";

import {
  bitString,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  time,
} from "../../src/tls/der.ts";

function hex(bytes: Buffer): string {
  return bytes.toString("hex");
}

test("X.690 §8: lengths are written in their shortest form", () => {
  assert.equal(hex(octetString(Buffer.alloc(127))).slice(0, 4), "047f");
  assert.equal(hex(octetString(Buffer.alloc(128))).slice(0, 6), "048180");
  assert.equal(hex(octetString(Buffer.alloc(256))).slice(0, 8), "04820100");
  assert.equal(hex(sequence()), "3000");
});

test("X.690 §8.3: a number whose first bit is set gets a zero in front", () => {
  assert.equal(hex(integer(Buffer.from([0x7f]))), "02017f");
  assert.equal(hex(integer(Buffer.from([0x80]))), "02020080");
  assert.equal(hex(integer(Buffer.from([0, 0, 5]))), "020105");
  assert.equal(hex(integer(Buffer.from([0]))), "020100");
});

test("X.690 §8.19: arcs above 127 take several bytes", () => {
  assert.equal(hex(objectIdentifier("1.2.840.10045.4.3.2")), "06082a8648ce3d040302");
});

test("X.690 §8.14: strings and times of a certificate", () => {
  assert.equal(hex(bitString(Buffer.from([0x80]), 7)), "03020780");
  assert.equal(time(new Date("2026-11-21T10:20:30.456Z")).toString("latin1", 2), "261121102030Z");
  assert.equal(time(new Date("2050-01-02T03:04:05Z")).toString("latin1", 2), "20500102030405Z");
});
