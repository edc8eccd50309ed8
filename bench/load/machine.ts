// What a result depends on besides the code: the machine and the versions of everything that ran.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";

import type { BenchPlaces } from "./servers.ts";
import { wrkVersion } from "./wrk.ts";

/** The surroundings of a run, as they go into its results file. */
export interface Surroundings {
  readonly machine: {
    readonly cpu: string;
    readonly usableCpus: number;
    readonly memoryBytes: number;
    readonly system: string;
  };
  /** Name to version: node, wrk, python, wizgy, and every package of the bench environment. */
  readonly versions: Readonly<Record<string, string>>;
  /** The revision that was measured; "+" at the end when files differed from it. Null outside git. */
  readonly revision: string | null;
}

/** Reads the surroundings of this run. */
export function readSurroundings(places: BenchPlaces): Surroundings {
  const python = join(places.environment, "bin", "python");
  return {
    machine: {
      cpu: cpus()[0]?.model ?? "unknown",
      usableCpus: availableParallelism(),
      memoryBytes: totalmem(),
      system: `${process.platform} ${release()}`,
    },
    versions: {
      node: process.versions.node,
      wrk: wrkVersion() ?? "none",
      python: execFileSync(python, ["-c", "import platform; print(platform.python_version())"], {
        encoding: "utf8",
      }).trim(),
      wizgy: parsePackage(readFileSync(join(places.root, "package.json"), "utf8")).version,
      ...installedPackages(places.environment),
    },
    revision: revisionOf(places.root),
  };
}

/** The Python packages of an environment, lower-cased name to version; empty when there is none. */
export function installedPackages(environment: string): Record<string, string> {
  const python = join(environment, "bin", "python");
  const script =
    "import importlib.metadata as m, json; " +
    "print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions()}))";
  try {
    const text = execFileSync(python, ["-c", script], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return parseVersions(text);
  } catch {
    return {}; // No such environment, or one that is broken: the caller says how to make it.
  }
}

function revisionOf(root: string): string | null {
  try {
    const args = ["describe", "--always", "--abbrev=12", "--dirty=+"];
    return execFileSync("git", args, {
      cwd: root,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  } catch {
    return null;
  }
}

function parsePackage(text: string): { version: string } {
  return JSON.parse(text) as { version: string };
}

function parseVersions(text: string): Record<string, string> {
  return JSON.parse(text) as Record<string, string>;
}
