import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { OWN_LAUNCHER } from "../../src/workers/launcher.ts";
import { LinkServer } from "../../src/workers/link-server.ts";
import { WorkerProcesses } from "../../src/workers/worker-processes.ts";
import { until } from "../support/server-processes.ts";

/** A nursery whose workers die before they have said HELLO; it notes when the front has seen that. */
const NURSERY = `#!/bin/sh
exec <&3 >&3
echo "up $$ stub"
while read verb first rest; do
  case "$verb" in
    fork) echo "forked $first 9999999"; echo "exit $first 9999999 0 0 0 " ;;
    release) : > seen ;;
  esac
done
`;

test("a worker that has died before its HELLO is not waited for, whenever the end comes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-processes-"));
  const python = join(folder, "python-stub");
  writeFileSync(python, NURSERY);
  chmodSync(python, 0o755);
  const linkServer = new LinkServer();
  await linkServer.listen();
  try {
    const processes = new WorkerProcesses(
      {
        ...{ python, app: "a:b", threads: 1, greenlets: false, preloads: false, pythonPath: [] },
        ...{ cwd: folder, env: process.env, output: null, launcher: OWN_LAUNCHER },
        ...{ workers: 1, multiprocess: false, gracefulTimeoutMs: 30_000, bootTimeoutMs: 30_000 },
      },
      linkServer,
      { write: () => {} },
      {
        onGreeted: () => assert.fail("nobody says HELLO"),
        onEnded: () => assert.fail("nobody has connected"),
      },
    );
    void processes.start();
    await until(30_000, () => (existsSync(join(folder, "seen")) ? null : "no worker has died"));
    const left = processes.leave();
    await processes.stop(30_000);
    await left;
  } finally {
    linkServer.close();
    rmSync(folder, { recursive: true });
  }
});
