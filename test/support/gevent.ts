/** Whether the test environment's Python has gevent, which is an application's dependency and not ours. */
import { spawnSync } from "node:child_process";

import { testPython } from "./server.ts";

const tried = spawnSync(testPython, ["-c", "import gevent"], { stdio: "ignore" });

/** For `skip` of a test: false, or why it can't be run. */
export const noGevent: string | false =
  tried.status === 0 ? false : "gevent is not installed in the test environment";
