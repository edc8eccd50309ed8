/** `npm start`, as a person types it and as a script ends it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";

import { ServerFolder } from "../support/server-processes.ts";
import { projectRoot } from "../support/server.ts";

/** Much more than it takes: a server that stays is what is looked for. */
const BOUND_MS = 30_000;

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`npm start serves the welcome example; ${signal} to npm ends the server, too`, async () => {
    const folder = new ServerFolder();
    const npm = spawn("npm", ["start", "--", "--bind", "127.0.0.1:0"], {
      cwd: projectRoot,
      env: { ...process.env, TMPDIR: folder.path },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: what is left of it can be ended, and no other process gets the signal.
      detached: true,
    });
    let text = "";
    for (const stream of [npm.stdout, npm.stderr]) {
      stream.setEncoding("utf8").on("data", (piece: string) => {
        text += piece;
        if (piece.includes("Press Ctrl-C to stop")) npm.kill(signal);
      });
    }
    // The streams close when the last process that could write to them has gone.
    const closed = new Promise<void>((resolve) => npm.on("close", () => resolve()));
    const bound = AbortSignal.timeout(BOUND_MS);
    const late = new Promise<never>((_, reject) =>
      bound.addEventListener("abort", () => reject(new Error(`something still runs:\n${text}`))),
    );
    try {
      await Promise.race([closed, late]);
      assert.match(
        text,
        /is serving \S*examples\/welcome\/app\.py\n {2}at {6}http:\/\/127\.0\.0\.1/,
      );
      assert.match(text, new RegExp(`Stopping \\(${signal}\\)`));
      assert.deepEqual(await folder.allGone(500), []);
    } finally {
      try {
        process.kill(-(npm.pid ?? 0), "SIGKILL");
      } catch {
        // The group has gone.
      }
      folder.remove();
    }
  });
}
