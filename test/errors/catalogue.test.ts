import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { errorCatalogue } from "../../src/errors/catalogue.ts";

const codes = Object.keys(errorCatalogue);

/** The sources that may use a code; the catalogue's own files say nothing about its use. */
const sources = ["src", "python/wizgy_worker"]
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => `${folder}/${name}`),
  )
  .filter((path) => /\.(?:ts|py)$/.test(path))
  .filter((path) => !path.startsWith("src/errors/"))
  .map((path) => ({ path, text: readFileSync(path, "utf8") }));

test("a code is used somewhere", () => {
  const unused = codes.filter((code) => !sources.some(({ text }) => text.includes(`"${code}"`)));
  assert.deepEqual(unused, []);
});

test("a code that is used is in the catalogue", () => {
  const uses =
    /(?:\bcode: |\b(?:peerFault|commandFault|fault|fail|LoadFault)\(\s*)"([a-z]+(?:-[a-z\d]+)+)"/g;
  const found = sources.flatMap(({ path, text }) =>
    [...text.matchAll(uses)].map((match) => ({ path, code: match[1] ?? "" })),
  );
  assert.ok(found.length > 20, "the pattern finds the uses");
  assert.deepEqual(
    found.filter(({ code }) => !codes.includes(code)),
    [],
  );
});

test("who is at fault decides between a status and an exit code", () => {
  for (const [code, entry] of Object.entries(errorCatalogue)) {
    if (entry.fault === "peer") {
      assert.ok(entry.status !== null && entry.status >= 400 && entry.exitCode === null, code);
    }
    if (entry.fault === "configuration") {
      assert.ok(entry.status === null && (entry.exitCode === 1 || entry.exitCode === 2), code);
    }
    assert.match(entry.sentence, /^\S.*\.$/, code);
  }
});
