import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import type { AccessEntry } from "../../src/http/access-entry.ts";
import { renderAccessLine } from "../../src/log/access-line.ts";
import { AccessLog, wholeLines } from "../../src/log/access-log.ts";

// For this process alone, before the first use: half an hour off, west of Greenwich.
process.env["TZ"] = "America/St_Johns";
const DATE = new Date("2026-01-02T03:04:05Z");

const LINE: AccessEntry = {
  remoteAddress: "127.0.0.1",
  method: "GET",
  target: "/a?b",
  host: "127.0.0.1:8000",
  version: 11,
  status: 200,
  bodyBytes: 5,
  referer: "http://a/",
  userAgent: "curl/8",
  durationMs: 0,
  workerPid: 0,
  fields: null,
  answerHead: "",
};

test("a line is in the combined format, in local time", () => {
  assert.equal(
    renderAccessLine(LINE, DATE),
    '127.0.0.1 - - [01/Jan/2026:23:34:05 -0330] "GET /a?b HTTP/1.1" 200 5 "http://a/" "curl/8"\n',
  );
});

test("what is not known is a hyphen", () => {
  const line = renderAccessLine(
    { ...LINE, remoteAddress: "", referer: "", userAgent: "", version: 10, bodyBytes: 0 },
    DATE,
  );
  assert.match(line, /^- - - \[.*\] "GET \/a\?b HTTP\/1\.0" 200 0 "-" "-"\n$/);
});

const escapes: readonly (readonly [string, string])[] = [
  ['a"b', 'a\\"b'],
  ["a\\b", "a\\\\b"],
  ["a\r\n127.0.0.1 - -", "a\\x0d\\x0a127.0.0.1 - -"],
  ["\x1b[2J\x00\x7f", "\\x1b[2J\\x00\\x7f"],
  ["\x80\x9b\x9f", "\\x80\\x9b\\x9f"],
  ["caf\xe9 \xa0", "caf\xe9 \xa0"],
];

for (const [sent, written] of escapes) {
  test(`a client can't fake a line or drive a terminal: ${JSON.stringify(sent)}`, () => {
    for (const field of ["method", "target", "referer", "userAgent"] as const) {
      const line = renderAccessLine({ ...LINE, [field]: sent }, DATE);
      assert.ok(line.includes(written), line);
      assert.equal(line.indexOf("\n"), line.length - 1);
      assert.equal(line.split(/(?<!\\)(?:\\\\)*"/).length, 7, "six quotation marks are ours");
    }
  });
}

test("lines are appended to the file in their order and as latin-1; close waits for them", async (t) => {
  const path = join(scratch(t), "access.log");
  writeFileSync(path, "before\n");
  const log = new AccessLog(path, assert.ifError);
  log.write({ ...LINE, target: "/caf\xe9" }, DATE);
  log.write({ ...LINE, target: "/second" }, DATE);
  log.flush();
  log.write({ ...LINE, target: "/third" }, DATE);
  await log.close();
  const [before, ...lines] = readFileSync(path, "latin1").split("\n");
  assert.equal(before, "before");
  assert.deepEqual(
    lines.map((line) => / (\/\S+) HTTP/.exec(line)?.[1]),
    ["/caf\xe9", "/second", "/third", undefined],
  );
});

test("lines that nobody flushes are written before long", { timeout: 10_000 }, async (t) => {
  const path = join(scratch(t), "access.log");
  const log = new AccessLog(path, assert.ifError);
  log.write(LINE, DATE);
  while (!readOr(path, "").endsWith("\n")) await new Promise((resolve) => setImmediate(resolve));
  await log.close();
  assert.equal(readFileSync(path, "latin1"), renderAccessLine(LINE, DATE));
});

test("a file that can't be opened is thrown at once, with the system's reason", (t) => {
  const path = join(scratch(t), "no-folder", "access.log");
  assert.throws(() => new AccessLog(path, assert.ifError), { code: "ENOENT" });
});

const full = existsSync("/dev/full") ? false : "there is no /dev/full";
test(
  "a file that can't be written is told, not thrown",
  { skip: full, timeout: 10_000 },
  async () => {
    const error = await new Promise<Error>((resolve) => {
      const log = new AccessLog("/dev/full", resolve);
      log.write(LINE, DATE);
      log.flush();
    });
    assert.match(error.message, /ENOSPC/);
  },
);

test("a line to standard output leaves with flush", (t) => {
  const written: unknown[] = [];
  t.mock.method(process.stdout, "write", (text: string, encoding: string) => {
    written.push([text, encoding]);
    return true;
  });
  const log = new AccessLog(null, assert.ifError);
  log.write(LINE, DATE);
  log.flush();
  log.flush();
  t.mock.restoreAll();
  assert.deepEqual(written, [[renderAccessLine(LINE, DATE), "latin1"]]);
});

function scratch(t: { after(what: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-log-"));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

function readOr(path: string, otherwise: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return otherwise; // Not made yet.
  }
}

test("lines that several processes write are cut between lines only", () => {
  const lines = "abcdefgh".split("").map((letter) => `${letter.repeat(9)}\n`);
  const text = lines.join("");
  assert.deepEqual(wholeLines(text, 80), [text]);
  assert.deepEqual(wholeLines(text, 79), [lines.slice(0, 7).join(""), lines[7]]);
  assert.deepEqual(
    wholeLines(text, 20),
    [0, 2, 4, 6].map((at) => lines.slice(at, at + 2).join("")),
  );
  // One that is longer than that stays in one piece.
  const long = `${"x".repeat(30)}\n`;
  assert.deepEqual(wholeLines(`a\n${long}b\n`, 10), ["a\n", long, "b\n"]);
  assert.deepEqual(wholeLines("x".repeat(30), 10), ["x".repeat(30)]);
  for (let max = 1; max <= 90; max++) assert.equal(wholeLines(text, max).join(""), text);
});
