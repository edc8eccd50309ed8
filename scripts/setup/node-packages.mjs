// Installs the npm packages of the lock file when what is in node_modules differs from it.
// npm keeps a lock file of its own in node_modules, written last: comparing the two needs no stamp and no dates.
import { existsSync, readFileSync } from "node:fs";

import { runChild } from "./child.mjs";
import { inRoot, SetupFault } from "./project.mjs";

/** Makes node_modules what package-lock.json says; does nothing (quickly) when it is. */
export async function installNodePackages() {
  if (matchesLock()) return;
  console.log("Installing npm packages (npm ci) ...");
  const npm = process.env.npm_execpath;
  // Development packages too, also with NODE_ENV=production: the build needs the compiler.
  const args = ["ci", "--include=dev", "--no-audit", "--no-fund", "--loglevel=error"];
  const done = npm?.endsWith(".js")
    ? await runChild(process.execPath, [npm, ...args])
    : await runChild(process.platform === "win32" ? "npm.cmd" : "npm", args);
  if (done.code !== 0) throw new SetupFault(`npm ci failed:\n${done.output}`);
}

function matchesLock() {
  const installedFile = inRoot("node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return false;
  const installed = JSON.parse(readFileSync(installedFile, "utf8")).packages;
  const wanted = JSON.parse(readFileSync(inRoot("package-lock.json"), "utf8")).packages;
  for (const [path, entry] of Object.entries(wanted)) {
    // Packages for other systems are optional and not installed here; "" is the project itself.
    if (path === "" || (entry.optional === true && installed[path] === undefined)) continue;
    if (installed[path]?.version !== entry.version) return false;
  }
  return Object.keys(installed).every((path) => wanted[path] !== undefined);
}
