import assert from "node:assert/strict";
import { test } from "node:test";

import {
  listenerConstants,
  requestExtra,
  requestFragment,
  requestSlots,
} from "../../src/gateway/request-environ.ts";
import { fieldBlock, requestHead } from "./request.ts";

const PLACE = { serverName: "localhost", serverPort: 8000, scheme: "http" } as const;
const CONSTANTS = listenerConstants(7, PLACE, "wizgy/1");

test('PEP 3333 "environ Variables": what all requests of a listener share', () => {
  assert.equal(CONSTANTS.id, 7);
  assert.deepEqual(pairs(CONSTANTS.entries), {
    SERVER_SOFTWARE: "wizgy/1",
    GATEWAY_INTERFACE: "CGI/1.1",
    SERVER_NAME: "localhost",
    SERVER_PORT: "8000",
    SCRIPT_NAME: "",
    "wsgi.url_scheme": "http",
  });
});

test('PEP 3333 "environ Variables": HTTPS is there with TLS only', () => {
  const { entries } = listenerConstants(1, { ...PLACE, scheme: "https" }, "wizgy/1");
  const environ = pairs(entries);
  assert.deepEqual([environ["HTTPS"], environ["wsgi.url_scheme"]], ["on", "https"]);
});

for (const [version, protocol] of [
  [10, "HTTP/1.0"],
  [11, "HTTP/1.1"],
] as const) {
  test(`wire §4.2: the fragment of a request of ${protocol}: the id, the version, the fields`, () => {
    const head = requestHead(fieldBlock([["X-Caf", "caf\xe9"]], version));
    const fragment = requestFragment(head, CONSTANTS, assert.fail);
    const text = Buffer.from(fragment).toString("latin1");
    assert.equal(text, `7\0SERVER_PROTOCOL\0${protocol}\0HTTP_X_CAF\0caf\xe9`);
  });
}

test("the fragment is made once for a block of field lines", () => {
  const dropped: string[] = [];
  const fields = fieldBlock([["X_A", "v"]]);
  const make = (): Uint8Array =>
    requestFragment(requestHead(fields), CONSTANTS, (name) => void dropped.push(name));
  assert.equal(make(), make());
  assert.deepEqual(dropped, ["X_A"]);
});

test("wire §4.2: the slots, in their order", () => {
  const head = requestHead(fieldBlock([]), {
    method: "FOO",
    target: "/a%20b?c=%20&d?e",
    path: "/a%20b",
    query: "c=%20&d?e",
  });
  assert.deepEqual(requestSlots(head, "::1", "50000").split("\0"), [
    "FOO",
    "/a b",
    "c=%20&d?e",
    "/a%20b?c=%20&d?e",
    "::1",
    "50000",
  ]);
});

test("wire §4.2: a peer without an address has empty slots, not fewer of them", () => {
  assert.equal(requestSlots(requestHead(fieldBlock([])), "", "").split("\0").length, 6);
});

test("RFC 9110 §9.3.7: OPTIONS * has an empty PATH_INFO and its target as REQUEST_URI", () => {
  const star = { method: "OPTIONS", target: "*", path: "*" };
  const slots = requestSlots(requestHead(fieldBlock([]), star), "", "").split("\0");
  assert.deepEqual(slots.slice(0, 4), ["OPTIONS", "", "", "*"]);
});

test("wire §4.2: without need there are no extra entries", () => {
  assert.equal(requestExtra(requestHead(fieldBlock([["Host", "a"]])), -1), "");
  assert.equal(requestExtra(requestHead(fieldBlock([])), -1), "");
});

test("RFC 9112 §3.2.2: the target's authority wins over the Host field", () => {
  const head = requestHead(fieldBlock([["Host", "a"]]), { host: "b:81" });
  assert.equal(requestExtra(head, -1), "\0HTTP_HOST\0b:81");
  const same = requestHead(fieldBlock([["Host", "a"]]), { host: "a" });
  assert.equal(requestExtra(same, -1), "");
});

test("a chunked body that was collected has a CONTENT_LENGTH, also when it is empty", () => {
  const head = requestHead(fieldBlock([["Host", "a"]]), { host: "b" });
  assert.equal(requestExtra(head, 0), "\0HTTP_HOST\0b\0CONTENT_LENGTH\x000");
  assert.equal(requestExtra(requestHead(fieldBlock([])), 12), "\0CONTENT_LENGTH\x0012");
});

function pairs(entries: readonly string[]): Record<string, string> {
  const environ: Record<string, string> = {};
  for (let i = 0; i < entries.length; i += 2) environ[entries[i]!] = entries[i + 1]!;
  return environ;
}
