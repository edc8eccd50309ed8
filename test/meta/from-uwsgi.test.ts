/** docs/guide/from-uwsgi.md: what it names is there, on both sides. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

import { parse } from "smol-toml";

import { parseCommandLine } from "../../src/options/command-line.ts";
import { readSettingsFile } from "../../src/options/settings-file.ts";
import { settingTable } from "../../src/options/table.ts";
import { projectRoot } from "../support/server.ts";

const page = readFileSync(`${projectRoot}docs/guide/from-uwsgi.md`, "utf8");
const fenced = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? "";
const rows = page.split("\n").filter((line) => line.startsWith("| `"));
const namesIn = (cell: string): string[] =>
  [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
const theirs = new Set(rows.flatMap((row) => namesIn(row.split(" | ")[0] ?? "")));

test("the settings file is one, and each of its settings is what the other file says", () => {
  const text = fenced("toml");
  const layer = readSettingsFile({ path: "wizgy.toml", text, data: parse(text) });
  assert.ok(!("kind" in layer), JSON.stringify(layer));
  const command = parseCommandLine([], {}, layer);
  assert.ok(command.kind === "serve", JSON.stringify(command));
  const { settings } = command;
  const ini = new Map(
    fenced("ini")
      .split("\n")
      .flatMap((line) => {
        const [, key, value] = /^(\S+) = (.*)$/.exec(line) ?? [];
        return key === undefined || value === undefined ? [] : [[key, value] as const];
      }),
  );
  for (const [key, value] of [
    ["module", settings.app],
    ["chdir", settings.chdir],
    ["home", settings.python],
    ["processes", typeof settings.workers === "object" ? "a range" : settings.workers],
    ["threads", settings.threads],
    ["harakiri", settings.timeoutMs / 1000],
    ["max-requests", settings.maxRequests],
    ["max-requests-delta", settings.maxRequestsJitter],
    ["reload-on-rss", settings.maxWorkerMemoryBytes / 1024 ** 2],
    ["limit-post", settings.limitRequestBodyBytes],
    ["static-map", settings.static[0]],
    ["uid", settings.user],
    ["gid", settings.group],
    ["env", Object.entries(settings.env)[0]?.join("=")],
  ] as const) {
    assert.equal(String(value), ini.get(key), key);
  }
  for (const key of ini.keys()) assert.ok(theirs.has(key), `${key} is in no table`);
});

test("each flag that it names is one of ours", () => {
  const flags = new Set<string>(Object.values(settingTable).flatMap((row) => [...row.flags]));
  for (const row of rows) {
    for (const name of namesIn(row.split(" | ").slice(1).join())) {
      const [flag = ""] = name.split(" ");
      if (flag.startsWith("--")) assert.ok(flags.has(flag), flag);
    }
  }
});

const uwsgi = `${projectRoot}.venv-bench/bin/uwsgi`;
const skip = existsSync(uwsgi) ? false : "uWSGI is not installed (npm run bench -- --install)";

test("each option that it names is one of uWSGI", { skip }, () => {
  const { stdout } = spawnSync(uwsgi, ["--help"], { encoding: "utf8" });
  const known = new Set([...stdout.matchAll(/--([\w-]+)/g)].map(([, name]) => name));
  assert.deepEqual(
    [...theirs].filter((name) => !known.has(name)),
    [],
  );
});
