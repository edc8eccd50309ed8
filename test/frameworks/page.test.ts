/** docs/frameworks.md tells of the tests and versions that are here: it can't fall behind them. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { projectRoot } from "../support/server.ts";
import { pagePath } from "./page.ts";

const HOW = "run node scripts/frameworks.mjs";

const read = (path: string): string => readFileSync(join(projectRoot, path), "utf8");
const page = read(pagePath);

test("the page names each test of a framework or an application, and no other", () => {
  const sources = readdirSync(join(projectRoot, "test", "frameworks"))
    .filter((name) => name !== "interpreters.test.ts" && name !== "page.test.ts")
    .map((name) => read(join("test", "frameworks", name)));
  const declared = sources.flatMap((text) =>
    [...text.matchAll(/\bexercise\(\s*"([^"]+)"/g)].map((match) => match[1] ?? ""),
  );
  const told = [...page.matchAll(/^(?:\* (.+): works$|\| ([^|]+) \|(?: (?:works)? *\|)+$)/gm)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
  assert.ok(declared.length > 50, `${declared.length} tests found`);
  assert.deepEqual([...new Set(told)].toSorted(), [...new Set(declared)].toSorted(), HOW);
});

test("the page's versions are pinned, and each is of a package that is served", () => {
  const examples = readdirSync(join(projectRoot, "examples"), {
    recursive: true,
    encoding: "utf8",
  });
  const pins = [
    read("requirements-test.txt"),
    ...examples
      .filter((name) => name.endsWith("requirements.txt"))
      .map((name) => read(join("examples", name))),
  ].join("\n");
  const versions = [...page.matchAll(/^\| [^|]+ \| (\S+) (\d\S*) \| \d+ of \d+ \|$/gm)];
  assert.ok(versions.length >= 13, `${versions.length} versions`);
  for (const [, name = "", version = ""] of versions) {
    const pattern = `^${name.replaceAll(".", "\\.")}==${version.replaceAll(".", "\\.")}( *;|$)`;
    assert.match(pins, new RegExp(pattern, "m"), `${name} ${version}: ${HOW}`);
  }
});

test("nothing on the page fails", () => {
  assert.doesNotMatch(page, /: fails$|\| fails \|/m);
  for (const [whole, works, all] of page.matchAll(/\| (\d+) of (\d+) \|$/gm)) {
    assert.equal(works, all, whole);
  }
});
