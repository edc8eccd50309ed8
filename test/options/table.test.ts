import assert from "node:assert/strict";
import { test } from "node:test";

import { settingGroups, type SettingRow } from "../../src/options/definition.ts";
import { settingTable } from "../../src/options/table.ts";

const rows: readonly (readonly [string, SettingRow])[] = Object.entries(settingTable);

test("a flag belongs to one row", () => {
  const flags = rows.flatMap(([, row]) => [...row.flags]);
  assert.equal(new Set(flags).size, flags.length);
});

test("flags are long and lower case, or one letter", () => {
  for (const [, row] of rows) {
    for (const flag of row.flags)
      assert.match(flag, /^(?:--[a-z][a-z0-9]*(?:[-_][a-z]+)*|-[a-z])$/);
  }
});

test("a key is the first flag in camel case with the unit behind it", () => {
  const unit: Readonly<Partial<Record<SettingRow["kind"], string>>> = {
    size: "Bytes",
    seconds: "Ms",
  };
  for (const [key, row] of rows) {
    const camelCase = row.flags[0]
      .slice(2)
      .replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
    assert.equal(key, camelCase + (unit[row.kind] ?? ""));
  }
});

test("a paragraph is made of sentences and each group has a row", () => {
  for (const [key, row] of rows) assert.match(row.doc, /^\S.*\.$/, key);
  assert.deepEqual([...new Set(rows.map(([, row]) => row.group))], [...settingGroups]);
});
