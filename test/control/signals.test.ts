import assert from "node:assert/strict";
import { test } from "node:test";

import { watchSignals } from "../../src/control/signals.ts";

const SIGNALS = ["SIGTERM", "SIGINT", "SIGQUIT"] as const;

for (const [signal, wish] of [
  ["SIGTERM", "graceful"],
  ["SIGINT", "quick"],
  ["SIGQUIT", "quick"],
] as const) {
  test(`${signal} asks for a ${wish} stop, a second one of any kind for a quick one`, (t) => {
    for (const second of SIGNALS) {
      const asked: string[] = [];
      const unwatch = watchSignals((what, which) => void asked.push(`${which} ${what}`));
      t.after(unwatch);
      process.emit(signal, signal);
      process.emit(second, second);
      unwatch();
      assert.deepEqual(asked, [`${signal} ${wish}`, `${second} quick`]);
    }
  });
}

test("after the watch no listener is left", () => {
  const count = (): number[] => SIGNALS.map((signal) => process.listenerCount(signal));
  const before = count();
  const unwatch = watchSignals(assert.fail);
  assert.notDeepEqual(count(), before);
  unwatch();
  assert.deepEqual(count(), before);
});
