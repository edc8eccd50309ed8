import assert from "node:assert/strict";
import { test } from "node:test";

import { parseLogTarget } from "../../src/options/log-target.ts";

test("a log goes nowhere, to standard output or to a file", () => {
  assert.deepEqual(parseLogTarget("off"), { kind: "off" });
  assert.deepEqual(parseLogTarget("-"), { kind: "stdout" });
  assert.deepEqual(parseLogTarget("off.log"), { kind: "file", path: "off.log" });
});
