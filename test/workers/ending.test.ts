import assert from "node:assert/strict";
import { constants } from "node:os";
import { test } from "node:test";

import { KILL, endingStatus, renderEnding } from "../../src/workers/ending.ts";

test("an ending is one number: the exit code, or minus the signal", () => {
  assert.equal(endingStatus(0, null), 0);
  assert.equal(endingStatus(7, null), 7);
  assert.equal(endingStatus(null, "SIGSEGV"), -constants.signals.SIGSEGV);
  assert.equal(endingStatus(null, "SIGKILL"), -KILL);
});

test("an ending in words names the signal, and where a KILL may come from", () => {
  assert.equal(renderEnding(0), "exit code 0");
  assert.equal(renderEnding(139), "exit code 139");
  assert.equal(renderEnding(-constants.signals.SIGSEGV), "signal SIGSEGV");
  assert.match(renderEnding(-KILL), /^signal SIGKILL \(.*memory\)$/);
  assert.equal(renderEnding(-250), "signal 250");
});
