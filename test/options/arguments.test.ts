import assert from "node:assert/strict";
import { test } from "node:test";

import { sortArguments } from "../../src/options/arguments.ts";

type Given = Readonly<Record<string, readonly string[]>>;

const sorted: readonly (readonly [
  argv: readonly string[],
  positionals: readonly string[],
  given: Given,
])[] = [
  [[], [], {}],
  [["app"], ["app"], {}],
  [["--bind", "a:1", "app"], ["app"], { bind: ["a:1"] }],
  [["--bind=a:1", "app"], ["app"], { bind: ["a:1"] }],
  [["-b", "a:1", "app"], ["app"], { bind: ["a:1"] }],
  [["-ba:1", "app"], ["app"], { bind: ["a:1"] }],
  [["-b=a:1", "app"], ["app"], { bind: ["a:1"] }],
  [["app", "--bind", "a:1"], ["app"], { bind: ["a:1"] }],
  [["-b", "a:1", "app", "--bind=b:2"], ["app"], { bind: ["a:1", "b:2"] }],
  [["--env=A=b=c", "-eD=e", "-e", "F="], [], { env: ["A=b=c", "D=e", "F="] }],
  [["--chdir=", "app"], ["app"], { chdir: [""] }],
  [["--chdir=--workers", "app"], ["app"], { chdir: ["--workers"] }],
  [["--access-logfile", "-", "app"], ["app"], { accessLogfile: ["-"] }],
  [["--threads", "-1", "app"], ["app"], { threads: ["-1"] }],
  [["--limit-request-field_size", "9"], [], { limitRequestFieldSizeBytes: ["9"] }],
  [["--", "--bind", "-x"], ["--bind", "-x"], {}],
  [["app", "--"], ["app"], {}],
  [["--no-control-socket", "app"], ["app"], { controlSocket: ["off"] }],
  [["-"], ["-"], {}],
  [["", "app"], ["", "app"], {}],
];

for (const [argv, positionals, given] of sorted) {
  test(`${JSON.stringify(argv)} is sorted`, () => {
    const result = sortArguments(argv);
    assert.equal(result.fault, null);
    assert.deepEqual(result.positionals, positionals);
    const texts = [...result.given].map(([key, values]) => [key, values.texts]);
    assert.deepEqual(Object.fromEntries(texts), given);
  });
}

const faults: readonly (readonly [argv: readonly string[], code: string, message: string])[] = [
  [["--worker", "2"], "unknown-option", "Unknown option --worker. Did you mean --workers?"],
  [["--worker=2"], "unknown-option", "Unknown option --worker. Did you mean --workers?"],
  [["--Bind", "x"], "unknown-option", "Unknown option --Bind. Did you mean --bind?"],
  [["-bind", "a:1"], "unknown-option", "Unknown option -bind. Did you mean --bind?"],
  [["-workers=2"], "unknown-option", "Unknown option -workers. Did you mean --workers?"],
  [
    ["--keepalive", "2"],
    "unknown-option",
    "Unknown option --keepalive. Did you mean --keep-alive?",
  ],
  [["--worker-kind", "x"], "unknown-option", "Unknown option --worker-kind."],
  [["-q"], "unknown-option", "Unknown option -q."],
  [["--\u001b[1m"], "unknown-option", 'Unknown option "--\\u001b[1m".'],
  [["--bind"], "missing-value", "--bind needs a value. Write --bind ADDRESS."],
  [["-b"], "missing-value", "-b needs a value. Write -b ADDRESS."],
  [
    ["--chdir", "--workers", "2"],
    "missing-value",
    "--chdir needs a value. A value that begins with a dash is written --chdir=--workers.",
  ],
  [["--check-config=yes"], "unexpected-value", "--check-config takes no value."],
  [["-hx"], "unexpected-value", "-h takes no value."],
  [["--nope", "--bind"], "unknown-option", "Unknown option --nope."],
];

for (const [argv, code, message] of faults) {
  test(`${JSON.stringify(argv)} is the fault ${code}`, () => {
    const { fault } = sortArguments(argv);
    assert.equal(fault?.code, code);
    assert.ok(fault.message.startsWith(message), fault.message);
  });
}

test("what follows a forgotten value is read as an option of its own", () => {
  const { given } = sortArguments(["--chdir", "--workers", "2"]);
  assert.deepEqual([...given.keys()], ["workers"]);
});

test("actions are found wherever they stand, after a fault too", () => {
  const { actions } = sortArguments(["--nope", "-v", "app", "--check-config", "-h"]);
  assert.deepEqual([...actions], ["version", "checkConfig", "help"]);
});

test("a flag that may stand alone takes the next word only when that is one of its values", () => {
  const read = (...argv: string[]): unknown[] => {
    const { given, positionals, fault } = sortArguments(argv);
    assert.equal(fault, null);
    return [given.get("proxyProtocol")?.texts, positionals];
  };
  assert.deepEqual(read("--proxy-protocol", "v2", "app"), [["v2"], ["app"]]);
  assert.deepEqual(read("--proxy-protocol", "OFF", "app"), [["OFF"], ["app"]]);
  assert.deepEqual(read("--proxy-protocol=v1", "app"), [["v1"], ["app"]]);
  assert.deepEqual(read("--proxy-protocol", "app"), [["auto"], ["app"]]);
  assert.deepEqual(read("app", "--proxy-protocol"), [["auto"], ["app"]]);
});
