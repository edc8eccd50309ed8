import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

test("the settings page, the errors page and the version are up to date with their sources", () => {
  // This file runs from DIST/test/options.
  const dist = fileURLToPath(new URL("../..", import.meta.url));
  const args = ["scripts/generate-docs.mjs", "--check", "--dist", dist];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  assert.equal(status, 0, stdout + stderr);
});
