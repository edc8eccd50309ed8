import assert from "node:assert/strict";
import { test } from "node:test";

import { AddedFields } from "../../src/http/added-fields.ts";

test("fields are added where they are missing, in whatever case they are there", () => {
  const added = new AddedFields({ "X-A": "1", "X-B": "2" });
  assert.equal(added.missingFrom(""), "X-A: 1\r\nX-B: 2\r\n");
  assert.equal(added.missingFrom("200 OK\r\nx-a: 0\r\n"), "X-B: 2\r\n");
  assert.equal(added.missingFrom("X-B: 0\r\n"), "X-A: 1\r\n");
  assert.equal(added.missingFrom("200 OK\r\nX-A-B: 0\r\nY: X-A: 1\r\n"), "X-A: 1\r\nX-B: 2\r\n");
  assert.equal(added.missingFrom("200 OK\r\nX-B:\r\nX-A:\r\n"), "");
});
