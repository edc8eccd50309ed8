// The checks that run no code of ours. Each counts as one test; a check fails when its program does.
import { runChild } from "../setup/child.mjs";
import { compile } from "../setup/build.mjs";
import { packageScript } from "../setup/project.mjs";
import { venvPython } from "../setup/python-packages.mjs";
import { singleCheck } from "./tally.mjs";

const atOnce = 2;

const node = (script, ...args) => [process.execPath, script, ...args];
const python = (...args) => [venvPython, "-m", ...args];

/** Name and command line of each check. The compiler comes first and alone: others read what it wrote. */
const commands = {
  oxlint: node(packageScript("oxlint", "bin", "oxlint"), "--deny-warnings"),
  oxfmt: node(packageScript("oxfmt", "bin", "oxfmt"), "--check"),
  knip: node(packageScript("knip", "bin", "knip.js"), "--no-progress"),
  publint: node(packageScript("publint", "src", "cli.js"), "run", "--strict"),
  "ruff check": python("ruff", "check", "--quiet"),
  "ruff format": python("ruff", "format", "--check", "--output-format=concise"),
  mypy: python("mypy"),
};

/** The names of the checks, as --only sees them. */
export const checkNames = ["tsc", ...Object.keys(commands)];

/**
 * Runs the named checks, and the compiler in any case.
 *
 * @param {string[]} names
 * @param {import("./tally.mjs").Tally} tally
 * @returns {Promise<boolean>} whether dist/ is what the sources say
 */
export async function runStaticChecks(names, tally) {
  const startedMs = Date.now();
  const complaints = await compile();
  if (complaints !== null || names.includes("tsc")) {
    tally.add(singleCheck("tsc", complaints, (Date.now() - startedMs) / 1000));
  }
  const waiting = names.filter((name) => name !== "tsc");
  const lane = async () => {
    for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
      tally.add(await runCheck(name));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return complaints === null;
}

async function runCheck(name) {
  const startedMs = Date.now();
  const [program, ...args] = commands[name];
  const done = await runChild(program, args, { timeoutMs: 300_000 });
  const reason = done.code === 0 ? null : done.output.trim() || `ended with code ${done.code}`;
  return singleCheck(name, reason, (Date.now() - startedMs) / 1000);
}
