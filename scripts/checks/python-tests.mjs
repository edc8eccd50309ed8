// Runs pytest over the Python half and reads its results from the JUnit file that it writes.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { endLeftovers, runChild } from "../setup/child.mjs";
import { inRoot } from "../setup/project.mjs";
import { venvPython } from "../setup/python-packages.mjs";

const runLimitMs = 600_000;

/** The test files of the Python half, as paths below the root. */
export function pythonTestFiles() {
  return readdirSync(inRoot("python", "tests"), { recursive: true })
    .filter((path) => /(^|[/\\])test_[^/\\]*\.py$/.test(path))
    .map((path) => join("python", "tests", path))
    .toSorted();
}

/**
 * Runs pytest test files in one process.
 *
 * @param {string[]} files as pythonTestFiles() gives them
 * @returns {Promise<import("./tally.mjs").Part>}
 */
export async function runPytest(files) {
  const startedMs = Date.now();
  const scratch = mkdtempSync(join(tmpdir(), "wizgy-pytest-"));
  const junit = join(scratch, "results.xml");
  const part = { name: "pytest", passed: 0, failed: [], skipped: [], seconds: 0 };
  try {
    const places = [`--junitxml=${junit}`, `--basetemp=${join(scratch, "files")}`];
    const args = ["-m", "pytest", "--quiet", "--tb=short", ...places, ...files];
    const done = await runChild(venvPython, args, { timeoutMs: runLimitMs });
    let results = "";
    try {
      results = readFileSync(junit, "utf8");
    } catch {
      // Not written: pytest didn't come to its end, which its exit code says below.
    }
    for (const testcase of results.matchAll(/<testcase\b([^>]*?)(?:\/>|>(.*?)<\/testcase>)/gs)) {
      record(part, testcase[1], testcase[2] ?? "");
    }
    if (done.code !== 0 && part.failed.length === 0) {
      const ending = done.timedOut
        ? `stopped after ${runLimitMs / 1000} s`
        : `ended with ${done.signal ?? `code ${done.code}`}`;
      // A stack has pytest's own files below ours.
      const lines = done.output.trimEnd().split("\n");
      const own = lines.filter((line) => !line.includes("site-packages")).slice(-40);
      part.failed.push({ name: "", reason: [ending, ...own].join("\n") });
    }
    if (await endLeftovers(done.pid)) {
      part.failed.push({ name: "", reason: "left a process running after its end" });
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  part.seconds = (Date.now() - startedMs) / 1000;
  return part;
}

function record(part, attributes, inside) {
  const file = attribute(attributes, "classname").replace(/^python\.tests\./, "");
  const name = `${file}: ${attribute(attributes, "name")}`;
  const fault = /<(failure|error)\b([^>]*)>(.*?)<\/\1>/s.exec(inside);
  const skip = /<skipped\b([^>]*)/.exec(inside);
  if (fault !== null) part.failed.push({ name, reason: unescape(fault[3]) });
  else if (skip !== null) part.skipped.push({ name, reason: attribute(skip[1], "message") });
  else part.passed += 1;
}

function attribute(attributes, name) {
  return unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(attributes)?.[1] ?? "");
}

const entities = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescape(text) {
  return text.replace(/&(?:#(x?)([0-9a-f]+)|([a-z]+));/gi, (whole, hex, digits, name) =>
    digits === undefined
      ? (entities[name] ?? whole)
      : String.fromCodePoint(parseInt(digits, hex ? 16 : 10)),
  );
}
