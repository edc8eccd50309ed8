import assert from "node:assert/strict";
import { test } from "node:test";

import { fromPs, residentBytes } from "../../src/workers/resident-memory.ts";

/** No process has this number. */
const NOBODY = 2 ** 22 + 1;

test("the memory of a process is about what the process itself sees; who is gone is left out", async () => {
  const sizes = await residentBytes([process.pid, NOBODY]);
  assert.deepEqual([...sizes.keys()], [process.pid]);
  const ratio = sizes.get(process.pid)! / process.memoryUsage.rss();
  assert.ok(ratio > 0.8 && ratio < 1.25, `${ratio}`);
});

test("where there is no /proc, ps says the same", async () => {
  const sizes = new Map(await fromPs([process.pid, NOBODY]));
  assert.deepEqual([...sizes.keys()], [process.pid]);
  const ratio = sizes.get(process.pid)! / process.memoryUsage.rss();
  assert.ok(ratio > 0.8 && ratio < 1.25, `${ratio}`);
});

test("nobody's memory is nothing", async () => {
  assert.equal((await residentBytes([])).size, 0);
});
