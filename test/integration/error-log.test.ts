/** --error-logfile and --capture-output: what goes to the file, and what does not. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { ServerFolder, until } from "../support/server-processes.ts";
import { runCommand, startServer } from "../support/server.ts";

const BOUND_MS = 30_000;
const folder = mkdtempSync(join(tmpdir(), "wizgy-error-log-"));
after(() => rmSync(folder, { recursive: true, force: true }));

writeFileSync(
  join(folder, "telling.py"),
  `import os, sys
def app(environ, start_response):
    word = environ["PATH_INFO"][1:]
    print("to stderr", word, file=sys.stderr, flush=True)
    print("to stdout", word, flush=True)
    environ["wsgi.errors"].write("to wsgi.errors %s\\n" % word)
    start_response("200 OK", [])
    return [b"%d" % os.getpid()]
`,
);

function has(path: string, text: string): Promise<void> {
  return until(BOUND_MS, () => {
    const content = readFileSync(path, "utf8");
    return content.includes(text) ? null : `${JSON.stringify(text)} is not in:\n${content}`;
  });
}

test("the log and the application's standard error are in the file, its standard output is not", async () => {
  const path = join(folder, "plain.log");
  const server = await startServer(["--error-logfile", path, "telling:app"], { cwd: folder });
  await (await fetch(`${server.origin}/one`)).text();
  await has(path, "to wsgi.errors one");
  const ended = await server.stop();
  const content = readFileSync(path, "utf8");
  assert.match(content, /^to stderr one$/m);
  assert.match(content, /\[INFO\] Stopping/);
  assert.doesNotMatch(content, /to stdout/);
  assert.match(ended.stdout, /to stdout one/);
  assert.doesNotMatch(ended.stderr, /to stderr|Stopping/);
  assert.equal(ended.code, 0);
});

test("with --capture-output standard output is there as well", async () => {
  const path = join(folder, "captured.log");
  const flags = ["--log-file", path, "--capture-output", "telling:app"];
  const server = await startServer(flags, { cwd: folder });
  await (await fetch(`${server.origin}/one`)).text();
  await has(path, "to stdout one");
  assert.equal((await server.stop()).stdout, "");
});

test("USR1 opens the file again, for the log and for workers that are there", async () => {
  const path = join(folder, "rotated.log");
  const server = await startServer(["--error-logfile", path, "telling:app"], { cwd: folder });
  await (await fetch(`${server.origin}/old`)).text();
  await has(path, "to stderr old");
  renameSync(path, `${path}.1`);
  process.kill(server.pid, "SIGUSR1");
  await until(BOUND_MS, async () => {
    await (await fetch(`${server.origin}/new`)).text();
    try {
      return readFileSync(path, "utf8").includes("to stderr new") ? null : "no line of the worker";
    } catch {
      return "the file is not there again";
    }
  });
  await server.stop();
  assert.match(readFileSync(path, "utf8"), /\[INFO\] Stopping/);
  assert.doesNotMatch(readFileSync(path, "utf8"), /to stderr old/);
});

test("workers that outlive the process that forked them go on writing there", async () => {
  const path = join(folder, "orphans.log");
  const temporary = new ServerFolder();
  after(() => temporary.remove());
  const options = { cwd: folder, env: { TMPDIR: temporary.path } };
  const server = await startServer(["--error-logfile", path, "telling:app"], options);
  const worker = Number(await (await fetch(`${server.origin}/before`)).text());
  process.kill(temporary.nursery(server.pid), "SIGKILL");
  await has(path, "a new one starts");
  assert.equal(Number(await (await fetch(`${server.origin}/after`)).text()), worker);
  await has(path, "to stderr after");
  await server.stop();
});

test("a file that can't be written ends the start", async () => {
  const { code, stderr } = await runCommand(
    ["--error-logfile", "no/such/folder/log", "-b", "127.0.0.1:0", "telling:app"],
    { cwd: folder },
  );
  assert.equal(code, 1);
  assert.match(
    stderr,
    /--error-logfile no\/such\/folder\/log: this file can't be written \(ENOENT/,
  );
});
