/** docs/guide/from-gunicorn.md: its tables say what the code does. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { type HookMeaning, gunicornHooks } from "../../src/options/gunicorn-hooks.ts";
import { gunicornSettings } from "../../src/options/gunicorn-settings.ts";
import { settingTable } from "../../src/options/table.ts";
import { projectRoot } from "../support/server.ts";

const page = readFileSync(`${projectRoot}docs/guide/from-gunicorn.md`, "utf8");
const ours = new Set<string>(Object.values(settingTable).flatMap((row) => [...row.flags]));
const theirs = Object.values(gunicornSettings).flatMap(({ flags }) => flags);

test("each flag that it names is one of ours or of gunicorn", () => {
  const known = new Set([...ours, ...theirs]);
  for (const [, code = ""] of page.matchAll(/`(-[^`]+)`/g)) {
    const [flag = ""] = code.split(/[ =]/);
    // `--dirty-*` stands for all that begin so.
    const begin = flag.endsWith("*") ? flag.slice(0, -1) : null;
    const isKnown =
      begin === null ? known.has(flag) : theirs.some((name) => name.startsWith(begin));
    assert.ok(isKnown, flag);
  }
});

test("each hook stands in the row of what becomes of it", () => {
  const start = page.indexOf("| hook | runs in |");
  const rows = page.slice(start, page.indexOf("\n\n", start)).split("\n").slice(2);
  const where = (name: string): string => rows.find((row) => row.includes(`\`${name}\``)) ?? "";
  const said: Readonly<Record<HookMeaning["kind"], RegExp>> = {
    runs: /\| (?:the process that forks the workers|the worker) \|$/,
    silent: /\| never called/,
    refused: /\| refused \|$/,
  };
  for (const [name, { kind }] of Object.entries(gunicornHooks)) {
    if (!name.includes("dirty")) assert.match(where(name), said[kind], name);
  }
});
