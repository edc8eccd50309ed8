/**
 * The short form of `npm run chaos`: what happens to a server's processes while a load runs that
 * checks every body. Nothing is lost but what a killed worker was running.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { actions, shortSize } from "../../chaos/actions.ts";
import { wizgy } from "../../chaos/targets.ts";
import { tryAction } from "../../chaos/try-action.ts";

for (const action of actions) {
  const title = action.title(shortSize);
  test(`wire §6.2: ${title}, under load: nothing is lost but what a killed worker ran`, async () => {
    const outcome = await tryAction(wizgy, action, shortSize);
    assert.ok(outcome !== null);
    assert.deepEqual(outcome.faults, []);
    assert.ok(outcome.right > 0);
  });
}
