import assert from "node:assert/strict";
import { test } from "node:test";

import { fieldValue } from "../../src/http/field-value.ts";
import type { FieldBlock } from "../../src/http/request-head.ts";

const fields = {
  lowerNames: ["host", "if-none-match", "accept", "if-none-match"],
  values: ["a", '"1"', "*/*", '"2"'],
} as unknown as FieldBlock;

test("RFC 9110 §5.3: the values of all lines of a field are one list", () => {
  assert.equal(fieldValue(fields, "if-none-match"), '"1", "2"');
  assert.equal(fieldValue(fields, "host"), "a");
  assert.equal(fieldValue(fields, "range"), null);
});
