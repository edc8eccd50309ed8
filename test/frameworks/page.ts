/**
 * Makes docs/frameworks.md from a run of this folder's tests: `node scripts/frameworks.mjs`. Versions
 * are those that were served; nothing on the page is known from elsewhere but the notes at its end.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { projectRoot } from "../support/server.ts";
import { testPython } from "./python.ts";
import type { Result } from "./record.ts";

export const pagePath = "docs/frameworks.md";

/**
 * Runs the tests and writes the page. Gives the exit code: 1 when one of them fails.
 * @public - scripts/frameworks.mjs calls it.
 */
export function main(say: (line: string) => void): number {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-frameworks-"));
  const record = join(folder, "record.jsonl");
  const here = join(projectRoot, "dist", "test", "frameworks");
  const files = readdirSync(here).filter((name) => name.endsWith(".test.js"));
  let code = 0;
  for (const name of files.filter((file) => file !== "page.test.js")) {
    say(`Running ${name.replace(".js", ".ts")} ...`);
    const env = { ...process.env, WIZGY_FRAMEWORKS_RECORD: record };
    const done = spawnSync(process.execPath, [join(here, name)], { env, encoding: "utf8" });
    if (done.status !== 0) {
      say(done.stdout);
      code = 1;
    }
  }
  const lines = readFileSync(record, "utf8").trim().split("\n");
  const kinds = ["framework", "application", "interpreter"];
  const results = lines
    .map((line) => JSON.parse(line) as Result)
    .toSorted((one, other) => kinds.indexOf(one.kind) - kinds.indexOf(other.kind));
  rmSync(folder, { recursive: true });
  writeFileSync(join(projectRoot, pagePath), render(results));
  say(`Written: ${pagePath}`);
  return code;
}

function render(results: readonly Result[]): string {
  return `# Frameworks, applications and interpreters

Made by \`node scripts/frameworks.mjs\` from a run of \`test/frameworks/\`: each application is served by the real server over
real sockets and used as its users do. \`npm test\` runs the same tests. This run: ${pythonName()}, Node.js ${process.versions.node}.

## In short

${summary(results.filter((result) => result.kind !== "interpreter"))}

## Frameworks

One contract for all of them, written in each one's own words in \`test/apps/frameworks/\`. An empty cell: the framework
doesn't offer it.

${contractTable(results.filter((result) => result.kind === "framework"))}

${applications(results.filter((result) => result.kind === "application"))}

## Interpreters

A set of the standard library's own, between wsgiref's validator and the server, with one thread and with four in each of
two workers: fields outside ASCII, small and large bodies with a length and chunked, blocks, \`write()\`, a file, an exception,
two hundred requests at once, a clean stop.

${interpreterTable(results.filter((result) => result.kind === "interpreter"))}

## Good to know

What the tests met that comes from an application's own code and not from the server:

* Radicale reads PATH_INFO as if it were decoded already, so the names of collections and items must be ASCII.
* Dash completes its list of scripts during a process's first request. With several threads in a worker, a script that is
  asked for meanwhile can be refused with 500, once.
* CherryPy reads the file names of an upload as latin-1, and bodies of DELETE only when \`request.methods_with_bodies\` names it.
`;
}

function named(results: readonly Result[], key: "name" | "what"): string[] {
  return [...new Set(results.map((result) => result[key]))];
}

function summary(results: readonly Result[]): string {
  const rows = named(results, "name").map((name) => {
    const own = results.filter((result) => result.name === name);
    const packageName = own[0]?.packageName ?? "";
    const works = own.filter((result) => result.outcome === "works").length;
    return `| ${name} | ${packageName} ${installedVersion(packageName)} | ${works} of ${own.length} |`;
  });
  return ["| Served | Package | Tests that pass |", "| --- | --- | --- |", ...rows].join("\n");
}

function contractTable(results: readonly Result[]): string {
  const names = named(results, "name");
  const rows = named(results, "what").map((what) => {
    const cells = names.map(
      (name) => results.find((one) => one.name === name && one.what === what)?.outcome ?? "",
    );
    return `| ${what} | ${cells.join(" | ")} |`;
  });
  const line = `| --- |${" --- |".repeat(names.length)}`;
  return [`| | ${names.join(" | ")} |`, line, ...rows].join("\n");
}

function applications(results: readonly Result[]): string {
  const sections = named(results, "name").map((name) => {
    const own = results.filter((result) => result.name === name);
    const lines = own.map(({ what, outcome }) => `* ${what}: ${outcome}`);
    return `## ${name}\n\n${lines.join("\n")}`;
  });
  return sections.join("\n\n");
}

function interpreterTable(results: readonly Result[]): string {
  const rows = named(results, "name").map((name) => {
    const own = results.filter((result) => result.name === name);
    const works = own.filter((result) => result.outcome === "works").length;
    return `| ${name} | ${works} of ${own.length} |`;
  });
  return ["| Interpreter | Tests that pass |", "| --- | --- |", ...rows].join("\n");
}

function installedVersion(packageName: string): string {
  return askPython(`import importlib.metadata as m; print(m.version("${packageName}"))`);
}

function pythonName(): string {
  return askPython("import platform as p; print(p.python_implementation(), p.python_version())");
}

function askPython(code: string): string {
  const { status, stdout, stderr } = spawnSync(testPython, ["-c", code], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout.trim();
}
