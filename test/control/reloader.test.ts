import assert from "node:assert/strict";
import { test } from "node:test";

import { type ReloadOutcome, Reloader } from "../../src/control/reloader.ts";

/** A reloader whose reloads end when the test says so. */
function make(): { reloader: Reloader; end: () => Promise<void>; begun: () => number } {
  const ends: ((outcome: ReloadOutcome) => void)[] = [];
  let ended = 0;
  const reloader = new Reloader(() => new Promise((resolve) => ends.push(resolve)));
  return {
    reloader,
    begun: () => ends.length,
    end: async () => {
      ends[ended++]!({ ok: true, message: `the reload ${ended}`, traceback: "" });
      await new Promise(setImmediate);
    },
  };
}

test("one reload at a time: who asks meanwhile shares the next one", async () => {
  const { reloader, end, begun } = make();
  const first = reloader.reload();
  const others = [reloader.reload(), reloader.reload(), reloader.reload()];
  assert.equal(begun(), 1);
  await end();
  assert.equal((await first).message, "the reload 1");
  assert.equal(begun(), 2);
  const late = reloader.reload();
  await end();
  for (const other of others) assert.equal((await other).message, "the reload 2");
  assert.equal(begun(), 3);
  await end();
  assert.equal((await late).message, "the reload 3");
});

test("after a reload the next one begins at once", async () => {
  const { reloader, end, begun } = make();
  const first = reloader.reload();
  await end();
  await first;
  void reloader.reload();
  assert.equal(begun(), 2);
});
