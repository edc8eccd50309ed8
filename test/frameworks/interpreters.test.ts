/**
 * The same smoke set on every interpreter that is here: CPython from 3.9 on, PyPy, and free-threaded
 * builds. Only the standard library, so that nothing has to be installed into them. An interpreter
 * is looked for on PATH and among those of pyenv, and skipped by name where there is none.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { type RunningServer, startServer } from "../support/server.ts";
import { Browser } from "./browser.ts";
import { exercises } from "./record.ts";

/** Names of the commands. */
const wanted: readonly string[] = [
  ...["python3.9", "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"],
  ...["python3.13t", "python3.14t", "pypy3"],
];

const app = "test/apps/frameworks/smoke_app.py";
const describePython = `import platform, sys, sysconfig
name = platform.python_implementation()
number = platform.python_version()
if name == "PyPy":
    number = ".".join(map(str, sys.pypy_version_info[:3])) + " (Python " + number + ")"
print(name, number, "free-threaded" if sysconfig.get_config_var("Py_GIL_DISABLED") else "")
print(sys.version.replace("\\n", " "))`;

const large = Buffer.alloc(2_500_000, "line of the upload\n");

for (const name of wanted) {
  const python = findInterpreter(name);
  if (python === null) {
    test(`${name} serves the smoke set`, { skip: `there is no ${name}` });
    continue;
  }
  describe(`${name} (${python.name})`, () => {
    for (const threads of ["1", "4"]) smokeSet(python, threads);
  });
}

function smokeSet(python: Interpreter, threads: string): void {
  describe(`with ${threads} threads`, () => {
    let server: RunningServer | null = null;
    let browser = new Browser("");
    const exercise = exercises({ kind: "interpreter", name: python.name });
    before(async () => {
      server = await startServer(["--python", python.path, "--threads", threads, "-w", "2", app]);
      browser = new Browser(server.origin);
    });
    after(async () => server?.stop());

    exercise("it runs this interpreter", async () => {
      assert.equal((await browser.get("/version")).text, python.version);
    });

    exercise("path, query and header outside ASCII pass wsgiref's validator", async () => {
      const page = await browser.get("/echo/nö?q=é", { "X-Note": "café" });
      assert.equal(page.text, "/echo/nö q=%C3%A9 café");
    });

    exercise("a small and a large body are counted, with a length and chunked", async () => {
      for (const body of [Buffer.from("small"), large]) {
        assert.equal((await browser.send("POST", "/count", { body })).text, String(body.length));
        const stream = new Blob([body]).stream();
        const chunked = await browser.send("POST", "/count", { body: stream, duplex: "half" });
        assert.equal(chunked.text, String(body.length));
      }
    });

    exercise("blocks, write() and a file arrive whole", async () => {
      assert.equal((await browser.get("/blocks")).text, "block\n".repeat(1000));
      assert.equal((await browser.get("/write")).text, "written, returned");
      assert.match((await browser.get("/file")).text, /^"""What every interpreter has to serve/);
    });

    exercise("an exception is a 500, and the next request is answered", async () => {
      assert.equal((await browser.get("/raise")).status, 500);
      await server?.waitForLog(/RuntimeError: raised on purpose/);
      assert.equal((await browser.get("/version")).text, python.version);
    });

    exercise("two hundred requests at once are answered, each with its own answer", async () => {
      const numbers = Array.from({ length: 200 }, (_, number) => number);
      const pages = await Promise.all(numbers.map((number) => browser.get(`/echo/${number}?q=1`)));
      for (const [number, page] of pages.entries())
        assert.equal(page.text, `/echo/${number} q=1 -`);
    });

    exercise("it stops with 0, and nothing is in the log that wasn't on purpose", async () => {
      const ended = await server?.stop();
      assert.equal(ended?.code, 0);
      const log = ended.stderr.replace(/Traceback[^]*?RuntimeError: raised on purpose/g, "");
      assert.doesNotMatch(log, /Traceback|AssertionError|Warning/);
    });
  });
}

interface Interpreter {
  readonly path: string;
  /** As sys.version tells it, in one line. */
  readonly version: string;
  /** `CPython 3.12.1`, and whether it is free-threaded. */
  readonly name: string;
}

function findInterpreter(name: string): Interpreter | null {
  for (const path of [name, ...pyenvPaths(name)]) {
    const { status, stdout } = spawnSync(path, ["-c", describePython], { encoding: "utf8" });
    // A shim of pyenv stands for versions that aren't switched on: it ends with an error.
    if (status !== 0) continue;
    const [python = "", version = ""] = stdout.trim().split("\n");
    return { path, version, name: python.trim() };
  }
  return null;
}

/** Those of that name that pyenv keeps, newest first. */
function pyenvPaths(name: string): readonly string[] {
  const versions = join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions");
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .toSorted((one, other) => other.localeCompare(one, "en", { numeric: true }))
    .map((version) => join(versions, version, "bin", name))
    .filter((path) => existsSync(path));
}
