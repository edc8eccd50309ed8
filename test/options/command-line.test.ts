import assert from "node:assert/strict";
import { test } from "node:test";

import { parseCommandLine } from "../../src/options/command-line.ts";
import { renderHelp } from "../../src/options/help.ts";
import { defaultSettings } from "../../src/options/settings.ts";

test("an application alone is served with the defaults", () => {
  const settings = defaultSettings("mysite.wsgi");
  assert.deepEqual(parseCommandLine(["mysite.wsgi"], {}), { kind: "serve", settings });
});

test("--check-config checks instead of serving", () => {
  const settings = { ...defaultSettings("a:b"), workers: 2 };
  const command = parseCommandLine(["--check-config", "-w2", "a:b"], {});
  assert.deepEqual(command, { kind: "check", settings });
});

test("an application whose name begins with a dash follows --", () => {
  const command = parseCommandLine(["--", "-a.py"], {});
  assert.deepEqual(command, { kind: "serve", settings: defaultSettings("-a.py") });
});

test("--help wins over everything, then --version", () => {
  const help = { kind: "help", text: renderHelp() };
  assert.deepEqual(parseCommandLine(["--nope", "-v", "--threads", "x", "-h"], {}), help);
  assert.deepEqual(parseCommandLine(["--nope", "-v"], {}), { kind: "version" });
  assert.deepEqual(parseCommandLine(["--version"], { WIZGY_THREADS: "x" }), { kind: "version" });
});

type Case = readonly [
  title: string,
  argv: readonly string[],
  environment: Readonly<Record<string, string>>,
  code: string,
  exitCode: number,
  message: RegExp,
];

const faults: readonly Case[] = [
  [
    "no application",
    [],
    {},
    "missing-app",
    2,
    /^Provide a WSGI application object as module:callable.*\n\n {2}wizgy hello:app /,
  ],
  ["an empty application", [""], {}, "missing-app", 2, /^Provide a WSGI/],
  ["only settings", ["-w", "2"], {}, "missing-app", 2, /^Provide a WSGI/],
  ["no application to check", ["--check-config"], {}, "missing-app", 2, /^Provide a WSGI/],
  [
    "two applications",
    ["a", "b"],
    {},
    "unexpected-argument",
    1,
    /^One application at a time: got "a" and "b"\./,
  ],
  ["an unknown option", ["a", "--worker"], {}, "unknown-option", 1, /Did you mean --workers\?/],
  ["a forgotten value", ["a", "-b"], {}, "missing-value", 1, /^-b needs a value\./],
  ["a value too many", ["a", "-v1"], {}, "unexpected-value", 1, /^-v takes no value\./],
  [
    "a wrong value",
    ["a", "-w", "many"],
    {},
    "bad-value",
    1,
    /^-w: "many" is not accepted\. It takes a whole number from 1 to 1024, two such as 2..8, or auto\.$/,
  ],
  [
    "a wrong variable",
    ["a"],
    { WEB_CONCURRENCY: "0" },
    "bad-value",
    1,
    /^WEB_CONCURRENCY: "0" is not/,
  ],
  ["an escape sequence", ["a", "-w", "\u001b[1m"], {}, "bad-value", 1, /^-w: "\\u001b\[1m" is not/],
  ["a wrong value and no application", ["-w", "0"], {}, "bad-value", 1, /^-w: "0"/],
];

for (const [title, argv, environment, code, exitCode, message] of faults) {
  test(`${title}: fault ${code}, exit code ${exitCode}`, () => {
    const command = parseCommandLine(argv, environment);
    assert.ok(command.kind === "fault");
    assert.equal(command.code, code);
    assert.equal(command.exitCode, exitCode);
    assert.match(command.message, message);
  });
}
