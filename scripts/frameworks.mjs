// `node scripts/frameworks.mjs`: runs the tests of test/frameworks/ and writes docs/frameworks.md from what came out.
import "./setup/require-node.mjs";
import { command } from "./setup/command.mjs";
import { buildWhenStale } from "./setup/build.mjs";
import { installNodePackages } from "./setup/node-packages.mjs";
import { inRoot } from "./setup/project.mjs";
import { installPythonPackages } from "./setup/python-packages.mjs";
import { pathToFileURL } from "node:url";

await command(async () => {
  await installNodePackages();
  await installPythonPackages(inRoot("requirements-test.txt"));
  await buildWhenStale();
  const { main } = await import(pathToFileURL(inRoot("dist", "test", "frameworks", "page.js")));
  process.exitCode = main((line) => console.log(line));
});
