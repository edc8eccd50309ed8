import assert from "node:assert/strict";
import { test } from "node:test";

import type { LogLevel } from "../../src/base/log.ts";
import { ErrorLog, timestamp } from "../../src/log/error-log.ts";

// For this process alone, before the first use.
process.env["TZ"] = "Asia/Kathmandu";

const LEVELS: readonly LogLevel[] = ["debug", "info", "warning", "error", "critical"];

test("an entry is the time, the process, the level and the text, in one write", () => {
  const [entry, ...others] = written((log) => log.write("warning", "what happened"));
  assert.deepEqual(others, []);
  assert.match(
    entry!,
    /^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0545\] \[\d+\] \[WARNING\] what happened\n$/,
  );
  assert.ok(entry!.includes(`[${process.pid}]`));
});

test("times are local, with their offset", () => {
  assert.equal(timestamp(new Date("2026-01-02T03:04:05Z")), "2026-01-02 08:49:05 +0545");
});

for (const [least, level] of LEVELS.entries()) {
  test(`at the level ${level} everything below it is left out`, () => {
    const entries = written((log) => {
      for (const each of LEVELS) log.write(each, "x");
    }, level);
    assert.deepEqual(
      entries.map((entry) => /\[([A-Z]+)\] x/.exec(entry)?.[1]?.toLowerCase()),
      LEVELS.slice(least),
    );
  });
}

test("lines after the first are indented, so that no text can fake an entry", () => {
  const [entry] = written((log) =>
    log.write("info", "one\n[2026-01-01 …] [1] [INFO] two\n\nthree"),
  );
  assert.deepEqual(entry!.split("\n").slice(1), [
    "  [2026-01-01 …] [1] [INFO] two",
    "  ",
    "  three",
    "",
  ]);
});

const escapes: readonly (readonly [string, string])[] = [
  ["a\rb", "a\\x0db"],
  ["\x1b[2J", "\\x1b[2J"],
  ["\x00\x08\x0b\x7f", "\\x00\\x08\\x0b\\x7f"],
  ["\x9b2J\x80\x9f", "\\x9b2J\\x80\\x9f"],
  ["a\tb", "a\tb"],
  ["café € \u{1f600}", "café € \u{1f600}"],
];

for (const [text, shown] of escapes) {
  test(`no text can drive a terminal: ${JSON.stringify(text)}`, () => {
    const [entry] = written((log) => log.write("error", text));
    assert.ok(entry!.endsWith(`[ERROR] ${shown}\n`), JSON.stringify(entry));
  });
}

function written(what: (log: ErrorLog) => void, level: LogLevel = "debug"): string[] {
  const entries: string[] = [];
  what(new ErrorLog(level, { write: (text) => entries.push(text) }));
  return entries;
}
