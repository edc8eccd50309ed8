import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";

import * as fc from "fast-check";

import {
  ipAddressOf,
  isIpv4,
  isSameAddress,
  parseIpAddress,
  renderIpAddress,
} from "../../src/base/ip-address.ts";

for (const [text, groups] of [
  ["::", "0 0 0 0 0 0 0 0"],
  ["::1", "0 0 0 0 0 0 0 1"],
  ["1::", "1 0 0 0 0 0 0 0"],
  ["2001:DB8::8:800:200c:417a", "2001 db8 0 0 8 800 200c 417a"],
  ["1:2:3:4:5:6:7:8", "1 2 3 4 5 6 7 8"],
  ["1::3:4:5:6:7:8", "1 0 3 4 5 6 7 8"],
  ["::ffff:192.0.2.1", "0 0 0 0 0 ffff c000 201"],
  ["64:ff9b::192.0.2.33", "64 ff9b 0 0 0 0 c000 221"],
  ["1:2:3:4:5:6:192.0.2.1", "1 2 3 4 5 6 c000 201"],
  ["192.0.2.1", "0 0 0 0 0 ffff c000 201"],
  ["0.0.0.0", "0 0 0 0 0 ffff 0 0"],
  ["255.255.255.255", "0 0 0 0 0 ffff ffff ffff"],
] as const) {
  test(`RFC 4291 §2.2: ${text} is an address`, () => {
    const parsed = parseIpAddress(text);
    assert.equal([...parsed!].map((group) => group.toString(16)).join(" "), groups);
  });
}

for (const text of [
  "",
  ":",
  ":::",
  "1::2::3",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "1:2:3:4:5:6:7::8",
  ":1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:",
  "12345::",
  "g::",
  "::1%eth0",
  "[::1]",
  "192.0.2.1::",
  "::192.0.2",
  "192.0.2",
  "192.0.2.1.1",
  "192.0.2.256",
  "192.0.2.01",
  "0300.0.2.1",
  "0x7f.0.0.1",
  "2130706433",
  "127.1",
  " 127.0.0.1",
  "127.0.0.1\n",
  "+1.2.3.4",
  "１.2.3.4",
  "localhost",
]) {
  test(`${JSON.stringify(text)} is no address`, () => {
    assert.equal(parseIpAddress(text), null);
  });
}

test("RFC 4291 §2.5.5.2: an IPv4 address and its mapped form are the same one", () => {
  const [plain, mapped] = ["127.0.0.1", "::FFFF:7f00:1"].map((text) => parseIpAddress(text)!);
  assert.ok(isSameAddress(plain!, mapped!));
  assert.ok(isIpv4(mapped!));
  assert.ok(!isSameAddress(plain!, parseIpAddress("::7f00:1")!));
  assert.ok(!isIpv4(parseIpAddress("::7f00:1")!));
});

test("what is an address is what Node takes for one, zones aside", () => {
  const part = fc.constantFrom("0", "1", "12", "255", "256", "f", "ffff", "01", "", "g", "1.2.3.4");
  const text = fc
    .array(fc.tuple(part, fc.constantFrom(":", "::", ".")), { maxLength: 9 })
    .map((parts) => parts.flat().slice(0, -1).join(""));
  const any = fc.oneof(text, fc.ipV4(), fc.ipV6(), fc.string({ maxLength: 46 }));
  fc.assert(
    fc.property(any, (candidate) => {
      fc.pre(!candidate.includes("%"));
      assert.equal(parseIpAddress(candidate) !== null, isIP(candidate) !== 0);
    }),
    { numRuns: 2000 },
  );
});

for (const [text, rendered] of [
  ["2001:0DB8::0001", "2001:db8::1"],
  ["::", "::"],
  ["::1", "::1"],
  ["1::", "1::"],
  ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
  ["1:0:0:2:0:0:3:4", "1::2:0:0:3:4"],
  ["1:0:2:3:4:5:6:7", "1:0:2:3:4:5:6:7"],
  ["::ffff:c000:201", "::ffff:192.0.2.1"],
] as const) {
  test(`RFC 5952 §4: ${text} is written ${rendered}`, () => {
    assert.equal(renderIpAddress(parseIpAddress(text)!), rendered);
  });
}

test("RFC 5952 §4: what is written is the same address, in Node's spelling", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const groups = ipAddressOf(bytes);
      const text = renderIpAddress(groups);
      assert.ok(isSameAddress(parseIpAddress(text)!, groups));
      assert.equal(new URL(`http://[${text}]`).hostname, `[${text}]`);
    }),
  );
});
