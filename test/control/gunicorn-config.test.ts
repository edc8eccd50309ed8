import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { readCommand } from "../../src/control/settings-file.ts";
import { projectRoot, runCommand, testPython } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-gunicorn-"));
after(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

async function read(path: string): Promise<Awaited<ReturnType<typeof readCommand>>> {
  return readCommand(["--python", testPython, "--config", path], {});
}

test("Python evaluates the file, with its imports, its own path and what it prints", async () => {
  const path = fileOf(
    "real.py",
    `import os, pathlib, multiprocessing
print("printed by the file")
here = pathlib.Path(__file__).parent
wsgi_app = "shop.wsgi"
chdir = here
workers = multiprocessing.cpu_count() * 0 + 3
raw_env = ("A=" + os.path.basename(__file__),)
`,
  );
  const command = await read(path);
  assert.ok(command.kind === "serve", JSON.stringify(command));
  const { app, chdir, workers, env, config } = command.settings;
  assert.deepEqual(
    { app, chdir, workers, env, config },
    { app: "shop.wsgi", chdir: folder, workers: 3, env: { A: "real.py" }, config: path },
  );
});

test("a file that raises is refused with Python's traceback", async () => {
  const command = await read(fileOf("broken.py", "workers = 1\nworkers = wrkrs\n"));
  assert.ok(command.kind === "fault");
  assert.match(
    command.message,
    /broken\.py can't be evaluated by Python\.\nTraceback .*\n {2}File ".*broken\.py", line 2/,
  );
  assert.match(command.message, /\nNameError: name 'wrkrs' is not defined/);
  assert.equal(command.exitCode, 1);
});

test("a wrong value is named with the line of the file", async () => {
  const command = await read(fileOf("wrong.py", 'wsgi_app = "a"\n\nworkers = "many"\n'));
  assert.ok(command.kind === "fault");
  assert.match(command.message, /wrong\.py:3: workers: "many" is not accepted\. It takes a whole/);
});

test("gunicorn.conf.py and GUNICORN_CMD_ARGS are read with --gunicorn-compat alone", async () => {
  fileOf("gunicorn.conf.py", "threads = 5\nbacklog = 5\n");
  const env = { GUNICORN_CMD_ARGS: "--threads 6" };
  const args = ["--python", testPython, "--print-config", "shop:app"];
  const plain = await runCommand(args, { cwd: folder, env });
  assert.match(plain.stdout, /^threads = 1 # default$/m);
  const compat = await runCommand(["--gunicorn-compat", ...args], { cwd: folder, env });
  assert.match(compat.stdout, /^threads = 6 # GUNICORN_CMD_ARGS$/m);
  assert.match(compat.stdout, /^backlog = 5 # gunicorn\.conf\.py:2$/m);
});

test("called by the name gunicorn it reads what gunicorn reads", async () => {
  const path = join(folder, "gunicorn");
  symlinkSync(join(projectRoot, "bin", "wizgy.js"), path);
  fileOf("gunicorn.conf.py", "threads = 5\n");
  const args = ["--python", testPython, "--print-config", "shop:app"];
  const { stdout, stderr } = await runCommand(args, { cwd: folder, program: path });
  assert.match(stdout, /^threads = 5 # gunicorn\.conf\.py:1$/m, stderr);
});
