import assert from "node:assert/strict";
import { test } from "node:test";

import { newestResults, renderPages } from "../../bench/load/page.ts";
import { read } from "../meta/tree.ts";
import { projectRoot } from "../support/server.ts";

test("the published figures are those of the newest results file", (context) => {
  const file = newestResults(projectRoot);
  if (file === null) {
    context.skip("nothing was saved yet");
    return;
  }
  for (const [path, text] of renderPages(projectRoot, file)) {
    assert.equal(read(path), text, `${path}: run "npm run bench -- --page"`);
  }
});
