import assert from "node:assert/strict";
import { test } from "node:test";

import { runLoadGenerator } from "../../bench/load/load-generator.ts";

/** Longer than any of these runs. */
const SECONDS = 60;

function run(script: string): ReturnType<typeof runLoadGenerator> {
  return runLoadGenerator(process.execPath, ["--eval", script], SECONDS);
}

test("a load generator's report is what it prints, wherever, and how it ends", async () => {
  assert.deepEqual(await run("process.stdout.write('fast')"), { output: "fast", ended: 0 });
  const failed = await run("process.stderr.write('no'); process.exitCode = 3");
  assert.deepEqual(failed, { output: "no", ended: 3 });
  const killed = await run("process.kill(process.pid, 'SIGKILL')");
  assert.deepEqual(killed, { output: "", ended: "SIGKILL" });
});

test("a load generator that is not there is told, and nothing is left to end with the bench", async () => {
  const before = process.listenerCount("exit");
  await assert.rejects(runLoadGenerator("no-such-load-generator", [], SECONDS), /ENOENT/);
  await run("");
  assert.equal(process.listenerCount("exit"), before);
});
