/**
 * A section of a specification that a comment in src/ cites is cited by the title of a test. The sections that are not yet
 * are listed in untested-citations.txt, which may only get shorter: a new citation comes with its test, and a section that
 * has got one leaves the list. A test of the Python half counts too: there the citation stands in a string or a docstring.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { commentsOf, filesBelow, read, stringsOf } from "./tree.ts";

const LIST = "test/meta/untested-citations.txt";

/** "RFC 9112 §6.3", "wire §4.2"; more sections may follow: "RFC 9110 §5.5, §5.6.2 and §7.2". */
const CITATION = /\b(RFC \d{4}|wire) (§[\d.]*\d(?:(?:,| and|, and) §[\d.]*\d)*)/g;

const cited = new Map<string, string[]>();
for (const path of filesBelow("src", ".ts")) {
  for (const section of new Set(sectionsIn(commentsOf(read(path))))) {
    cited.set(section, [...(cited.get(section) ?? []), path]);
  }
}

const tested = new Set<string>();
for (const path of filesBelow("test", ".test.ts")) {
  for (const title of stringsOf(read(path))) addAll(tested, sectionsIn(title));
}
for (const path of filesBelow("test", ".md")) addAll(tested, sectionsIn(read(path)));
for (const path of filesBelow("python/tests", ".py")) addAll(tested, sectionsIn(read(path)));

const listed = read(LIST)
  .split("\n")
  .filter((line) => line !== "" && !line.startsWith("#"));

test("citations: every section that src/ cites is cited by the title of a test, or waits in the list", () => {
  const missing = [...cited].filter(
    ([section]) => !tested.has(section) && !listed.includes(section),
  );
  assert.deepEqual(
    missing.map(([section, files]) => `${section} (${files.join(", ")})`),
    [],
  );
});

test("citations: the list of untested sections holds only sections that are cited and untested", () => {
  const stale = listed.filter((section) => tested.has(section) || !cited.has(section));
  assert.deepEqual(stale, [], `take these lines out of ${LIST}`);
});

function sectionsIn(text: string): string[] {
  return [...text.matchAll(CITATION)].flatMap(([, document = "", sections = ""]) =>
    [...sections.matchAll(/§[\d.]*\d/g)].map(([section]) => `${document} ${section}`),
  );
}

function addAll(set: Set<string>, items: readonly string[]): void {
  for (const item of items) set.add(item);
}
