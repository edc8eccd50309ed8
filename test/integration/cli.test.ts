import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { main } from "../../src/cli.ts";
import { renderHelp } from "../../src/options/help.ts";

/** Runs the command line in this process, with what it writes caught. */
async function run(argv: readonly string[]) {
  const written = { stdout: "", stderr: "" };
  const code = await main(
    argv,
    {},
    {
      stdout: { write: (text: string) => (written.stdout += text) },
      stderr: { write: (text: string) => (written.stderr += text) },
    },
  );
  return { code, ...written };
}

test("--help goes to standard output and ends with 0", async () => {
  assert.deepEqual(await run(["--help"]), { code: 0, stdout: renderHelp(), stderr: "" });
});

test("--version prints the version of the package", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  assert.deepEqual(await run(["-v"]), { code: 0, stdout: `wizgy ${version}\n`, stderr: "" });
});

test("without an application it says how to name one and ends with 2", async () => {
  const { code, stdout, stderr } = await run([]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(
    stderr,
    /^wizgy: Provide a WSGI application object as module:callable, for example\n/,
  );
});

test("a wrong setting is one line on standard error and ends with 1", async () => {
  const { code, stdout, stderr } = await run(["--worker", "2", "app"]);
  assert.equal(code, 1);
  assert.equal(stdout, "");
  assert.match(stderr, /^wizgy: Unknown option --worker\. Did you mean --workers\?.*\n$/);
});

const bin = (...args: string[]) =>
  spawnSync(process.execPath, ["bin/wizgy.js", ...args], { encoding: "utf8", timeout: 20_000 });

test("the command itself ends with the exit code and writes what it should", () => {
  const help = bin("-h");
  assert.deepEqual([help.status, help.stdout, help.stderr], [0, renderHelp(), ""]);
  const fault = bin("--threads=0", "app");
  assert.equal(fault.status, 1);
  assert.equal(
    fault.stderr,
    'wizgy: --threads: "0" is not accepted. It takes a whole number from 1 to 1024.\n',
  );
  assert.equal(bin().status, 2);
});
