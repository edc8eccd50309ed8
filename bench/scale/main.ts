// `npm run bench:scale [-- NAME ...]`: what is behind the sections of docs/performance-notes.md. Each prints
// a table; all of them together take some minutes.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { hasProcessTree } from "../load/process-tree.ts";
import { killStartedServers } from "../load/server-process.ts";
import { wrkVersion } from "../load/wrk.ts";
import { cost } from "./cost.ts";
import { idleConnections } from "./idle-connections.ts";
import { rest } from "./rest.ts";
import { waiting } from "./waiting.ts";

const MEASUREMENTS: Readonly<Record<string, (root: string) => Promise<void>>> = {
  cost,
  rest,
  idle: idleConnections,
  waiting,
};

/** @returns the exit code: 0, or 2 when something is missing or misspelt. */
export async function main(argv: readonly string[], root: string): Promise<number> {
  const names = argv.length > 0 ? argv : Object.keys(MEASUREMENTS);
  const complaint = complaintAbout(names, root);
  if (complaint !== null) {
    process.stderr.write(`${complaint}\n`);
    return 2;
  }
  process.once("exit", killStartedServers);
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
  for (const name of names) {
    console.log(`\n${name}\n`);
    await MEASUREMENTS[name]!(root);
  }
  return 0;
}

function complaintAbout(names: readonly string[], root: string): string | null {
  const unknown = names.find((name) => !Object.hasOwn(MEASUREMENTS, name));
  if (unknown !== undefined) {
    return `Nothing is measured under the name "${unknown}". There are: ${Object.keys(MEASUREMENTS).join(", ")}.`;
  }
  if (!hasProcessTree) return "These figures are read from /proc, which only Linux has.";
  if (wrkVersion() === null) {
    return "The load generator wrk is not on PATH. Install it (on Debian and Ubuntu: apt-get install wrk).";
  }
  if (!existsSync(join(root, ".venv-bench", "bin", "python"))) {
    return "The bench environment is not there yet. Make it first: npm run bench -- --install";
  }
  return null;
}
