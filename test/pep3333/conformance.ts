/**
 * `npm run conformance [-- --target NAME ...]`: tries the rules on our own server, then on each
 * target, keeps the results in test/pep3333/results/ and writes docs/conformance.md from them.
 */
import { execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
  mkdirSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { VERSION } from "../../src/version.ts";
import { shownCommand } from "./foreign-servers.ts";
import { type ServerResults, renderPage } from "./page.ts";
import type { RuleResult } from "./rules.ts";

/** Title and Python package of each server that `--target` knows, in the order of the columns. */
const targets: Readonly<Record<string, { readonly title: string; readonly distribution: string }>> =
  {
    gunicorn: { title: "gunicorn", distribution: "gunicorn" },
    uwsgi: { title: "uWSGI", distribution: "uWSGI" },
    mod_wsgi: { title: "mod_wsgi", distribution: "mod_wsgi" },
    granian: { title: "Granian", distribution: "granian" },
    waitress: { title: "waitress", distribution: "waitress" },
    cheroot: { title: "cheroot", distribution: "cheroot" },
    fastpysgi: { title: "FastPySGI", distribution: "fastpysgi" },
    bjoern: { title: "bjoern", distribution: "bjoern" },
  };

/** For one test file on a server that hangs in every rule. */
const FILE_LIMIT_MS = 600_000;

type Say = (line: string) => void;

/**
 * Runs the command; resolves with its exit code: 1 when a rule fails on our own server.
 *
 * @public called by scripts/conformance.mjs
 */
export async function main(args: readonly string[], root: string, say: Say): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: { target: { type: "string", multiple: true }, all: { type: "boolean" } },
  });
  const chosen = values.all === true ? Object.keys(targets) : (values.target ?? []);
  const unknown = chosen.filter((name) => targets[name] === undefined);
  if (unknown.length > 0) {
    say(`No server is called ${unknown.join(" or ")}. Known: ${Object.keys(targets).join(", ")}.`);
    return 1;
  }
  const environment = join(root, ".venv", "bin", "python");
  const ours = await runSuite(root, "wizgy", "Wizgy", VERSION, pythonOf(environment), say);
  for (const name of chosen) {
    const { title, distribution } = targets[name]!;
    const python = join(root, ".venv-bench", "bin", "python");
    const version = versionOf(python, distribution);
    if (version === null) {
      say(`${title} is not installed in .venv-bench (npm run bench -- --install): not tried.`);
      continue;
    }
    const unfit = whyNotTried(name, process.getuid?.());
    if (unfit === null) await runSuite(root, name, title, version, pythonOf(python), say);
    else say(`${title} ${version}: not tried; its column stays as it was. ${unfit}`);
  }
  writePage(root);
  say("Written: docs/conformance.md");
  return ours === null || ours.results.some(({ outcome }) => outcome === "fails") ? 1 : 0;
}

/**
 * Why a server can't be tried by this user. Null: it can.
 * @param uid - undefined where there are none.
 */
export function whyNotTried(name: string, uid: number | undefined): string | null {
  if (name !== "mod_wsgi" || uid !== 0) return null;
  return "Apache refuses to serve as root: run this command as another user.";
}

/** The test files that declare rules, compiled. */
export function ruleFiles(root: string): string[] {
  const folder = join(root, "dist", "test", "pep3333");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".test.js"))
    .map((name) => join(folder, name))
    .filter((path) => readFileSync(path, "utf8").includes('from "./section.js"'))
    .toSorted();
}

/** Runs one rule file with the variables given; what it recorded. */
export async function runFile(
  file: string,
  variables: Readonly<Record<string, string>>,
): Promise<RuleResult[]> {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-conformance-"));
  const record = join(folder, "record");
  try {
    await new Promise<void>((resolve) => {
      const env = { ...process.env, ...variables, WIZGY_CONFORMANCE_RECORD: record };
      const child = spawn(process.execPath, [file], { env, stdio: "ignore" });
      const timer = setTimeout(() => child.kill("SIGTERM"), FILE_LIMIT_MS);
      child.on("close", () => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (!existsSync(record)) return [];
    const lines = readFileSync(record, "utf8").trimEnd().split("\n");
    return lines.map((line) => JSON.parse(line) as RuleResult);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/**
 * Why nothing can be said about a server: it came up for none of the rules. Null when it came up, if
 * only for some of them: what it can't do is a result then.
 */
export function whyNotStarted(results: readonly RuleResult[]): string | null {
  const tried = results.filter(({ outcome }) => outcome === "holds" || outcome === "fails");
  if (tried.some(({ started }) => started)) return null;
  return tried[0]?.reason ?? "None of the rules was tried.";
}

/** Null when the server could not be started at all: then what is known of it from before is kept. */
export async function runSuite(
  root: string,
  server: string,
  title: string,
  version: string,
  python: string,
  say: Say,
): Promise<ServerResults | null> {
  const results: RuleResult[] = [];
  const variables: Record<string, string> =
    server === "wizgy" ? {} : { WIZGY_CONFORMANCE_TARGET: server };
  for (const file of ruleFiles(root)) results.push(...(await runFile(file, variables)));
  results.sort((a, b) => a.item - b.item);
  const why = server === "wizgy" ? null : whyNotStarted(results);
  if (why !== null) {
    say(`${title} ${version} could not be started; its column stays as it was. ${firstLines(why)}`);
    return null;
  }
  const failed = results.filter(({ outcome }) => outcome === "fails");
  say(`${title} ${version}: ${results.length} rules, ${failed.length} fail`);
  for (const { item, heading, sentence, reason } of failed) {
    say(`  ${item} ${heading}: ${sentence}\n      ${firstLines(reason)}`);
  }
  const kept: ServerResults = {
    server,
    title,
    version,
    python,
    date: new Date().toISOString().slice(0, 10),
    // The reason may hold names of this machine, and is for who runs it.
    results: results.map(({ item, level, heading, sentence, outcome }) => ({
      item,
      level,
      heading,
      sentence,
      outcome,
    })),
  };
  mkdirSync(resultsFolder(root), { recursive: true });
  const text = `${JSON.stringify(kept, null, 2)}\n`;
  writeFileSync(join(resultsFolder(root), `${server}.json`), text);
  return kept;
}

function firstLines(text: string): string {
  return text.split("\n").slice(0, 3).join(" ");
}

function resultsFolder(root: string): string {
  return join(root, "test", "pep3333", "results");
}

function writePage(root: string): void {
  writeFileSync(join(root, "docs", "conformance.md"), pageFromResults(root));
}

/** The page as the kept results make it. */
export function pageFromResults(root: string): string {
  const load = (name: string): ServerResults[] => {
    const path = join(resultsFolder(root), `${name}.json`);
    return existsSync(path) ? [JSON.parse(readFileSync(path, "utf8")) as ServerResults] : [];
  };
  const [ours] = load("wizgy");
  if (ours === undefined) throw new Error("there are no results of our own server");
  return renderPage(ours, Object.keys(targets).flatMap(load), shownCommand);
}

/** The installed version; null when it isn't installed. */
function versionOf(python: string, distribution: string): string | null {
  const script = "import sys, importlib.metadata as m; print(m.version(sys.argv[1]))";
  return outputOf(python, ["-c", script, distribution]);
}

function pythonOf(python: string): string {
  const script = "import platform as p; print(p.python_implementation(), p.python_version())";
  return outputOf(existsSync(python) ? python : "python3", ["-c", script]) ?? "unknown";
}

function outputOf(command: string, args: readonly string[]): string | null {
  try {
    const text = execFileSync(command, args, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    return text.trim();
  } catch {
    return null; // Not there, or not installed.
  }
}
