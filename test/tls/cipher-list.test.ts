import assert from "node:assert/strict";
import { test } from "node:test";

import { cipherList } from "../../src/tls/cipher-list.ts";

test("RFC 8446 §B.4: a list that leaves TLS 1.3 alone keeps all of its suites", () => {
  const list = cipherList("ECDHE-RSA-AES128-GCM-SHA256");
  assert.equal(
    list,
    "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256:ECDHE-RSA-AES128-GCM-SHA256",
  );
});

test("RFC 9325 §4.2: without a list there is forward secrecy and authenticated encryption only", () => {
  const suites = cipherList(null)
    .split(":")
    .filter((suite) => !suite.startsWith("TLS_"));
  assert.equal(suites.length, 6);
  for (const suite of suites)
    assert.match(suite, /^ECDHE-(?:RSA|ECDSA)-.*(?:GCM-SHA\d+|POLY1305)$/);
});

test("RFC 8446 §B.4: a list that names suites of TLS 1.3 is taken as it is", () => {
  for (const list of [
    "TLS_AES_128_GCM_SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256:TLS_AES_128_GCM_SHA256",
  ]) {
    assert.equal(cipherList(list), list);
  }
});
