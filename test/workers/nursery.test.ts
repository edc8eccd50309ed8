/** The front's end of the nursery against a stand-in that speaks its lines. */
import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { KILL } from "../../src/workers/ending.ts";
import { OWN_LAUNCHER } from "../../src/workers/launcher.ts";
import { Nursery, type WorkerExit } from "../../src/workers/nursery.ts";

/** Runs the nursery with a shell script in the place of Python; returns all that it told. */
async function hear(
  script: string,
  act: (nursery: Nursery, folder: string) => void = () => {},
): Promise<{ told: unknown[]; said: string }> {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-nursery-"));
  const python = join(folder, "python-stub");
  const said = join(folder, "said");
  writeFileSync(said, "");
  writeFileSync(python, `#!/bin/sh\n${script}\n`);
  chmodSync(python, 0o755);
  const told: unknown[] = [];
  try {
    await new Promise<void>((resolve) => {
      const nursery = new Nursery(
        {
          python,
          linkPath: "/link",
          token: "token",
          app: "module:app",
          threads: 3,
          greenlets: false,
          launcher: OWN_LAUNCHER,
          preloads: true,
          output: null,
          pythonPath: ["/a", "/b"],
          cwd: folder,
          env: process.env,
        },
        {
          onUp: (pid, name) => {
            told.push(["up", pid, name]);
            act(nursery, folder);
          },
          onUnloadable: (failure) => told.push(failure),
          onForked: (worker, pid) => told.push(["forked", worker, pid]),
          onStarted: (pid, number) => told.push(["started", pid, number]),
          onExit: (exit: WorkerExit) => told.push(exit),
          onDown: (status, error) => {
            told.push(["down", status, error?.code ?? null]);
            resolve();
          },
        },
      );
    });
    return { told, said: readFileSync(said, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test("what the nursery says is told in order, also in pieces, and its end comes last", async () => {
  const { told } = await hear(`
    printf 'up 7 CPython 3.11.7\\nforked 1 8\\nstarted 8 41\\nfor' >&3
    printf 'ked 2 9\\nexit 1 8 -9 3 100 6869\\n' >&3
    printf 'exit 2 9 0 0 0 \\n' >&3
    printf 'unloadable 6b c3a9 74\\n' >&3
    exit 5`);
  assert.deepEqual(told, [
    ["up", 7, "CPython 3.11.7"],
    ["forked", 1, 8],
    ["started", 8, 41],
    ["forked", 2, 9],
    {
      worker: 1,
      pid: 8,
      status: -9,
      startedNumber: 3,
      outboxOrigin: 100,
      outbox: Buffer.from("hi"),
    },
    { worker: 2, pid: 9, status: 0, startedNumber: 0, outboxOrigin: 0, outbox: Buffer.alloc(0) },
    { kind: "k", message: "\u00e9", traceback: "t" },
    ["down", 5, null],
  ]);
});

test("the nursery is given its arguments and the front's orders, a line each", async () => {
  const { said } = await hear(
    `echo "$@" > said; echo "up 7 CPython 3" >&3; cat <&3 >> said`,
    (nursery) => {
      nursery.fork(2, true);
      nursery.fork(3, false);
      nursery.signal(8, KILL);
      nursery.adopt(9);
      nursery.look(8);
      nursery.release(8);
      nursery.end();
    },
  );
  const [args, ...lines] = said.trimEnd().split("\n");
  assert.match(args!, /wizgy_worker\/__main__\.py \/link token module:app threads 3 1 \/a \/b$/);
  assert.deepEqual(lines, [
    "fork 2 1",
    "fork 3 0",
    "signal 8 9",
    "adopt 9",
    "look 8",
    "release 8",
    "leave",
  ]);
});

test("a nursery that is killed ends with minus the signal", async () => {
  const { told } = await hear("kill -9 $$");
  assert.deepEqual(told, [["down", -KILL, null]]);
});

test("a Python that can't be run is told as such, once", async () => {
  const told: unknown[] = [];
  await new Promise<void>((resolve) => {
    const nursery = new Nursery(
      {
        python: "/nosuch/python",
        linkPath: "/link",
        token: "token",
        app: "app",
        threads: 1,
        greenlets: false,
        launcher: OWN_LAUNCHER,
        preloads: false,
        output: null,
        pythonPath: [],
        cwd: tmpdir(),
        env: {},
      },
      {
        onUp: () => told.push("up"),
        onUnloadable: () => told.push("unloadable"),
        onForked: () => told.push("forked"),
        onStarted: () => told.push("started"),
        onExit: () => told.push("exit"),
        onDown: (_, error) => {
          told.push(error?.code);
          resolve();
        },
      },
    );
    nursery.fork(1, false); // Into nothing; must not throw.
  });
  assert.deepEqual(told, ["ENOENT"]);
});
