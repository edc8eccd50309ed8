import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";

import { sortArguments } from "../../src/options/arguments.ts";
import { gunicornHooks } from "../../src/options/gunicorn-hooks.ts";
import { gunicornSettings } from "../../src/options/gunicorn-settings.ts";
import { settingTable } from "../../src/options/table.ts";
import { testPython } from "../support/server.ts";

interface KnownSetting {
  readonly name: string;
  readonly flags: readonly string[] | null;
  readonly takesValue: boolean;
  readonly isHook: boolean;
}

const PRINT_SETTINGS = `
import json
from gunicorn import __version__
from gunicorn.config import KNOWN_SETTINGS
print(json.dumps([
    {"name": s.name, "flags": s.cli, "takesValue": s.action in (None, "store", "append") and not s.const,
     "isHook": callable(s.default)}
    for s in KNOWN_SETTINGS
]))
`;

function knownSettings(): readonly KnownSetting[] | null {
  const { status, stdout } = spawnSync(testPython, ["-c", PRINT_SETTINGS], { encoding: "utf8" });
  return status === 0 ? (JSON.parse(stdout) as KnownSetting[]) : null;
}

const known = knownSettings();
// The newest gunicorn needs a newer Python than the oldest that is tested.
const skip = known === null ? "gunicorn is not installed for this Python" : false;
const ours: ReadonlySet<string> = new Set<string>(
  Object.values(settingTable).flatMap((row) => [...row.flags]),
);

test("each setting of gunicorn has a meaning here, and no other has", { skip }, () => {
  const names = (known ?? []).filter(({ isHook }) => !isHook).map(({ name }) => name);
  assert.deepEqual(Object.keys(gunicornSettings).toSorted(), names.toSorted());
});

test("each hook of gunicorn has a meaning here, and no other has", { skip }, () => {
  const names = (known ?? []).filter(({ isHook }) => isHook).map(({ name }) => name);
  assert.deepEqual(Object.keys(gunicornHooks).toSorted(), names.toSorted());
});

test(
  "each flag of gunicorn is one of ours or in the table, and takes a value where gunicorn's does",
  { skip },
  () => {
    for (const { name, flags, takesValue } of known ?? []) {
      for (const flag of flags ?? []) {
        const setting = gunicornSettings[name];
        if (ours.has(flag)) continue;
        assert.ok(setting !== undefined && setting.flags.includes(flag), `${flag} is missing`);
        assert.equal(setting.takesValue, takesValue, flag);
      }
    }
  },
);

test("a flag of gunicorn that is spelled like ours has our meaning", { skip }, () => {
  for (const { name, flags } of known ?? []) {
    const meaning = gunicornSettings[name]?.meaning;
    const shared = (flags ?? []).find((flag) => ours.has(flag));
    if (shared === undefined || meaning?.kind !== "same") continue;
    const row: { readonly flags: readonly string[] } = settingTable[meaning.key];
    assert.ok(row.flags.includes(shared), `${name}: ${shared}`);
  }
});

test("a refusal is a sentence that says what to do", () => {
  for (const [name, { meaning }] of Object.entries(gunicornSettings)) {
    if (meaning.kind === "holds" || meaning.kind === "refused") {
      assert.match(meaning.why, /^\S.*[^.]\.$/, name);
    }
  }
});

const judged: readonly (readonly [argv: string[], fault: string | null, positionals?: string[]])[] =
  [
    [["-k", "sync", "app"], null],
    [["-kgthread", "app"], null],
    [["--worker-class=gevent", "--worker-connections=2000", "app"], null],
    [
      ["--daemon", "app"],
      "--daemon: let systemd, or whatever starts it, keep it in the background.",
    ],
    [["-D", "app"], "-D: let systemd, or whatever starts it, keep it in the background."],
    [["--log-file", "x.log", "app"], null],
    [["--worker-tmp-dir", "/dev/shm", "app"], null],
    [["--capture-output", "-R", "app"], null],
    [["--worker-tmp-dir"], "--worker-tmp-dir needs a value."],
  ];
for (const [argv, message] of judged) {
  test(`gunicorn's ${argv.join(" ")} is ${message === null ? "accepted" : "refused"}`, () => {
    const sorted = sortArguments(argv);
    assert.equal(sorted.fault?.message ?? null, message);
    if (argv.includes("app")) assert.deepEqual(sorted.positionals, ["app"]);
  });
}
