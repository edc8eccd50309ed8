/**
 * What a user sees whose application can't be served: one message with the remedy, the exit code
 * of docs/reference/errors.md, and no process left.
 */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { ServerFolder } from "../support/server-processes.ts";
import { type Ended, runCommand, startServer } from "../support/server.ts";
import { RawClient } from "../support/raw-client.ts";

const FAULTS = ["--bind", "127.0.0.1:0", "--chdir", "test/apps/process/faults"];

/** Runs the command to its end; nothing of it may be left. */
async function refused(
  args: readonly string[] | ((folder: string) => readonly string[]),
): Promise<Ended> {
  const folder = new ServerFolder();
  try {
    const list = typeof args === "function" ? args(folder.path) : args;
    const ended = await runCommand(list, { env: { TMPDIR: folder.path } });
    assert.equal(ended.stdout, "");
    assert.deepEqual(await folder.allGone(500), []);
    assert.doesNotMatch(ended.stderr, /wizgy_worker|node:internal/, "none of our own frames");
    return ended;
  } finally {
    folder.remove();
  }
}

test("an access log that can't be opened: exit code 1 before anything is started, and the reason", async () => {
  const { code, stderr } = await refused((folder) => [
    ...["--bind", "127.0.0.1:0", "--access-logfile", join(folder, "absent", "access.log")],
    "nosuch",
  ]);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^wizgy: --access-logfile \S+access\.log: this file can't be written \(ENOENT: [^\n]+\)\.\n$/,
  );
});

test("folders for temporary files that can't be used: exit code 1, and which setting names another one", async () => {
  for (const [name, make, expected] of [
    ["absent", () => {}, /nothing can be made there \(ENOENT: [^\n]+\)/],
    [
      "a-file",
      (path: string) => writeFileSync(path, ""),
      /nothing can be made there \(ENOTDIR: [^\n]+\)/,
    ],
    ["x".repeat(100), (path: string) => mkdirSync(path), /a socket can't lie there, [^\n]+/],
  ] as const) {
    const folder = new ServerFolder();
    const path = join(folder.path, name);
    make(path);
    const { code, stderr } = await runCommand(["--bind", "127.0.0.1:0", "nosuch"], {
      env: { TMPDIR: path },
    });
    folder.remove();
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^wizgy: The folder for temporary files, [^\n]+ Set TMPDIR to [^\n]+\.\n$/,
    );
    assert.ok(stderr.includes(path) && expected.test(stderr), stderr);
  }
  const { code, stderr } = await refused(["--body-temp-dir", "test/absent", ...FAULTS, "nosuch"]);
  assert.equal(code, 1);
  assert.match(stderr, /^wizgy: --body-temp-dir test\/absent: [^\n]+ Name another folder\.\n$/);
});

test("a --control-socket that the system would cut short: exit code 1, and nothing is made", async () => {
  const { code, stderr } = await refused((folder) => [
    ...["--bind", "127.0.0.1:0", "--chdir", "examples/callable"],
    ...["--control-socket", join(folder, "x".repeat(100)), "app"],
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /^wizgy: --control-socket \S+: it takes a path of at most 107 bytes\.\n$/);
});

test("a missing module: exit code 4, and where was looked", async () => {
  const { code, stderr } = await refused([...FAULTS, "nosuch"]);
  assert.equal(code, 4);
  assert.match(stderr, /^wizgy: nosuch can't be served: There is no module named 'nosuch'\.\n/);
  assert.match(stderr, /--chdir or --pythonpath names another folder/);
});

test("a missing attribute: exit code 4, and the near misses that can be called", async () => {
  const { code, stderr } = await refused([...FAULTS, "names:aplication"]);
  assert.equal(code, 4);
  assert.equal(
    stderr,
    "wizgy: names:aplication can't be served: The module 'names' has no attribute 'aplication'.\n" +
      "Did you mean names:application or names:my_application?\n",
  );
});

test("an attribute that can't be called: exit code 4", async () => {
  const { code, stderr } = await refused([...FAULTS, "names:value"]);
  assert.equal(code, 4);
  assert.match(
    stderr,
    /^wizgy: names:value can't be served: 'names:value' is an int, which isn't callable\.\n/,
  );
});

test("an import that raises: exit code 4, after the application's own traceback", async () => {
  const { code, stderr } = await refused([...FAULTS, "raises"]);
  assert.equal(code, 4);
  assert.match(stderr, /^Traceback \(most recent call last\):\n {2}File ".*raises\.py", line 8/);
  assert.match(stderr, /RuntimeError: no database\n\nwizgy: raises can't be served: /);
});

test("KeyboardInterrupt at import: exit code 4, like any other exception", async () => {
  const { code, stderr } = await refused([...FAULTS, "interrupts"]);
  assert.equal(code, 4);
  assert.match(
    stderr,
    /^Traceback[^]*interrupts\.py", line 3[^]*The application raised KeyboardInterrupt/,
  );
});

test("sys.exit() at import: exit code 4, and what to do about it", async () => {
  const { code, stderr } = await refused([...FAULTS, "exits"]);
  assert.equal(code, 4);
  assert.match(stderr, /The application called sys\.exit\(9\) while it was imported\./);
  assert.match(stderr, /if __name__ == "__main__":/);
});

for (const [app, ending] of [
  ["dies", "exit code 9"],
  ["crashes", "signal SIGSEGV"],
] as const) {
  test(`a process that ends at import with ${ending}: exit code 3`, async () => {
    for (const workers of ["1", "3"]) {
      const { code, stderr } = await refused([...FAULTS, "--workers", workers, app]);
      assert.equal(code, 3);
      assert.equal(
        stderr,
        `wizgy: A worker ended with ${ending} while it loaded ${app}: the application, or an extension module that it imports, ended the process.\n`,
      );
    }
  });
}

test("several workers that can't load the application say so once", async () => {
  const { code, stderr } = await refused([...FAULTS, "--workers", "4", "raises"]);
  assert.equal(code, 4);
  assert.equal(stderr.match(/no database/g)?.length, 3, stderr);
});

test("an import that takes longer than --boot-timeout: exit code 3", async () => {
  // Long enough for Python to start on a busy machine: that has the same bound, and a message of its own.
  const { code, stderr } = await refused([...FAULTS, "--boot-timeout", "4", "waits"]);
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^wizgy: worker \d+ was not ready after 4 s \(--boot-timeout\)\. See what the import waits for, or allow it more time\.\n$/,
  );
});

/** An executable that stands for a Python. */
function stubPython(folder: string, script: string): string {
  const path = join(folder, "python-stub");
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

test("a Python that is too old: exit code 3, and its own sentence is the only message", async () => {
  const sentence = "wizgy needs Python 3.9 or newer; this one is 3.6.";
  const { code, stderr } = await refused((folder) => [
    ...FAULTS,
    ...["--python", stubPython(folder, `echo "${sentence}" >&2; exit 3`), "names"],
  ]);
  assert.deepEqual([code, stderr], [3, `${sentence}\n`]);
});

test("a Python that doesn't run: exit code 3, with its name and how to choose another", async () => {
  const { code, stderr } = await refused((folder) => [
    ...FAULTS,
    ...["--python", stubPython(folder, "exit 127"), "names"],
  ]);
  assert.equal(code, 3);
  assert.match(
    stderr,
    /^wizgy: \S+python-stub ended with exit code 127 before it could start a worker\. .*--python PATH\.\n$/,
  );
});

test("a Python that isn't there: exit code 1", async () => {
  const { code, stderr } = await refused((folder) => [
    ...FAULTS,
    ...["--python", `${folder}/none`, "names"],
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /^wizgy: --python: there is no \S+none\. Name a Python executable/);
});

test("a port in use: exit code 1, before Python is started", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  try {
    const { code, stderr } = await refused([...FAULTS, "-b", `127.0.0.1:${port}`, "dies"]);
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `wizgy: http://127.0.0.1:${port} is in use by another program. Stop that one, or choose another address with --bind.\n`,
    );
  } finally {
    other.close();
  }
});

test("a Unix path in a missing folder: exit code 1, and the folder's name", async () => {
  const { code, stderr } = await refused([...FAULTS, "-b", "unix:/nosuch/x.sock", "names"]);
  assert.equal(code, 1);
  assert.equal(
    stderr,
    "wizgy: unix:/nosuch/x.sock: there is no folder /nosuch. Make it, or choose another path with --bind.\n",
  );
});

test("an address of another machine: exit code 1", async () => {
  // RFC 5737: an address for documentation, which no machine has.
  const { code, stderr } = await refused([...FAULTS, "-b", "203.0.113.1:8000", "names"]);
  assert.equal(code, 1);
  assert.match(stderr, /^wizgy: http:\/\/203\.0\.113\.1:8000 is not an address of this machine\./);
});

test("a Unix socket does not stay behind when the application can't be served", async () => {
  let path = "";
  const { code } = await refused((folder) => {
    path = join(folder, "x.sock");
    return [...FAULTS, "-b", `unix:${path}`, "raises"];
  });
  assert.equal(code, 4);
  assert.ok(!existsSync(path));
});

test("--chdir to a missing folder: exit code 1", async () => {
  const { code, stderr } = await refused(["--chdir", "/nosuch", "names"]);
  assert.deepEqual([code, stderr], [1, "wizgy: --chdir /nosuch: there is no such folder.\n"]);
});

test("--check-config: exit code 0 for what can be served, else that of the start", async () => {
  const fine = await runCommand([...FAULTS, "--check-config", "names"]);
  assert.deepEqual(
    [fine.code, fine.stdout, fine.stderr],
    [0, "The settings are fine and names can be loaded.\n", ""],
  );
  assert.equal((await refused([...FAULTS, "--check-config", "raises"])).code, 4);
  assert.equal((await refused([...FAULTS, "--check-config", "dies"])).code, 3);
});

test("files of the application with names of the standard library don't keep the server from telling what is wrong", async () => {
  const folder = new ServerFolder();
  const names = ["ast", "ctypes", "difflib", "inspect", "linecache", "select", "textwrap", "token"];
  for (const name of [...names, "tokenize", "traceback", "unicodedata"]) {
    writeFileSync(join(folder.path, `${name}.py`), "raise RuntimeError('hides the real one')\n");
  }
  writeFileSync(
    join(folder.path, "mysite.py"),
    "def app(environ, start_response):\n    raise ValueError('my own')\n",
  );
  const args = ["--bind", "127.0.0.1:0", "--chdir", folder.path];
  try {
    const server = await startServer([...args, "mysite:app"], { env: { TMPDIR: folder.path } });
    const client = await RawClient.open(server.port);
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.equal((await client.answer()).status, 500);
    client.destroy();
    const { code, stderr } = await server.stop();
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the application raised: Traceback[^]+ValueError: my own/);
    for (const [app, expected] of [
      ["mysit:app", /There is no module named 'mysit'\.\nDid you mean mysite/],
      ["mysite:ap", /has no attribute 'ap'\.\nDid you mean mysite:app\?/],
    ] as const) {
      const refusal = await runCommand([...args, app], { env: { TMPDIR: folder.path } });
      assert.equal(refusal.code, 4, refusal.stderr);
      assert.match(refusal.stderr, expected);
    }
  } finally {
    folder.remove();
  }
});
