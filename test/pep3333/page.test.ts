/** docs/conformance.md says what the suite says: it can't be written by hand, nor fall behind the rules. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { projectRoot } from "../support/server.ts";
import { pageFromResults, ruleFiles, runFile } from "./conformance.ts";
import { type ServerResults, keyOf } from "./page.ts";

const HOW = "run npm run conformance";
const read = (path: string): string => readFileSync(`${projectRoot}${path}`, "utf8");
const ours = JSON.parse(read("test/pep3333/results/wizgy.json")) as ServerResults;

test("the conformance page is the one that the kept results make", () => {
  assert.equal(read("docs/conformance.md"), pageFromResults(projectRoot), HOW);
});

test("the conformance page has every rule of the suite, and each of them holds", async () => {
  const listed = [];
  for (const file of ruleFiles(projectRoot)) {
    listed.push(...(await runFile(file, { WIZGY_CONFORMANCE_LIST: "1" })));
  }
  assert.ok(listed.length > 100, "the rules can be listed");
  const kept = ours.results.map(keyOf);
  assert.deepEqual(kept.toSorted(), listed.map(keyOf).toSorted(), HOW);
  assert.deepEqual(ours.results.filter(({ outcome }) => outcome !== "holds").map(keyOf), []);
});

test("every item of the checklist has a rule", () => {
  const items = new Set(ours.results.map(({ item }) => item));
  const missing = Array.from({ length: 121 }, (_, i) => i + 1).filter((item) => !items.has(item));
  assert.deepEqual(missing, []);
});

test("no two rules have the same words", () => {
  const keys = ours.results.map(keyOf);
  assert.equal(new Set(keys).size, keys.length);
});
