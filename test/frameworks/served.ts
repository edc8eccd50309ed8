/** One real server for all tests of a suite, with a temporary folder that its application may fill. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before } from "node:test";

import { type RunningServer, startServer } from "../support/server.ts";
import { Browser } from "./browser.ts";

export interface Plan {
  /** As on the command line: application and options. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Fills the folder before the server starts; its path is FRAMEWORKS_FOLDER in the environment. */
  readonly prepare?: (folder: string) => void;
}

export interface Served {
  readonly server: RunningServer;
  readonly folder: string;
  /** A new browser, without cookies. */
  browser(): Browser;
}

/** Starts the server before the suite's tests and stops it after them. Gives it when a test asks. */
export function serve(plan: Plan): () => Served {
  let served: Served | null = null;
  let folder = "";
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "wizgy-frameworks-"));
    plan.prepare?.(folder);
    const env = { ...plan.env, FRAMEWORKS_FOLDER: folder };
    const server = await startServer(plan.args, { env });
    served = { server, folder, browser: () => new Browser(server.origin) };
  });
  after(async () => {
    await served?.server.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  return () => {
    assert.ok(served, "the server has not started");
    return served;
  };
}
