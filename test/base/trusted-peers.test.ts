import assert from "node:assert/strict";
import { BlockList } from "node:net";
import { test } from "node:test";

import * as fc from "fast-check";

import { parseIpAddress } from "../../src/base/ip-address.ts";
import {
  type TrustedPeers,
  isTrustedAddress,
  isTrustedPeer,
  parseIpNetwork,
} from "../../src/base/trusted-peers.ts";

function peers(...networks: string[]): TrustedPeers {
  return {
    everyPeer: false,
    unixPeers: true,
    networks: networks.map((text) => parseIpNetwork(text)!),
  };
}

for (const [network, inside, outside] of [
  ["192.0.2.1", "192.0.2.1", "192.0.2.2"],
  ["10.0.0.0/8", "10.255.0.1", "11.0.0.0"],
  ["10.0.0.0/8", "::ffff:10.1.2.3", "::10.1.2.3"],
  ["192.0.2.128/25", "192.0.2.128", "192.0.2.127"],
  ["0.0.0.0/0", "203.0.113.9", "2001:db8::1"],
  ["2001:db8::/32", "2001:db8:ffff::1", "2001:db9::"],
  ["2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::"],
  ["::/0", "2001:db8::1", null],
  ["::1", "::1", "::"],
] as const) {
  test(`${network}: ${inside} is in it, ${outside} is not`, () => {
    assert.ok(isTrustedPeer(peers(network), inside));
    assert.ok(isTrustedAddress(peers(network), parseIpAddress(inside)!));
    if (outside !== null) assert.ok(!isTrustedPeer(peers(network), outside));
  });
}

for (const text of [
  "",
  "/",
  "/8",
  "10.0.0.0/",
  "10.0.0.0/33",
  "10.0.0.0/-1",
  "10.0.0.0/08",
  "10.0.0.0/8/8",
  "10.0.0.0/255.0.0.0",
  "10.0.0.1/8",
  "2001:db8::1/32",
  "::/129",
  "localhost",
  "10.0.0.*",
]) {
  test(`${JSON.stringify(text)} is no network`, () => assert.equal(parseIpNetwork(text), null));
}

test("who is in a network is what Node's own list says", () => {
  fc.assert(
    fc.property(fc.ipV4(), fc.ipV4(), fc.integer({ min: 0, max: 32 }), (address, base, bits) => {
      const number = base.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
      const first = bits === 0 ? 0 : Math.floor(number / 2 ** (32 - bits)) * 2 ** (32 - bits);
      const octets = [24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256);
      const list = new BlockList();
      list.addSubnet(octets.join("."), bits, "ipv4");
      const trusted = isTrustedPeer(peers(`${octets.join(".")}/${bits}`), address);
      assert.equal(trusted, list.check(address, "ipv4"));
    }),
  );
});

test("a link-local peer has its zone behind the address", () => {
  assert.ok(isTrustedPeer(peers("fe80::/10"), "fe80::1%eth0"));
});

test("every peer: whoever connects, and nobody that is only named", () => {
  const every = { ...peers(), everyPeer: true };
  assert.ok(isTrustedPeer(every, "203.0.113.9"));
  assert.ok(!isTrustedAddress(every, parseIpAddress("203.0.113.9")!));
});

test("a TCP peer whose address is gone is not taken for one on a Unix socket", () => {
  assert.ok(!isTrustedPeer(peers("127.0.0.1"), ""));
  assert.ok(isTrustedPeer(peers("127.0.0.1"), null));
  assert.ok(!isTrustedPeer({ ...peers("127.0.0.1"), unixPeers: false }, null));
});
