// Compiles src/, test/ and bench/ into dist/ when a source is newer than the last build, and removes from dist/ what
// has no source any more (the compiler leaves it there, and a deleted test would go on running).
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { runChild } from "./child.mjs";
import { inRoot, packageScript, SetupFault } from "./project.mjs";

const sourceFolders = ["src", "test", "bench"];
const stamp = inRoot("dist", ".built");

/** Compiles. Resolves to the compiler's complaints, or to null when the build is good. */
export async function compile() {
  const startedAt = new Date();
  const tsc = packageScript("typescript", "bin", "tsc");
  const done = await runChild(process.execPath, [tsc, "-p", inRoot("tsconfig.json")]);
  if (done.code !== 0) return done.output.trim() || `tsc ended with ${done.code ?? done.signal}`;
  removeOrphans("");
  writeFileSync(stamp, "");
  // Dated at the start: a source changed while the compiler ran is newer.
  utimesSync(stamp, startedAt, startedAt);
  return null;
}

/** Builds when dist/ is missing or older than the sources. */
export async function buildWhenStale() {
  if (isFresh()) return;
  console.log("Building (tsc) ...");
  const complaints = await compile();
  if (complaints !== null) throw new SetupFault(`The build failed:\n${complaints}`);
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const builtMs = statSync(stamp).mtimeMs;
  const inputs = ["tsconfig.json", "package-lock.json", ...sourceFolders].map((name) =>
    inRoot(name),
  );
  return inputs.every((path) => !existsSync(path) || newestMs(path) <= builtMs);
}

/** The newest change below a path; folders count, because removing a file changes its folder. */
function newestMs(path) {
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return Math.max(own.mtimeMs, ...readdirSync(path).map((name) => newestMs(join(path, name))));
}

function removeOrphans(folder) {
  for (const entry of readdirSync(inRoot("dist", folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (folder === "" && !sourceFolders.includes(entry.name)) continue;
    if (entry.isDirectory()) {
      if (existsSync(inRoot(path))) removeOrphans(path);
      else rmSync(inRoot("dist", path), { recursive: true });
    } else if (!existsSync(inRoot(path.replace(/\.(js|d\.ts|js\.map)$/, ".ts")))) {
      rmSync(inRoot("dist", path));
    }
  }
}
