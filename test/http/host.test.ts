import assert from "node:assert/strict";
import { test } from "node:test";

import { isAuthority } from "../../src/http/host.ts";

test("RFC 9110 §7.2: a name, an IPv4 or an IPv6 address, with or without a port", () => {
  const hosts = [
    "a",
    "a.example.",
    "a-b_c~d.e",
    "192.0.2.1",
    "[::]",
    "[2001:DB8::1]",
    "[::192.0.2.1]",
  ];
  for (const host of hosts) {
    for (const port of ["", ":", ":0", ":80", ":65535"])
      assert.ok(isAuthority(host + port), host + port);
  }
});

test("RFC 3986 §3.2.3: a port is at most five digits and 65535", () => {
  for (const port of ["65536", "99999", "000080", "8x", "-1", " 80", "80 "]) {
    assert.ok(!isAuthority(`a:${port}`), port);
  }
});

test("RFC 3986 §3.2.2: what is no IPv6 address in brackets is refused", () => {
  for (const host of [
    "[]",
    "[:]",
    "[1:2]",
    "[1]",
    "[::g]",
    "[::1",
    "[::1]]",
    "[::1]a",
    "[v1.a:b]",
    "[fe80::1%25a]",
  ]) {
    assert.ok(!isAuthority(host), host);
  }
  assert.ok(!isAuthority(`[${"1:".repeat(30)}]`));
});

test("RFC 9110 §4.2.4: user information, lists and other marks are refused", () => {
  for (const mark of "@,; !$&'()*+=/?#%\\\"<>|^`{}") assert.ok(!isAuthority(`a${mark}b`), mark);
});

test("RFC 1035 §3.1: a host longer than any name in the DNS is refused", () => {
  assert.ok(isAuthority("a".repeat(255)));
  assert.ok(!isAuthority("a".repeat(300)));
});

test("RFC 9110 §4.2.1: an empty host is refused", () => {
  assert.ok(!isAuthority(""));
  assert.ok(!isAuthority(":80"));
});
