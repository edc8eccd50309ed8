import assert from "node:assert/strict";
import { test } from "node:test";

import { latin1Text } from "../../src/http1/latin1.ts";

test("each byte becomes the character of its number", () => {
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, code) => code));
  const text = latin1Text(bytes, 0, 256);
  assert.equal(text.length, 256);
  for (let code = 0; code < 256; code++) assert.equal(text.charCodeAt(code), code);
  assert.equal(latin1Text(bytes, 65, 68), "ABC");
});
