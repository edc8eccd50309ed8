/** A server that can't be started here says nothing about itself: what was measured before is kept. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { projectRoot } from "../support/server.ts";
import { ruleFiles, runFile, runSuite, whyNotStarted, whyNotTried } from "./conformance.ts";
import type { Outcome, RuleResult } from "./rules.ts";

const result = (outcome: Outcome, started: boolean, reason = ""): RuleResult => ({
  ...{ item: 1, level: "MUST", heading: "environ Variables", sentence: "a rule" },
  ...{ outcome, started, reason },
});

test("a server that came up for one rule has results, one that came up for none has not", () => {
  const dead = result("fails", false, "x did not start: no module x");
  assert.equal(whyNotStarted([dead, result("holds", true)]), null);
  assert.equal(whyNotStarted([dead, result("fails", true, "wrong")]), null);
  assert.equal(whyNotStarted([result("not offered", true), dead]), "x did not start: no module x");
  assert.match(whyNotStarted([result("not offered", true)]) ?? "", /None of the rules/);
  assert.match(whyNotStarted([]) ?? "", /None of the rules/);
});

test("the results of a server that can't be started are not written over the ones that are kept", async () => {
  const root = mkdtempSync(join(tmpdir(), "wizgy-test-"));
  try {
    const rules = join(root, "dist", "test", "pep3333");
    const results = join(root, "test", "pep3333", "results");
    mkdirSync(rules, { recursive: true });
    mkdirSync(results, { recursive: true });
    const [file = ""] = ruleFiles(projectRoot);
    // Its imports are looked for beside the original; by its text it is a file of rules.
    writeFileSync(
      join(rules, "one.test.js"),
      `// from "./section.js"\nawait import(${JSON.stringify(file)});\n`,
    );
    writeFileSync(join(results, "absent.json"), "as it was");
    const said: string[] = [];
    const say = (line: string): void => void said.push(line);
    const kept = await runSuite(root, "absent", "Absent", "1.0", "CPython 3.11.7", say);
    assert.equal(kept, null);
    assert.deepEqual(said, [
      "Absent 1.0 could not be started; its column stays as it was. no server is called absent",
    ]);
    assert.deepEqual(readdirSync(results), ["absent.json"]);
    assert.equal(readFileSync(join(results, "absent.json"), "utf8"), "as it was");
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("rules that a server didn't come up for fail, and say that it didn't", async () => {
  const [file = ""] = ruleFiles(projectRoot);
  const results = await runFile(file, { WIZGY_CONFORMANCE_TARGET: "absent" });
  assert.ok(results.length > 0);
  for (const { outcome, started } of results)
    assert.deepEqual([outcome, started], ["fails", false]);
});

test("mod_wsgi is not tried as root, which Apache refuses; others are", () => {
  assert.match(whyNotTried("mod_wsgi", 0) ?? "", /as another user/);
  for (const [name, uid] of [
    ["mod_wsgi", 1000],
    ["mod_wsgi", undefined],
    ["gunicorn", 0],
  ] as const) {
    assert.equal(whyNotTried(name, uid), null);
  }
});
