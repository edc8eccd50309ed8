/**
 * docs/deviations.md and the source say the same: each comment that begins with "Deviation:" has a
 * row, each row quotes a comment that exists, and the differences from Node's parser that the
 * fuzzing excuses are the ones that are written down.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { knownDifferences } from "../fuzz/known-differences.ts";
import { commentsOf, filesBelow, read } from "./tree.ts";

const PAGE = "docs/deviations.md";

/** A row of the first table ends with where it stands: `path`: "words of the comment" */
const PLACE = /`([^`]+)`: "(.+)" \|$/;

/** How far behind the word "Deviation:" the words of its row must begin. */
const MAX_DISTANCE = 100;

const [, fromSpecifications = "", fromNode = ""] = read(PAGE).split(/^## /m);

const rows = rowsOf(fromSpecifications).map((line) => {
  const [, path = "", words = ""] = PLACE.exec(line) ?? [];
  return { line, path, words };
});

const comments = new Map<string, string>();
for (const path of filesBelow("src", ".ts")) comments.set(path, commentsOf(read(path)));
for (const path of filesBelow("python/wizgy_worker", ".py")) {
  comments.set(path, read(path).replace(/\s*\n\s*#?\s*/g, " "));
}

test("deviations: each row of the page quotes a comment of the source", () => {
  assert.ok(rows.length > 0);
  const stale = rows.filter(({ path, words }) => {
    return words === "" || comments.get(path)?.includes(words) !== true;
  });
  assert.deepEqual(
    stale.map(({ line }) => line),
    [],
  );
});

test("deviations: each comment that begins with Deviation: has a row on the page", () => {
  const missing: string[] = [];
  for (const [path, text] of comments) {
    for (const { index } of text.matchAll(/Deviation:/g)) {
      const start = text.slice(index);
      const known = rows.some((row) => {
        const distance = row.path === path ? start.indexOf(row.words) : -1;
        return distance >= 0 && distance <= MAX_DISTANCE;
      });
      if (!known) missing.push(`${path}: ${start.slice(0, MAX_DISTANCE)}`);
    }
  }
  assert.deepEqual(missing, []);
});

test("deviations: the differences from Node's parser are those that the fuzzing excuses", () => {
  const written = rowsOf(fromNode).map(nameOf);
  const excused = new Set(knownDifferences.map(({ row }) => row));
  assert.deepEqual(written.toSorted(), [...excused].toSorted());
});

test("deviations: the page says who is stricter than Node's parser as it is", () => {
  for (const line of rowsOf(fromNode)) {
    const kinds = new Set(
      knownDifferences.filter(({ row }) => row === nameOf(line)).map(({ kind }) => kind),
    );
    const looser = kinds.has("node-refuses");
    const stricter = kinds.has("we-refuse");
    const said = line.split("|")[2]!.trim();
    if (said === "Wizgy") assert.ok(!looser, line);
    else if (said === "Node") assert.ok(looser && !stricter, line);
    else assert.ok(!stricter, line);
  }
});

/** The rows of a table, without its head. */
function rowsOf(section: string): string[] {
  return section
    .split("\n")
    .filter((line) => line.startsWith("| "))
    .slice(2);
}

function nameOf(row: string): string {
  return row.split("|")[1]!.trim();
}
