import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";

import type { BootFault } from "../../src/workers/boot-fault.ts";
import { FirstBoot } from "../../src/workers/first-boot.ts";

const FIRST: BootFault = { kind: "worker", message: "the first" };
const SECOND: BootFault = { kind: "worker", message: "the second" };

/** Undefined: there is no outcome yet. */
function outcomeOf(boot: FirstBoot): Promise<BootFault | null | undefined> {
  return Promise.race([boot.outcome, setImmediate(undefined)]);
}

test("a boot is over when all workers are ready, and not before", async () => {
  const boot = new FirstBoot(2);
  boot.noteReady();
  assert.equal(await outcomeOf(boot), undefined);
  boot.noteReady();
  assert.equal(await outcomeOf(boot), null);
});

test("the first fault is the outcome, and those after it are not told again", async () => {
  const boot = new FirstBoot(2);
  boot.noteReady();
  assert.ok(boot.takes(FIRST));
  assert.ok(boot.takes(SECOND));
  boot.noteReady();
  assert.equal(await outcomeOf(boot), FIRST);
  assert.ok(boot.takes(SECOND), "what fails after a boot that has failed has the same reason");
});

test("a fault that comes when the boot is over is somebody else's business", async () => {
  const boot = new FirstBoot(1);
  boot.noteReady();
  assert.ok(!boot.takes(FIRST));
  boot.noteReady();
  assert.ok(!boot.takes(SECOND), "more workers may become ready later");
  assert.equal(await outcomeOf(boot), null);
});
