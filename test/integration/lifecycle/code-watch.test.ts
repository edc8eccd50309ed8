/** --reload: changed files are seen. And settings in a file are read again. */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { RawClient } from "../../support/raw-client.ts";
import { type RunningServer, startServer } from "../../support/server.ts";

/** Starts a server with an application `app.py` that answers with a text; stops it at the end. */
async function withEdited(
  args: readonly string[],
  use: (server: RunningServer, folder: string, ask: () => Promise<string>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-edited-"));
  writeFileSync(join(folder, "app.py"), app("one"));
  writeFileSync(join(folder, "wizgy.toml"), "");
  let server: RunningServer | null = null;
  try {
    const started = await startServer([...args, "app"], { cwd: folder });
    server = started;
    await use(started, folder, async () => (await fetch(started.origin)).text());
  } finally {
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function app(text: string): string {
  return `def application(environ, start_response):\n    start_response("200 OK", [])\n    return [b"${text}"]\n`;
}

test("--reload: a changed file is loaded; broken code is told in the log and the last good one serves", async () => {
  await withEdited(["--reload"], async (server, folder, ask) => {
    await server.waitForLog(/Watching .* \(--reload\)/);
    assert.equal(await ask(), "one");
    writeFileSync(join(folder, "app.py"), "this is no Python\n");
    await server.waitForLog(/app\.py has changed\.\n[^]*The reload failed, [^]*SyntaxError/);
    assert.equal(await ask(), "one");
    writeFileSync(join(folder, "app.py"), app("three"));
    await server.waitForLog(/Reloaded in/);
    assert.equal(await ask(), "three");
  });
});

test("--reload: templates count, and what is not the application's own does not", async () => {
  await withEdited(["--reload"], async (server, folder) => {
    await server.waitForLog(/Watching .* \(--reload\)/);
    for (const name of [".git", "node_modules", "__pycache__"]) {
      mkdirSync(join(folder, name), { recursive: true });
      writeFileSync(join(folder, name, "foreign.py"), "");
    }
    writeFileSync(join(folder, "picture.png"), "");
    mkdirSync(join(folder, "templates"));
    writeFileSync(join(folder, "templates", "page.html"), "");
    await server.waitForLog(/templates\/page\.html has changed\./);
    await server.waitForLog(/Reloaded in/);
    assert.doesNotMatch(server.stderr(), /foreign|picture/);
  });
});

test("--reload-extra-file: a file counts whatever its ending, and a folder stands for its files", async () => {
  const extra = mkdtempSync(join(tmpdir(), "wizgy-extra-"));
  mkdirSync(join(extra, "data"));
  writeFileSync(join(extra, "words.txt"), "");
  const named = ["words.txt", "data", "none"].map((name) => join(extra, name)).join(",");
  try {
    await withEdited(["--reload", "--reload-extra-file", named], async (server) => {
      await server.waitForLog(/Watching .*words\.txt, .*data \(--reload\)/);
      assert.match(server.stderr(), /\[WARNING\] --reload-extra-file: there is no .*none, /);
      writeFileSync(join(extra, "other.txt"), "");
      writeFileSync(join(extra, "words.txt"), "changed");
      await server.waitForLog(/words\.txt has changed\./);
      await server.waitForLog(/Reloaded in/);
      writeFileSync(join(extra, "data", "numbers.bin"), "");
      await server.waitForLog(/data\/numbers\.bin has changed\./);
      assert.doesNotMatch(server.stderr(), /other\.txt/);
    });
  } finally {
    rmSync(extra, { recursive: true, force: true });
  }
});

test("HUP reads the settings file again: workers and limits are those that it says now", async () => {
  await withEdited(["--config", "wizgy.toml"], async (server, folder, ask) => {
    assert.equal(await ask(), "one");
    writeFileSync(join(folder, "wizgy.toml"), "workers = 2\nlimit-request-fields = 1\n");
    process.kill(server.pid, "SIGHUP");
    await server.waitForLog(/Reloaded in [\d.]+ s: 2 new workers serve/);
    const client = await RawClient.open(server.port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n");
    assert.equal((await client.answer()).status, 431);
    client.destroy();
    writeFileSync(join(folder, "wizgy.toml"), "workers = 3\nbacklog = 7\n");
    process.kill(server.pid, "SIGHUP");
    await server.waitForLog(/The setting backlog has changed: that needs a restart of the server/);
    assert.equal(await ask(), "one");
    writeFileSync(join(folder, "wizgy.toml"), "wokers = 3\n");
    process.kill(server.pid, "SIGHUP");
    await server.waitForLog(/The reload failed, and the workers that are there go on: .*wokers/);
    assert.equal(await ask(), "one");
  });
});
