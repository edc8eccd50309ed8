import assert from "node:assert/strict";
import { test } from "node:test";

import { ErrorPages, parseErrorPage } from "../../src/access/error-pages.ts";

test("--error-page: statuses and classes of them, and a file", () => {
  assert.deepEqual(parseErrorPage("404 a.html"), { statuses: ["404"], file: "a.html" });
  assert.deepEqual(parseErrorPage(" 404,5XX  my file.html "), {
    statuses: ["404", "5xx"],
    file: "my file.html",
  });
  for (const text of [
    "",
    "404",
    "a.html",
    "200 a.html",
    "600 a.html",
    "4x a.html",
    "404, a.html",
  ]) {
    assert.equal(typeof parseErrorPage(text), "string", text);
  }
});

test("a page for the very status comes before one for its class, and its blanks are filled in", () => {
  const pages = new ErrorPages(
    new Map([
      ["404", { mediaType: "a/b", text: "{status} {reason} {request_id} {other} {{status}}" }],
      ["4xx", { mediaType: "c/d", text: "$& {request_id}" }],
    ]),
  );
  assert.deepEqual(pages.render(404, "id-1"), {
    mediaType: "a/b",
    text: "404 Not Found id-1 {other} {404}",
  });
  assert.deepEqual(pages.render(400, ""), { mediaType: "c/d", text: "$& -" });
  assert.equal(pages.render(500, ""), null);
});
