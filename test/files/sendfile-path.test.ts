import assert from "node:assert/strict";
import { test } from "node:test";

import {
  parseSendfileRoot,
  placeOfRedirect,
  placeOfSendfile,
} from "../../src/files/sendfile-path.ts";

const roots = ["/srv/files", "/files=/srv/files", "/files/deep=/data", "/=/everything"].map(
  (text) => parseSendfileRoot(text, "/"),
);

test("a root is a folder, or a prefix and a folder; relative folders count from the working directory", () => {
  assert.deepEqual(parseSendfileRoot("media/x", "/app"), { prefix: null, folder: "/app/media/x" });
  assert.deepEqual(parseSendfileRoot("/p=media", "/app"), { prefix: "/p", folder: "/app/media" });
  assert.deepEqual(parseSendfileRoot("a=b", "/app"), { prefix: null, folder: "/app/a=b" });
});

function place(found: ReturnType<typeof placeOfSendfile>): string {
  return "kind" in found ? found.kind : found.path.toString("latin1");
}

for (const [value, expected] of [
  ["/srv/files/a.pdf", "/srv/files/a.pdf"],
  ["/srv/files/a%2f..b", "/srv/files/a%2f..b"],
  ["/srv/files/..a/b..", "/srv/files/..a/b.."],
  ["/srv/files", "refused"],
  ["/srv/files2/a", "refused"],
  ["/srv/files/../files/a", "refused"],
  ["/srv/files/a\0", "refused"],
  ["srv/files/a", "refused"],
  ["/everything/a", "refused"],
  ["", "refused"],
] as const) {
  test(`X-Sendfile: ${JSON.stringify(value)} is ${expected}`, () => {
    assert.equal(place(placeOfSendfile(value, roots)), expected);
  });
}

for (const [value, expected] of [
  ["/files/a.pdf", "/srv/files/a.pdf"],
  ["/files/a%20b%25.pdf?x=..", "/srv/files/a b%.pdf"],
  ["/files/%252e", "/srv/files/%2e"],
  ["/files/deep/a", "/data/a"],
  ["/files/deeper/a", "/srv/files/deeper/a"],
  ["/other/a", "/everything/other/a"],
  ["/files/gr%C3%BCn", "/srv/files/gr\u00c3\u00bcn"],
  ["/files/%2e%2e/a", "refused"],
  ["/files/.%2E/a", "refused"],
  ["/files/..%2fa", "refused"],
  ["/files/..%5Ca", "refused"],
  ["/files/a%00", "refused"],
  ["/files/a%", "refused"],
  ["/files/a%zz", "refused"],
  ["files/a", "refused"],
  ["http://a/files/a", "refused"],
] as const) {
  test(`X-Accel-Redirect: ${JSON.stringify(value)} is ${expected}`, () => {
    assert.equal(place(placeOfRedirect(value, roots)), expected);
  });
}
