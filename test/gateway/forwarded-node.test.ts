import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { type TrustedPeers, parseIpNetwork } from "../../src/base/trusted-peers.ts";
import { parseNode, walkHops } from "../../src/gateway/forwarded-node.ts";

const PROXIES: TrustedPeers = {
  everyPeer: false,
  unixPeers: true,
  networks: ["127.0.0.1", "10.0.0.0/8", "fd00::/8"].map((text) => parseIpNetwork(text)!),
};

for (const [text, address, port] of [
  ["192.0.2.1", "192.0.2.1", ""],
  ["192.0.2.1:80", "192.0.2.1", "80"],
  ["192.0.2.1:_p", "192.0.2.1", ""],
  ["2001:db8::1", "2001:db8::1", ""],
  ["[2001:db8::1]", "2001:db8::1", ""],
  ["[2001:db8::1]:443", "2001:db8::1", "443"],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1", ""],
] as const) {
  test(`RFC 7239 §6: ${text} names a hop`, () => {
    const node = parseNode(text);
    assert.deepEqual([node?.address, node?.port, node?.groups === null], [address, port, false]);
  });
}

for (const text of ["unknown", "UNKNOWN", "unknown:80", "unix:", "_hidden", "_a.b-c:_p", "_9"]) {
  test(`RFC 7239 §6.3: ${text} is a hop that isn't named`, () => {
    assert.deepEqual(parseNode(text), { address: "", port: "", groups: null });
  });
}

for (const text of [
  "",
  "example.org",
  "192.0.2.1:",
  "192.0.2.1:65536",
  "192.0.2.1:80:80",
  "192.0.2.1:x",
  "[192.0.2.1]",
  "[]",
  "[::1",
  "::1]",
  "[::1]80",
  "[::1]:65536",
  "192.0.2.01",
  "192.0.2.1 ",
  "192.0.2.1/24",
  "<script>",
  "_",
  "_a b",
  "fe80::1%eth0",
]) {
  test(`${JSON.stringify(text)} names no hop`, () => assert.equal(parseNode(text), null));
}

function clientOf(names: readonly (string | null)[]): string | null | undefined {
  const walk = walkHops(names, PROXIES);
  return walk === null ? undefined : walk.client === null ? null : walk.client.address;
}

for (const [rule, names, client, first] of [
  ["the peer's own client", ["192.0.2.1"], "192.0.2.1", 0],
  ["what a client wrote itself doesn't count", ["127.0.0.1", "192.0.2.1"], "192.0.2.1", 1],
  ["nor does rubbish there", ["'; drop", "192.0.2.1"], "192.0.2.1", 1],
  ["a trusted hop is walked past", ["192.0.2.1", "10.1.1.1", "fd00::1"], "192.0.2.1", 0],
  ["when all are trusted the first one is the client", ["10.0.0.1", "127.0.0.1"], "10.0.0.1", 0],
  ["a hop that isn't named ends the walk", ["192.0.2.1", "unknown", "10.0.0.1"], "", 1],
  ["an element without a name ends it before", ["192.0.2.1", null, "10.0.0.1"], "10.0.0.1", 1],
  ["nobody is named", [null], null, 0],
  ["an empty list names nobody", [], null, 0],
  ["rubbish from a trusted proxy", ["192.0.2.1", "rubbish"], undefined, -1],
  ["rubbish behind trusted hops", ["192.0.2.1", "rubbish", "10.0.0.1"], undefined, -1],
] as const) {
  test(`the walk: ${rule}`, () => {
    assert.equal(clientOf(names), client);
    assert.equal(walkHops(names, PROXIES)?.first ?? -1, first);
  });
}

const trusted = fc.constantFrom("127.0.0.1", "10.9.8.7", "fd00::2", "[fd12::1]:443");
const untrusted = fc.oneof(
  fc.constantFrom("192.0.2.7", "2001:db8::7", "11.0.0.1", "[2001:db8::8]:1"),
  fc.ipV4().filter((text) => !/^(?:10|127)\./.test(text)),
);

test("property: nothing that a client sends changes who it is", () => {
  const sent = fc.array(fc.oneof(trusted, untrusted, fc.string(), fc.constant(null)));
  fc.assert(
    fc.property(sent, untrusted, fc.array(trusted), (before, client, chain) => {
      const honest = walkHops([client, ...chain], PROXIES);
      const spoofed = walkHops([...before, client, ...chain], PROXIES);
      assert.deepEqual(spoofed?.client, honest?.client);
      assert.equal(honest?.client?.address, parseNode(client)?.address);
      assert.equal(spoofed?.first, before.length);
    }),
  );
});

test("property: a client is an address that was named, or is not named; it is trusted only when all are", () => {
  const name = fc.oneof(trusted, untrusted, fc.constant("unknown"));
  fc.assert(
    fc.property(fc.array(name, { minLength: 1 }), (names) => {
      const { client, first } = walkHops(names, PROXIES)!;
      assert.deepEqual(client, parseNode(names[first]!));
      const rest = names.slice(first + 1);
      for (const other of rest) assert.match(other, /^(?:127|10|fd|\[fd)/);
    }),
  );
});
