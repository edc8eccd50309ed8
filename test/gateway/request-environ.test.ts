import assert from "node:assert/strict";
import { test } from "node:test";

import {
  listenerConstants,
  mountedConstants,
  requestExtra,
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

test('PEP 3333 "environ Variables": a mounted application has its mount in SCRIPT_NAME, and all else as the others', () => {
  const mounted = mountedConstants(CONSTANTS, "/shop");
  assert.deepEqual({ ...mounted, entries: [] }, { ...CONSTANTS, entries: [] });
  assert.deepEqual(pairs(mounted.entries), { ...pairs(CONSTANTS.entries), SCRIPT_NAME: "/shop" });
  assert.deepEqual(mountedConstants(CONSTANTS, ""), CONSTANTS);
  const named = listenerConstants(1, { ...PLACE, serverName: "SCRIPT_NAME" }, "SCRIPT_NAME");
  assert.deepEqual(pairs(mountedConstants(named, "/x").entries), {
    ...pairs(named.entries),
    SCRIPT_NAME: "/x",
  });
});

test("what a proxy has taken from the path comes before what the server takes from it", () => {
  const head = requestHead(fieldBlock([["Host", "a"]]));
  const told = { address: null, port: "", scheme: null, host: null, serverPort: null };
  head.fields.origin = { ...told, prefix: "/a%20b" };
  assert.equal(requestExtra(head, -1, "/shop"), "\0SCRIPT_NAME\0/a b/shop");
  assert.equal(requestExtra(head, -1, ""), "", "it stands in the fragment then");
  head.fields.origin = { ...told, prefix: null };
  assert.equal(requestExtra(head, -1, "/shop"), "");
});

test("a chunked body that was collected has a CONTENT_LENGTH, also when it is empty", () => {
  const head = requestHead(fieldBlock([["Host", "a"]]), { host: "b" });
  assert.equal(requestExtra(head, 0), "\0HTTP_HOST\0b\0CONTENT_LENGTH\x000");
  assert.equal(requestExtra(requestHead(fieldBlock([])), 12), "\0CONTENT_LENGTH\x0012");
});

test("wire §4.2: the client that a proxy has named stands in the slots, without the proxy's port", () => {
  const told = (address: string | null, port: string): string[] => {
    const origin = { address, port, scheme: null, host: null, serverPort: null, prefix: null };
    const head = requestHead({ ...fieldBlock([]), origin });
    return requestSlots(head, "127.0.0.1", "50000").split("\0").slice(4);
  };
  assert.deepEqual(told("192.0.2.1", ""), ["192.0.2.1", ""]);
  assert.deepEqual(told("192.0.2.1", "81"), ["192.0.2.1", "81"]);
  assert.deepEqual(told("", ""), ["", ""]);
  assert.deepEqual(told(null, ""), ["127.0.0.1", "50000"]);
});

test("the host that a proxy has named wins over the target's authority", () => {
  const origin = {
    address: null,
    port: "",
    scheme: null,
    host: "c",
    serverPort: null,
    prefix: null,
  };
  const head = requestHead({ ...fieldBlock([["Host", "a"]]), origin }, { host: "b" });
  assert.equal(requestExtra(head, -1), "");
});

function pairs(entries: readonly string[]): Record<string, string> {
  const environ: Record<string, string> = {};
  for (let i = 0; i < entries.length; i += 2) environ[entries[i]!] = entries[i + 1]!;
  return environ;
}
