/**
 * What well-known projects give to gunicorn is given to the command under the name `gunicorn`: it is read as
 * gunicorn itself reads it, and served.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";

import { readCommand } from "../../src/control/settings-file.ts";
import { gunicornValues } from "../../src/options/gunicorn-values.ts";
import { noGevent } from "../support/gevent.ts";
import { type GunicornProject, gunicornProjects } from "../support/gunicorn-projects.ts";
import { hasGunicorn } from "../support/gunicorn.ts";
import { projectRoot, runCommand, startServer, testPython } from "../support/server.ts";

const root = mkdtempSync(join(tmpdir(), "wizgy-projects-"));
after(() => rmSync(root, { recursive: true, force: true }));
const program = join(root, "gunicorn");
symlinkSync(`${projectRoot}bin/wizgy.js`, program);

const skip = hasGunicorn() ? false : "gunicorn is not installed for this Python";

/** What gunicorn makes of a command line: the settings that differ from their defaults. */
const PRINT_VALUES = `
import json, sys
sys.path.remove("")  # A file of the project may be called gunicorn.py.
from gunicorn.app.wsgiapp import WSGIApplication
from gunicorn.config import make_settings
cfg = WSGIApplication().cfg
defaults = make_settings()
values = {name: setting.get() for name, setting in cfg.settings.items()}
plain = (str, int, float, bool, type(None))
print(json.dumps({name: value for name, value in values.items()
                  if value != defaults[name].get() and isinstance(value, plain)}))
`;

function makeFolder(project: GunicornProject): string {
  const folder = mkdtempSync(join(root, "project-"));
  const [module, name] = project.app;
  const callable = "def served(environ, start_response):\n    start_response('200 OK', [])\n";
  const factory = name.endsWith("()");
  const bound = factory ? `def ${name.slice(0, -2)}():\n    return served\n` : `${name} = served\n`;
  const files = {
    ...project.files,
    [`${module.replaceAll(".", "/")}.py`]: `${callable}    return [b"served"]\n${bound}`,
    "netbox/unused.py": "",
    "run/unused": "",
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

for (const project of gunicornProjects.filter(({ refused }) => refused === undefined)) {
  const { name, argv, env = {} } = project;
  const lacking = project.isGevent === true ? noGevent : false;

  test(`${name}: settings are those that gunicorn reads`, { skip: skip || lacking }, async () => {
    const folder = makeFolder(project);
    const environment = { ...process.env, ...env };
    const { stdout, stderr } = spawnSync(testPython, ["-c", PRINT_VALUES, ...argv], {
      cwd: folder,
      env: environment,
      encoding: "utf8",
    });
    assert.notEqual(stdout, "", stderr);
    const theirs = JSON.parse(stdout) as Record<string, unknown>;
    const before = process.cwd();
    process.chdir(folder);
    const words = ["--gunicorn-compat", "--python", testPython, ...argv];
    const command = await readCommand(words, environment).finally(() => process.chdir(before));
    assert.ok(command.kind === "serve", JSON.stringify(command));
    const ours: Record<string, unknown> = {
      ...gunicornValues(command.settings),
      wsgi_app: command.settings.app,
    };
    // Named otherwise, or documented as different.
    const apart = ["config", "worker_tmp_dir", "chdir", "pidfile", "umask"];
    const unlimited = (key: string): boolean =>
      key.startsWith("limit_request_") && theirs[key] === 0;
    for (const [key, value] of Object.entries(theirs)) {
      if (apart.includes(key) || !(key in ours)) continue;
      const shown = typeof ours[key] === "string" ? ours[key].toLowerCase() : ours[key];
      const wanted = typeof value === "string" ? value.toLowerCase() : value;
      assert.deepEqual(shown, unlimited(key) ? 65_536 : wanted, key);
    }
  });

  test(`${name}: is served`, { skip: lacking }, async () => {
    const cwd = makeFolder(project);
    // The test's own way of binding stays out of it: these bring their own.
    const server = await startServer([...argv, "-b", "127.0.0.1:0"], { cwd, env, program });
    try {
      assert.equal(await (await fetch(server.origin)).text(), "served");
      if (project.says !== undefined) await server.waitForLog(project.says);
    } finally {
      assert.equal((await server.stop()).code, 0);
    }
  });
}

for (const project of gunicornProjects) {
  if (project.refused === undefined) continue;
  test(`${project.name}: is refused with a sentence`, async () => {
    const cwd = makeFolder(project);
    const { code, stderr } = await runCommand(project.argv, { cwd, program });
    assert.match(stderr, project.refused!);
    assert.equal(code, 1);
  });
}
