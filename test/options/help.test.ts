import assert from "node:assert/strict";
import { test } from "node:test";

import { settingGroups } from "../../src/options/definition.ts";
import { renderHelp, summaryOf } from "../../src/options/help.ts";
import { settingTable } from "../../src/options/table.ts";

const lines = renderHelp().split("\n");

test("no line is wider than 80 columns or ends in a space", () => {
  for (const line of lines) assert.match(line, /^(?:.{0,79}\S)?$/);
});

test("each flag is there once, below the heading of its group", () => {
  for (const row of Object.values(settingTable)) {
    const flag = row.flags[0];
    const hits = lines.filter((line) =>
      new RegExp(`^ {2}(?:-\\w, | {4})${flag}(?: |$)`).test(line),
    );
    assert.equal(hits.length, 1, flag);
    const heading = lines
      .slice(0, lines.indexOf(hits[0]!))
      .findLast((line) => /^\S.*:$/.test(line));
    assert.equal(heading, `${row.group}:`);
  }
});

test("groups come in their order", () => {
  const headings = lines
    .filter((line) => /^[A-Z][A-Za-z ]+:$/.test(line))
    .map((line) => line.slice(0, -1));
  assert.deepEqual(headings, settingGroups);
});

test("a line says what the first sentence of the paragraph says, and the default", () => {
  const backlog = "Connections that may wait in the system to be accepted.";
  assert.equal(summaryOf(settingTable.backlog), backlog);
  assert.equal(summaryOf(settingTable.bootTimeoutMs), settingTable.bootTimeoutMs.doc);
  const at = lines.findIndex((line) => line.includes("--backlog N"));
  const text = lines
    .slice(at, at + 2)
    .map((line) => line.slice(30))
    .join(" ");
  assert.equal(text, `${backlog} [default: 2048]`);
});

test("a flag that is too long for its column stands on a line of its own", () => {
  assert.ok(lines.includes("      --limit-request-line SIZE"));
});
