// Runs the compiled test files, each in a process of its own, as many at once as there are CPUs. A file also fails when it
// holds no test, when it ends badly after its last test, and when it leaves a process running.
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { endLeftovers, runChild } from "../setup/child.mjs";
import { inRoot } from "../setup/project.mjs";

const fileLimitMs = 300_000; // For a file whose event loop is blocked, where the reporter's own limit can't fire.
const reporter = pathToFileURL(inRoot("scripts", "checks", "test-events.mjs")).href;

/** The test files, as paths of their sources below the root ("test/http1/head.test.ts"). */
export function testFiles() {
  return readdirSync(inRoot("test"), { recursive: true })
    .filter((path) => path.endsWith(".test.ts"))
    .map((path) => join("test", path))
    .toSorted();
}

/**
 * Runs test files and reports each one as it ends.
 *
 * @param {string[]} files as testFiles() gives them
 * @param {import("./tally.mjs").Tally} tally
 */
export async function runTestFiles(files, tally) {
  const waiting = [...files];
  const lane = async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      tally.add(await runTestFile(file));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
}

async function runTestFile(file) {
  const startedMs = Date.now();
  const part = { name: file, passed: 0, failed: [], skipped: [], seconds: 0 };
  const compiled = inRoot("dist", file.replace(/\.ts$/, ".js"));
  const done = await runChild(process.execPath, [`--test-reporter=${reporter}`, compiled], {
    timeoutMs: fileLimitMs,
    onLine: (line) => record(part, JSON.parse(line)),
  });
  const left = await endLeftovers(done.pid);

  if (done.timedOut) fail(part, `stopped after ${fileLimitMs / 1000} s`, done.output);
  else if (done.code !== 0 && part.failed.length === 0) {
    fail(part, `ended with ${done.signal ?? `code ${done.code}`}`, done.output);
  } else if (part.passed + part.failed.length + part.skipped.length === 0) {
    fail(part, "holds no test", done.output);
  }
  if (left) fail(part, "left a process running after its end", done.output);
  part.seconds = (Date.now() - startedMs) / 1000;
  return part;
}

function record(part, { name, outcome, reason }) {
  if (outcome === "passed") part.passed += 1;
  else part[outcome].push({ name, reason });
}

function fail(part, reason, output) {
  const tail = output.trimEnd().split("\n").slice(-30).join("\n");
  part.failed.push({ name: "", reason: tail === "" ? reason : `${reason}; it printed:\n${tail}` });
}
