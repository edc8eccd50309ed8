import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, beforeEach, test } from "node:test";

import type { InterpreterQuery } from "../../src/workers/interpreter.ts";
import { describeInterpreter, findInterpreter } from "../../src/workers/interpreter.ts";

const base = mkdtempSync(join(tmpdir(), "wizgy-interpreter-"));
after(() => rmSync(base, { recursive: true, force: true }));

// A fresh folder for each test: app/, cwd/ and bin/, which is the whole PATH.
let root = "";
let count = 0;
beforeEach(() => {
  count += 1;
  root = join(base, String(count));
  for (const folder of ["app", "cwd", "bin"]) mkdirSync(join(root, folder), { recursive: true });
});

function put(path: string, mode: number): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, "");
  chmodSync(full, mode);
  return full;
}

const executable = (path: string): string => put(path, 0o755);

function environment(path: string, python = "python"): string {
  put(`${path}/pyvenv.cfg`, 0o644);
  return executable(`${path}/bin/${python}`);
}

type Changes = Partial<Omit<InterpreterQuery, "env">> & { env?: Record<string, string> };

async function find(changes: Changes = {}): Promise<string> {
  const { env, ...rest } = changes;
  const result = await findInterpreter({
    python: null,
    appDir: join(root, "app"),
    cwd: join(root, "cwd"),
    ...rest,
    env: { PATH: join(root, "bin"), ...env },
  });
  if (result.kind === "fault") return `${result.code}: ${result.message.replaceAll(root, "")}`;
  return `${result.path.replace(root, "")}, ${describeInterpreter(result)}`;
}

test("each place wins over the ones that are looked at after it", async () => {
  executable("bin/python");
  assert.equal(await find(), "/bin/python, found on PATH");
  executable("bin/python3");
  assert.equal(await find(), "/bin/python3, found on PATH");
  environment("cwd/venv");
  const working = "the virtual environment in the working folder";
  assert.equal(await find(), `/cwd/venv/bin/python, ${working}`);
  environment("cwd/.venv");
  assert.equal(await find(), `/cwd/.venv/bin/python, ${working}`);
  environment("app/venv");
  const beside = "the virtual environment beside the application";
  assert.equal(await find(), `/app/venv/bin/python, ${beside}`);
  environment("app/.venv");
  assert.equal(await find(), `/app/.venv/bin/python, ${beside}`);
  environment("active");
  const env = { VIRTUAL_ENV: join(root, "active") };
  assert.equal(await find({ env }), "/active/bin/python, the active virtual environment");
  executable("chosen");
  assert.equal(await find({ env, python: join(root, "chosen") }), "/chosen, chosen by --python");
});

test("--python takes a path, relative to the working folder", async () => {
  executable("cwd/tools/python3.12");
  const found = await find({ python: "tools/python3.12" });
  assert.equal(found, "/cwd/tools/python3.12, chosen by --python");
});

test("--python takes a name on PATH", async () => {
  executable("bin/python3.12");
  assert.equal(await find({ python: "python3.12" }), "/bin/python3.12, chosen by --python");
});

test("--python takes the folder of a virtual environment, with or without a slash", async () => {
  environment("cwd/env", "python3");
  executable("bin/env");
  const found = "/cwd/env/bin/python3, chosen by --python";
  assert.equal(await find({ python: "env" }), found);
  assert.equal(await find({ python: "./env/" }), found);
});

test("a link is not followed: a virtual environment is known by its own path", async () => {
  executable("bin/python3");
  put("app/.venv/pyvenv.cfg", 0o644);
  mkdirSync(join(root, "app/.venv/bin"));
  symlinkSync(join(root, "bin/python3"), join(root, "app/.venv/bin/python"));
  assert.match(await find(), /^\/app\/\.venv\/bin\/python, /);
});

test("a folder called venv that is no virtual environment is passed over", async () => {
  executable("bin/python3");
  executable("app/venv/bin/python");
  assert.equal(await find(), "/bin/python3, found on PATH");
});

test("files on PATH that can't be run and folders are passed over", async () => {
  put("bin/python3", 0o644);
  mkdirSync(join(root, "bin/python"));
  executable("more/python");
  const env = { PATH: `${join(root, "bin")}::${join(root, "more")}` };
  assert.equal(await find({ env }), "/more/python, found on PATH");
});

test("an empty VIRTUAL_ENV counts as absent", async () => {
  executable("bin/python3");
  assert.equal(await find({ env: { VIRTUAL_ENV: "" } }), "/bin/python3, found on PATH");
});

type FaultCase = readonly [title: string, changes: () => Changes, fault: RegExp];

const faults: readonly FaultCase[] = [
  [
    "no Python at all",
    () => ({}),
    /^python-not-found: No python3 or python on PATH\. Install .* --python PATH\.$/,
  ],
  ["an empty PATH", () => ({ env: { PATH: "" } }), /^python-not-found: No python3/],
  [
    "--python with a path that isn't there",
    () => ({ python: "gone/python" }),
    /^python-not-found: --python: there is no \/cwd\/gone\/python\. Name /,
  ],
  [
    "--python with a name that is nowhere",
    () => ({ python: "python9" }),
    /^python-not-found: --python: there is no \/cwd\/python9, and no python9 on PATH\. Name /,
  ],
  [
    "--python with a file that can't be run",
    () => ({ python: put("cwd/notes", 0o644) }),
    /^python-not-executable: --python: \/cwd\/notes is not executable\. /,
  ],
  [
    "--python with a folder without a Python",
    () => ({ python: join(root, "app") }),
    /^python-not-found: --python: there is no bin\/python in the folder \/app\. /,
  ],
  [
    "an active virtual environment that is gone",
    () => ({ env: { VIRTUAL_ENV: join(root, "gone") } }),
    /^python-not-found: VIRTUAL_ENV names \/gone, and .* unset VIRTUAL_ENV, /,
  ],
];

for (const [title, changes, fault] of faults) {
  test(`${title} is a fault that says what to do`, async () => {
    if (title !== "no Python at all") executable("bin/python3");
    assert.match(await find(changes()), fault);
  });
}

test("a virtual environment whose Python is gone is a fault, not a reason to take another", async () => {
  executable("bin/python3");
  put("app/.venv/pyvenv.cfg", 0o644);
  mkdirSync(join(root, "app/.venv/bin"));
  symlinkSync(join(root, "gone"), join(root, "app/.venv/bin/python"));
  assert.match(
    await find(),
    /^python-not-found: The virtual environment \/app\/\.venv has no usable .* --clear /,
  );
});
