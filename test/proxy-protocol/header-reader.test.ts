import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { ProxyHeaderReader, type ProxyVersions } from "../../src/proxy-protocol/header-reader.ts";
import { binaryHeader } from "./headers.ts";

/** The outcome as one line, the same for every way of cutting the bytes, and what is left of them. */
function read(bytes: Buffer, versions: ProxyVersions = "auto"): string {
  const outcomes = new Set<string>();
  for (const size of [bytes.length, 1, 7]) {
    const reader = new ProxyHeaderReader(versions);
    let outcome: ReturnType<ProxyHeaderReader["receive"]> = null;
    let at = 0;
    while (outcome === null && at < bytes.length) {
      outcome = reader.receive(bytes.subarray(at, at + size));
      at += reader.used;
    }
    if (outcome === null) outcomes.add("more");
    else if (outcome.kind === "fault") outcomes.add(`fault: ${outcome.why}`);
    else {
      const { source, address, port } = outcome;
      outcomes.add(`${source} ${address} ${port} + ${bytes.subarray(at).toString("latin1")}`);
    }
  }
  assert.equal(outcomes.size, 1, [...outcomes].join(" | "));
  return [...outcomes][0]!;
}

const NOT_ONE = "fault: the connection doesn't begin with one";

for (const [line, outcome] of [
  ["PROXY TCP4 192.0.2.1 198.51.100.7 51000 443\r\nGET", "client 192.0.2.1 51000 + GET"],
  ["PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", "client 255.255.255.255 65535 + "],
  ["PROXY TCP6 2001:db8::1 ::1 0 1\r\n\r\n", "client 2001:db8::1 0 + \r\n"],
  [
    `PROXY TCP6 ${"ffff:".repeat(7)}ffff ${"ffff:".repeat(7)}ffff 65535 65535\r\n`,
    `client ${"ffff:".repeat(7)}ffff 65535 + `,
  ],
  ["PROXY UNKNOWN\r\nGET", "unknown   + GET"],
  ["PROXY UNKNOWN ffff::1 whatever 1 2\r\n", "unknown   + "],
  ["PROXY TCP4 192.0.2.1 198.51.100.7 51000 443\r", "more"],
  ["P", "more"],
  ["GET / HTTP/1.1\r\n", NOT_ONE],
  ["PROXY\r\n", NOT_ONE],
  ["proxy TCP4 ", NOT_ONE],
  ["PROXY \n", "fault: its line is malformed"],
  ["PROXY TCP4 192.0.2.1 198.51.100.7 51000 443\n", "fault: its line is malformed"],
  ["PROXY TCP4 192.0.2.1 198.51.100.7 51000 443 \r\n", "fault: its line is malformed"],
  ["PROXY TCP4  192.0.2.1 198.51.100.7 51000 443\r\n", "fault: its line is malformed"],
  ["PROXY TCP4 192.0.2.1 198.51.100.7 51000\r\n", "fault: its line is malformed"],
  ["PROXY TCP5 192.0.2.1 198.51.100.7 51000 443\r\n", "fault: its line is malformed"],
  ["PROXY UNKNOWNX\r\n", "fault: its line is malformed"],
  ["PROXY TCP4 192.0.2.1\r 198.51.100.7 1 2\r\n", "fault: an address in it is malformed"],
  ["PROXY TCP4 2001:db8::1 2001:db8::2 51000 443\r\n", "fault: an address in it is malformed"],
  ["PROXY TCP6 192.0.2.1 192.0.2.2 51000 443\r\n", "fault: an address in it is malformed"],
  ["PROXY TCP4 192.0.2.01 198.51.100.7 51000 443\r\n", "fault: an address in it is malformed"],
  ["PROXY TCP4 192.0.2.1 198.51.100.7 65536 443\r\n", "fault: a port in it is malformed"],
  ["PROXY TCP4 192.0.2.1 198.51.100.7 51000 -1\r\n", "fault: a port in it is malformed"],
  ["PROXY TCP4 192.0.2.1 198.51.100.7 051000 1\r\n", "fault: a port in it is malformed"],
  ["PROXY TCP4 \x00", "fault: it holds a byte that is no text"],
  ["PROXY TCP4 \xe9", "fault: it holds a byte that is no text"],
  [`PROXY UNKNOWN ${"x".repeat(93)}`, "fault: it has no end"],
] as const) {
  test(`PROXY version 1: ${JSON.stringify(line.slice(0, 60))}`, () => {
    assert.equal(read(Buffer.from(line, "latin1")), outcome);
    assert.equal(read(Buffer.from(line, "latin1"), "v1"), outcome);
  });
}

const V4 = [192, 0, 2, 1, 198, 51, 100, 7, 0xc7, 0x38, 1, 0xbb];
const V6 = [
  0x20,
  1,
  0xd,
  0xb8,
  ...Array<number>(11).fill(0),
  1,
  ...Array<number>(16).fill(0),
  0,
  9,
  0,
  80,
];
const UNIX = Array<number>(216).fill(0x61);
const TLV = [3, 0, 4, 1, 2, 3, 4, 0xee, 0, 0];

for (const [what, header, outcome] of [
  ["IPv4", binaryHeader(0x21, 0x11, V4), "client 192.0.2.1 51000 + GET"],
  ["IPv6", binaryHeader(0x21, 0x21, V6), "client 2001:db8::1 9 + GET"],
  ["a Unix socket", binaryHeader(0x21, 0x31, UNIX), "client   + GET"],
  ["IPv4 with TLVs", binaryHeader(0x21, 0x11, [...V4, ...TLV]), "client 192.0.2.1 51000 + GET"],
  ["nothing specified", binaryHeader(0x21, 0, []), "unknown   + GET"],
  ["nothing specified, with bytes", binaryHeader(0x21, 0, [1, 2]), "unknown   + GET"],
  ["LOCAL", binaryHeader(0x20, 0, []), "balancer   + GET"],
  ["LOCAL with addresses that don't count", binaryHeader(0x20, 0x11, V4), "balancer   + GET"],
  ["LOCAL of an unknown family", binaryHeader(0x20, 0xff, [1]), "balancer   + GET"],
  [
    "as many TLVs as are taken",
    binaryHeader(0x21, 0x11, [...V4, 4, 0xf, 0xf1, ...Array<number>(4081).fill(0)]),
    "client 192.0.2.1 51000 + GET",
  ],
  [
    "more than are taken",
    binaryHeader(0x21, 0x11, [...V4, ...Array<number>(4085).fill(0)]),
    "fault: it has more than 4096 bytes",
  ],
  [
    "a TLV that runs over the end",
    binaryHeader(0x21, 0x11, [...V4, 3, 0, 5, 1, 2, 3, 4]),
    "fault: what follows its addresses is malformed",
  ],
  [
    "half a TLV",
    binaryHeader(0x21, 0x11, [...V4, 3, 0]),
    "fault: what follows its addresses is malformed",
  ],
  [
    "too short for IPv4",
    binaryHeader(0x21, 0x11, V4.slice(1)),
    "fault: it is too short for its addresses",
  ],
  ["too short for IPv6", binaryHeader(0x21, 0x21, V4), "fault: it is too short for its addresses"],
  [
    "a datagram",
    binaryHeader(0x21, 0x12, V4),
    "fault: it isn't about a stream of TCP or a Unix socket",
  ],
  [
    "an unknown family",
    binaryHeader(0x21, 0x41, V4),
    "fault: it isn't about a stream of TCP or a Unix socket",
  ],
  [
    "version 1 in binary",
    binaryHeader(0x11, 0x11, V4),
    "fault: its version or command is not known",
  ],
  [
    "an unknown command",
    binaryHeader(0x22, 0x11, V4),
    "fault: its version or command is not known",
  ],
  ["a broken signature", Buffer.from("\r\n\r\n\0\r\nQUIX"), NOT_ONE],
  ["an empty line first", Buffer.from("\r\nGET / HTTP/1.1"), NOT_ONE],
] as const) {
  test(`PROXY version 2: ${what}`, () => {
    const bytes = Buffer.concat([header, Buffer.from("GET")]);
    assert.equal(read(bytes), outcome);
    assert.equal(read(bytes, "v2"), outcome);
  });
}

test("PROXY: a version that isn't asked for is refused at its first byte", () => {
  assert.match(read(Buffer.from("P"), "v2"), /^fault: it isn't of version 2/);
  assert.match(read(Buffer.from("\r"), "v1"), /^fault: it is of version 2/);
});

test("PROXY: a good header needs all of its bytes, and takes none behind it", () => {
  for (const header of [
    Buffer.from("PROXY TCP4 192.0.2.1 198.51.100.7 51000 443\r\n"),
    binaryHeader(0x21, 0x11, [...V4, ...TLV]),
  ]) {
    for (let length = 0; length < header.length; length++) {
      assert.equal(read(header.subarray(0, length)), "more");
    }
    const second = Buffer.concat([header, header]);
    assert.ok(read(second).endsWith(`+ ${header.toString("latin1")}`));
  }
});

test("property: any bytes end in an outcome within the bounds, the same for every way of cutting", () => {
  const start = fc.constantFrom(
    "",
    "PROXY ",
    "PROXY TCP4 ",
    "\r\n\r\n\0\r\nQUIT\n",
    "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c",
  );
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 200 }), (text, rest) => {
      const bytes = Buffer.concat([Buffer.from(text, "latin1"), rest]);
      const outcome = read(bytes);
      if (!text.startsWith("\r") && bytes.length >= 107) assert.notEqual(outcome, "more");
    }),
    { numRuns: 500 },
  );
});
