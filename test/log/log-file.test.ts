import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { LogFile } from "../../src/log/log-file.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-log-file-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function refuseErrors(error: Error): void {
  throw error;
}

test("what is there stays, text and bytes are appended, and all is in the file after close()", async () => {
  const path = join(folder, "appended");
  writeFileSync(path, "before\n");
  const file = new LogFile(path, refuseErrors);
  file.write("ä\n");
  file.write("\xe4\n", "latin1");
  file.write(Buffer.from("bytes\n"));
  await file.close();
  assert.equal(readFileSync(path).toString("latin1"), "before\n\xc3\xa4\n\xe4\nbytes\n");
});

test("after reopen() it goes on in a new file of the same name", async () => {
  const path = join(folder, "rotated");
  const file = new LogFile(path, refuseErrors);
  file.write("one\n");
  renameSync(path, `${path}.1`);
  file.write("two\n");
  file.reopen();
  file.write("three\n");
  await file.close();
  assert.equal(readFileSync(`${path}.1`, "utf8"), "one\ntwo\n");
  assert.equal(readFileSync(path, "utf8"), "three\n");
});

test("when it can't be opened again the old file goes on, and that is told", async () => {
  const inner = mkdtempSync(join(folder, "inner-"));
  const path = join(inner, "log");
  const told: string[] = [];
  const file = new LogFile(path, (error) => told.push(error.message));
  renameSync(inner, `${inner}.moved`);
  file.reopen();
  file.write("still\n");
  await file.close();
  assert.match(told.join(), /ENOENT/);
  assert.equal(readFileSync(join(`${inner}.moved`, "log"), "utf8"), "still\n");
});

test("a file that can't be opened is an error at once", () => {
  assert.throws(() => new LogFile(join(folder, "none", "log"), refuseErrors), /ENOENT/);
});
