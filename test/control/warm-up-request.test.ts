import assert from "node:assert/strict";
import { test } from "node:test";

import { warmUpRequest } from "../../src/control/warm-up-request.ts";

function environ(text: string): { slots: string[]; fragment: string[] } {
  const plan = warmUpRequest(text, 7);
  assert.ok(plan !== null, text);
  return {
    slots: plan.content.slots.split("\0"),
    fragment: Buffer.from(plan.content.fragment).toString("latin1").split("\0"),
  };
}

test("--warmup PATH is a GET of it with the Host localhost", () => {
  const { slots, fragment } = environ("/health/a%20b?x=1");
  assert.deepEqual(slots, ["GET", "/health/a b", "x=1", "/health/a%20b?x=1", "127.0.0.1", "0"]);
  assert.equal(fragment[0], "7");
  assert.equal(fragment[fragment.indexOf("HTTP_HOST") + 1], "localhost");
});

test("--warmup http://HOST/PATH names the Host", () => {
  for (const text of ["http://shop.example:81/up", "https://shop.example:81/up"]) {
    const { slots, fragment } = environ(text);
    assert.equal(slots[1], "/up");
    assert.equal(fragment[fragment.indexOf("HTTP_HOST") + 1], "shop.example:81");
    const scheme = text.startsWith("https") ? "https" : undefined;
    const at = fragment.indexOf("wsgi.url_scheme");
    assert.equal(at < 0 ? undefined : fragment[at + 1], scheme);
  }
  assert.equal(environ("http://shop.example").slots[1], "/");
});

for (const text of ["", "health", "ftp://a/b", "/a b", "/a\r\nX: y", "http://", "http://a b/"]) {
  test(`--warmup ${JSON.stringify(text)} is no request`, () => {
    assert.equal(warmUpRequest(text, 7), null);
  });
}
