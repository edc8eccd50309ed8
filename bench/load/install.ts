// Makes the bench environment: a virtual environment of its own with the rivals at pinned versions.
// Packages are installed one by one in the order of bench/requirements.txt: one that does not build
// on this machine (no C compiler, no headers) is skipped by name and costs nobody else anything.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { installedPackages } from "./machine.ts";
import type { BenchPlaces } from "./servers.ts";
import { tellingLine } from "./telling-line.ts";

/** One pinned package; the comment behind it says what building it needs. */
export interface Requirement {
  readonly name: string;
  readonly version: string;
  readonly comment: string;
}

const BUILD_LIMIT_MS = 600_000;

/** Reads `name==version  # comment` lines; comment lines and blank ones are passed over. */
export function parseRequirements(text: string): Requirement[] {
  return text.split("\n").flatMap((line) => {
    const match = /^([\w.-]+)==([\w.]+)\s*(?:#\s*(.*))?$/.exec(line.trim());
    if (match === null) return [];
    return [{ name: match[1] ?? "", version: match[2] ?? "", comment: match[3] ?? "" }];
  });
}

/**
 * Installs what is missing.
 *
 * @returns the packages that could not be installed.
 * @throws Error when the virtual environment itself can't be made.
 */
export function installEnvironment(
  places: BenchPlaces,
  basePython: string,
  say: (line: string) => void,
): Requirement[] {
  const python = join(places.environment, "bin", "python");
  if (!existsSync(python)) {
    say(`Making ${places.environment} from ${basePython} ...`);
    const made = run(basePython, ["-m", "venv", places.environment]);
    if (made !== null) throw new Error(`The virtual environment could not be made:\n${made}`);
  }
  const present = installedPackages(places.environment);
  const file = join(places.root, "bench", "requirements.txt");
  const skipped: Requirement[] = [];
  for (const requirement of parseRequirements(readFileSync(file, "utf8"))) {
    const { name, version, comment } = requirement;
    if (present[name.toLowerCase()] === version) continue;
    say(`Installing ${name} ${version} ...`);
    const options = ["--quiet", "--disable-pip-version-check", "--no-input"];
    const fault = run(python, ["-m", "pip", "install", ...options, `${name}==${version}`]);
    if (fault === null) continue;
    skipped.push(requirement);
    say(`  skipped ${name}: ${tellingLine(fault)}${comment === "" ? "" : ` (${comment})`}`);
  }
  return skipped;
}

/** Runs a command to its end; null when it went well, otherwise what it printed. */
function run(command: string, args: readonly string[]): string | null {
  const done = spawnSync(command, args, { encoding: "utf8", timeout: BUILD_LIMIT_MS });
  if (done.status === 0) return null;
  return `${done.stdout ?? ""}${done.stderr ?? ""}${done.error?.message ?? ""}`;
}
