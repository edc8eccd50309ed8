/** No file is written that nobody has asked for: what is there before a server runs is there after it, and nothing else. */
import assert from "node:assert/strict";
import { copyFileSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { lifeRequest } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";
import { ServerFolder } from "../support/server-processes.ts";
import { projectRoot, startServer } from "../support/server.ts";

/** Every name below the folder, with what changes when a file is written. */
function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .toSorted()
    .map((name) => {
      const stats = lstatSync(join(folder, name));
      return `${name} ${stats.size} ${stats.isDirectory() ? "" : stats.mtimeMs} ${stats.ino}`;
    });
}

/** Runs a server in folders of its own, and gives what they hold before and after. */
async function run(env: Readonly<Record<string, string>>): Promise<[string[], string[]]> {
  const folder = new ServerFolder();
  try {
    for (const name of ["app", "home", "temporary"]) mkdirSync(join(folder.path, name));
    const app = join(folder.path, "app");
    copyFileSync(`${projectRoot}test/apps/process/life.py`, join(app, "life.py"));
    const before = contents(folder.path);
    const [home, temporary] = [join(folder.path, "home"), join(folder.path, "temporary")];
    const server = await startServer(["--request-buffer", "1k", "--workers", "2", "life"], {
      cwd: app,
      env: { HOME: home, TMPDIR: temporary, XDG_CACHE_HOME: home, ...env },
    });
    const client = await RawClient.open(server.port);
    client.send(lifeRequest("/work?id=a", "x".repeat(50_000)));
    assert.equal((await client.answer()).status, 200);
    client.send(lifeRequest("/raise"));
    assert.equal((await client.answer()).status, 500);
    client.destroy();
    assert.equal((await server.stop()).code, 0);
    return [before, contents(folder.path)];
  } finally {
    folder.remove();
  }
}

test("a server writes no file: neither beside the application, nor in the home, nor a temporary one that stays", async () => {
  const [before, after] = await run({ PYTHONDONTWRITEBYTECODE: "1" });
  assert.deepEqual(after, before);
});

test("what Python writes by itself is its cache of compiled modules, and that is all", async () => {
  const [before, after] = await run({});
  const added = after.filter((line) => !before.includes(line) && !line.includes("__pycache__"));
  // The folder that holds the cache has grown by it.
  assert.deepEqual(
    added.filter((line) => !line.startsWith("app ")),
    [],
  );
});
