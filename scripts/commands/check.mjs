// `npm run check`: only what runs no server: the static checks and the tests of the tree's own rules (test/meta).
import { checkNames, runStaticChecks } from "../checks/static-checks.mjs";
import { runTestFiles, testFiles } from "../checks/node-tests.mjs";
import { Tally } from "../checks/tally.mjs";
import { command } from "../setup/command.mjs";
import { installNodePackages } from "../setup/node-packages.mjs";
import { inRoot } from "../setup/project.mjs";
import { installPythonPackages } from "../setup/python-packages.mjs";

await command(async () => {
  await installNodePackages();
  await installPythonPackages(inRoot("requirements-test.txt"));
  const tally = new Tally();
  const built = await runStaticChecks(checkNames, tally);
  if (built)
    await runTestFiles(
      testFiles().filter((file) => /\bmeta\b/.test(file)),
      tally,
    );
  process.exitCode = tally.finish();
});
