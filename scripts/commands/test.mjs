// `npm test [-- --only PATTERN]`: installs what the tests need, builds, runs the static checks, the tests of the front
// (node:test) and of the Python half (pytest). The last line is `N passed, N failed` (`, N skipped` where there are any).
//
// PATTERN is a regular expression: of a check's name or a test file's path.
import { parseArgs } from "node:util";

import { checkNames, runStaticChecks } from "../checks/static-checks.mjs";
import { runTestFiles, testFiles } from "../checks/node-tests.mjs";
import { pythonTestFiles, runPytest } from "../checks/python-tests.mjs";
import { singleCheck, Tally } from "../checks/tally.mjs";
import { installNodePackages } from "../setup/node-packages.mjs";
import { inRoot, SetupFault } from "../setup/project.mjs";
import { installPythonPackages } from "../setup/python-packages.mjs";

const tally = new Tally();
if (await prepare()) await runAll();
process.exitCode = tally.finish();

async function prepare() {
  try {
    await installNodePackages();
    await installPythonPackages(inRoot("requirements-test.txt"));
    return true;
  } catch (error) {
    if (!(error instanceof SetupFault)) throw error;
    tally.add(singleCheck("install", error.message, 0));
    return false;
  }
}

async function runAll() {
  const { values } = parseArgs({ options: { only: { type: "string" } } });
  const chosen = (names) => names.filter((name) => new RegExp(values.only ?? "").test(name));

  const built = await runStaticChecks(chosen(checkNames), tally);
  const files = chosen(testFiles());
  if (built) await runTestFiles(files, tally);
  else tally.add(singleCheck("node tests", `${files.length} files not run: no build`, 0));
  const pythonFiles = chosen(pythonTestFiles());
  if (pythonFiles.length > 0) tally.add(await runPytest(pythonFiles));
}
