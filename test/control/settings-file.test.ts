import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { readCommand } from "../../src/control/settings-file.ts";
import { defaultSettings } from "../../src/options/settings.ts";
import { runCommand, startServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-config-"));
after(() => rmSync(folder, { recursive: true }));

function fileOf(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** Reads it by name; the message when it can't be followed. */
async function read(path: string, argv: readonly string[] = []): Promise<unknown> {
  const command = await readCommand([...argv, "--config", path], {});
  return command.kind === "fault" ? command.message : command;
}

test("a TOML file and a JSON file say the same", async () => {
  const toml = fileOf("same.toml", 'app = "a:b"\nworkers = 2\n[env]\nA = "1"\n');
  const json = fileOf(
    "same.json",
    '\ufeff{"$schema": "x", "app": "a:b", "workers": 2, "env": {"A": "1"}}',
  );
  const settings = { ...defaultSettings("a:b"), workers: 2, env: { A: "1" } };
  assert.deepEqual(await read(toml), { kind: "serve", settings: { ...settings, config: toml } });
  assert.deepEqual(await read(json), { kind: "serve", settings: { ...settings, config: json } });
});

test("a file that is no TOML or no JSON is refused with its line", async () => {
  const toml = fileOf("broken.toml", 'app = "a"\nworkers = = 2\n');
  assert.match(String(await read(toml)), /broken\.toml:2: ./);
  const json = fileOf("broken.json", '{"app": "a",\n "workers": ?}');
  assert.match(String(await read(json)), /broken\.json(?::2)?: ./);
});

test("a file that isn't there is refused, and off reads none", async () => {
  const absent = join(folder, "absent.toml");
  assert.match(
    String(await read(absent)),
    /^--config .*absent\.toml: this file can't be read \(ENOENT/,
  );
  const settings = { ...defaultSettings("a"), config: "off" };
  assert.deepEqual(await read("off", ["a"]), { kind: "serve", settings });
});

test("WIZGY_CONFIG names the file as well", async () => {
  const path = fileOf("variable.toml", 'app = "named:here"');
  const command = await readCommand([], { WIZGY_CONFIG: path });
  assert.ok(command.kind === "serve");
  assert.equal(command.settings.app, "named:here");
});

test("what --print-config prints is a settings file that says the same, with the origin of each setting", async () => {
  const path = fileOf(
    "first.toml",
    'app = "a:b"\nthreads = 3\nbind = [":1", ":2"]\numask = "027"\nenv.Q = "\\"\\u007f\\\\"\nstatic-listing = true\n',
  );
  const environment = { WIZGY_KEEP_ALIVE: "2.5", PORT: "1" };
  const argv = ["-w", "auto", "--tls-min-version=1.3", "--access-logfile", "-"];
  const printed = await readCommand([...argv, "--config", path, "--print-config"], environment);
  assert.ok(printed.kind === "print");
  assert.match(printed.text, /^workers = "auto" # -w$/m);
  assert.match(printed.text, /^threads = 3 # .*first\.toml:2$/m);
  assert.match(printed.text, /^keep-alive = 2\.5 # WIZGY_KEEP_ALIVE$/m);
  assert.match(printed.text, /^backlog = 2048 # default$/m);
  assert.match(printed.text, /^# chdir is not set$/m);
  assert.match(printed.text, /^\[env\] # .*first\.toml:5$/m);

  const second = fileOf("second.toml", printed.text);
  const before = await readCommand([...argv, "--config", path], environment);
  const again = await readCommand(["--config", second], {});
  assert.ok(before.kind === "serve" && again.kind === "serve", JSON.stringify(again));
  assert.deepEqual({ ...again.settings, config: path }, before.settings);
});

test("wizgy.toml of the working folder starts the server, which names it", async () => {
  fileOf(
    "wizgy.toml",
    'app = "small:app"\nbind = "127.0.0.1:0"\nthreads = 2\n[env]\nWORD = "from the file"\n',
  );
  fileOf(
    "small.py",
    'import os\ndef app(environ, start_response):\n    start_response("200 OK", [])\n    return [os.environ["WORD"].encode()]\n',
  );
  const server = await startServer(["--bind", "127.0.0.1:0"], { cwd: folder });
  try {
    assert.match(server.stderr(), / {2}with {4}1 worker of 2 threads\n {2}config {2}wizgy\.toml\n/);
    const response = await fetch(server.origin);
    assert.equal(await response.text(), "from the file");
  } finally {
    await server.stop();
  }
  const checked = await runCommand(["--check-config"], { cwd: folder });
  assert.equal(checked.code, 0, checked.stderr);
});
