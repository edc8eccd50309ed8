/** docs/guide/from-gunicorn.md "Signals and exit codes": both columns, tried on both servers. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { hasGunicorn, startGunicorn } from "../support/gunicorn.ts";
import { projectRoot, runCommand, startServer, testPython } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-exit-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, "gunicorn");
symlinkSync(`${projectRoot}bin/wizgy.js`, program);
const skip = hasGunicorn() ? false : "gunicorn is not installed for this Python";

for (const [name, text] of Object.entries({
  good: "def app(environ, start_response):\n    start_response('200 OK', [])\n    return []\n",
  broken: "import no_such_module\n",
  syntax: "def app(:\n",
  boot: "def post_worker_init(worker):\n    raise ValueError('no')\n",
})) {
  writeFileSync(join(folder, `${name}.py`), text);
}

const BIND = ["-b", "127.0.0.1:0"];
const ends: readonly (readonly [argv: readonly string[], ours: number, theirs: number])[] = [
  [["--version"], 0, 0],
  [["--check-config", "good:app"], 0, 0],
  [["-c", "none.py", "good:app"], 1, 1],
  [["--timeout", "-1", "good:app"], 1, 1],
  [["--no-such-flag", "good:app"], 1, 2],
  [["--workers", "many", "good:app"], 1, 2],
  [[], 2, 1],
  [[...BIND, "-c", "boot.py", "good:app"], 3, 3],
  [[...BIND, "good:none"], 4, 4],
  [[...BIND, "broken:app"], 4, 3],
  [[...BIND, "syntax:app"], 4, 3],
  [["--check-config", "broken:app"], 4, 1],
];
for (const [argv, ours, theirs] of ends) {
  const words = argv.filter((word) => !BIND.includes(word)).join(" ") || "nothing";

  test(`${words}: exit code ${ours}`, async () => {
    const ended = await runCommand(argv, { cwd: folder, program });
    assert.equal(ended.code, ours, ended.stderr);
  });

  test(`${words}: gunicorn's is ${theirs}`, { skip, timeout: 60_000 }, () => {
    const { status, stderr } = spawnSync(
      testPython,
      ["-m", "gunicorn", "--no-control-socket", ...argv],
      { cwd: folder, encoding: "utf8" },
    );
    assert.equal(status, theirs, stderr);
  });
}

for (const signal of ["SIGTERM", "SIGINT", "SIGQUIT"] as const) {
  test(`${signal}: exit code 0`, async () => {
    const server = await startServer(["good:app"], { cwd: folder, program });
    assert.equal((await server.stop(signal)).code, 0);
  });

  test(`${signal}: gunicorn's exit code is 0`, { skip, timeout: 60_000 }, async () => {
    const server = await startGunicorn(["good:app"], folder);
    assert.equal(await server.stop(signal), 0);
  });
}
