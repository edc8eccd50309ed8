/** The Django project of test/apps/frameworks/library, with its database in a temporary folder. */
import { spawnSync } from "node:child_process";

import { projectRoot } from "../support/server.ts";
import type { Plan } from "./served.ts";
import { testPython } from "./python.ts";

const folderOfProject = "test/apps/frameworks/library";

export const user: { readonly username: string; readonly password: string } = {
  username: "zoë",
  password: "pässword",
};

/** @param debug - with DEBUG, and static files by Django's own handler instead of WhiteNoise. */
export function library(debug = false): Plan {
  const env = { LIBRARY_DEBUG: debug ? "1" : "0" };
  return {
    // Two workers on one database: a request may land on either.
    args: [`${folderOfProject}/wsgi.py`, "--workers", "2"],
    env,
    prepare: (folder) => {
      const setUp = spawnSync(testPython, [`${folderOfProject}/set_up.py`], {
        cwd: projectRoot,
        env: { ...process.env, ...env, FRAMEWORKS_FOLDER: folder },
        encoding: "utf8",
      });
      if (setUp.status !== 0) throw new Error(`set_up.py failed:\n${setUp.stdout}${setUp.stderr}`);
    },
  };
}
