/** The rules of PEP 3333 hold for workers of --worker-class gevent as they do for threads. */
import assert from "node:assert/strict";
import { basename } from "node:path";
import { test } from "node:test";

import { projectRoot } from "../support/server.ts";
import { noGevent } from "../support/gevent.ts";
import { ruleFiles, runFile } from "./conformance.ts";
import { greenExceptions } from "./green-exceptions.ts";

const excepted = new Set<string>();

for (const file of ruleFiles(projectRoot)) {
  const name = basename(file, ".test.js");
  if (name === "conformance") continue; // It is about the record, and has no rules.
  test(`PEP 3333: the rules of ${name} hold in greenlets`, { skip: noGevent }, async () => {
    const results = await runFile(file, { WIZGY_CONFORMANCE_CLASS: "gevent" });
    const failed = results.filter(({ outcome }) => outcome === "fails");
    assert.deepEqual(failed, []);
    assert.ok(results.some(({ outcome }) => outcome === "holds"));
    for (const { sentence } of results) if (sentence in greenExceptions) excepted.add(sentence);
  });
}

test("each exception for greenlets is one of a rule that there is", { skip: noGevent }, () => {
  assert.deepEqual([...excepted].toSorted(), Object.keys(greenExceptions).toSorted());
});
