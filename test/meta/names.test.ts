/** Facts that stand in more than one file and must agree, and what no file of the project may say. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { VERSION } from "../../src/version.ts";
import { read, root } from "./tree.ts";

interface Manifest {
  readonly version: string;
  readonly dependencies?: Record<string, string>;
  readonly devDependencies: Record<string, string>;
}

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optionalDependencies?: Record<string, string>;
}

const manifest = JSON.parse(read("package.json")) as Manifest;
const lock = JSON.parse(read("package-lock.json")) as {
  readonly version: string;
  readonly packages: Record<string, LockEntry>;
};

test("one version: package.json, package-lock.json, the front and the Python half agree", () => {
  const python = /^__version__ = "([^"]+)"$/m.exec(read("python/wizgy_worker/__init__.py"))?.[1];
  assert.deepEqual([lock.version, VERSION, python], Array(3).fill(manifest.version));
});

test("npm: every package is pinned to one version", () => {
  const all = { ...manifest.dependencies, ...manifest.devDependencies };
  for (const [name, version] of Object.entries(all)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
  }
});

test("npm: the lock file names each package's version and hash, and no registry", () => {
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (path === "") continue;
    assert.ok(entry.version, `${path} has no version: npm ci would refuse the file`);
    assert.ok(entry.integrity, `${path} has no integrity`);
    assert.equal(entry.resolved, undefined, path);
  }
});

test("npm: the lock file holds the packages for other systems too, so that npm ci works there", () => {
  for (const [path, { optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const name of Object.keys(optionalDependencies)) {
      const found =
        lock.packages[`node_modules/${name}`] ?? lock.packages[`${path}/node_modules/${name}`];
      assert.ok(found, `${name}, which ${path} names`);
    }
  }
});

const isCheckout = existsSync(join(root, ".git"));

test(
  "files: none of the tracked files names a path of one machine or a registry's host",
  { skip: isCheckout ? false : "not a git checkout" },
  () => {
    // One letter of each in brackets, so that this file doesn't hold what it looks for.
    const words = [
      "/wor[k]/",
      "/hom[e]/[a-z]",
      "/roo[t]/",
      "/tmp/[a-z]+_job[s]",
      "registry\\.npm[j]s",
      "files\\.python[h]osted",
      "pypi\\.org/[s]imple",
      "deb\\.[d]ebian\\.org",
    ];
    const args = ["grep", "-nIE", words.join("|"), "--", ":!package-lock.json"];
    assert.deepEqual(gitLines(args), []);
  },
);

test(
  "files: no build output is tracked",
  { skip: isCheckout ? false : "not a git checkout" },
  () => {
    const tracked = gitLines(["ls-files"]);
    const output = /(^|\/)(node_modules|dist|__pycache__|\.venv[^/]*|\.[a-z]+_cache)\//;
    assert.deepEqual(
      tracked.filter((path) => output.test(path)),
      [],
    );
  },
);

/** The lines that git prints; none when it has nothing to say (`git grep` then ends with 1). */
function gitLines(args: readonly string[]): string[] {
  try {
    const printed = execFileSync("git", [...args], { cwd: root, encoding: "utf8" });
    return printed.split("\n").filter((line) => line !== "");
  } catch (error) {
    if ((error as { status?: number }).status === 1) return [];
    throw error;
  }
}
