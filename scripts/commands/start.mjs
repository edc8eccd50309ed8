// `npm start [-- OPTIONS APP]`: installs what is missing, builds what is old, and serves. Where no APP is named it is the
// welcome example. The server runs in this very process: signals reach it directly and nothing is left behind.
// package.json says `exec node`, because npm runs a shell that would keep npm's signals to itself and leave the server running.
import { existsSync } from "node:fs";
import { relative, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";

import { buildWhenStale } from "../setup/build.mjs";
import { command } from "../setup/command.mjs";
import { installNodePackages } from "../setup/node-packages.mjs";
import { inRoot } from "../setup/project.mjs";
import { installPythonPackages, venvPython } from "../setup/python-packages.mjs";

await command(async () => {
  const args = process.argv.slice(2);
  // npm goes to the project's root and keeps where the person was: relative paths are theirs.
  if (process.env.npm_lifecycle_event === "start" && process.env.INIT_CWD) {
    process.chdir(process.env.INIT_CWD);
  }

  await installNodePackages();
  await buildWhenStale();
  const requirements = exampleRequirements(args);
  if (requirements !== null) {
    await installPythonPackages(requirements);
    if (!process.env.WIZGY_PYTHON) process.env.WIZGY_PYTHON = venvPython;
  }

  const bin = inRoot("bin", "wizgy.js");
  if (await namesNoApplication(args)) args.push(inRoot("examples", "welcome", "app.py"));
  process.argv = [process.execPath, bin, ...args];
  await import(pathToFileURL(bin).href);
});

/** Whether the command line would end with the request to name an application; options alone may be given. */
async function namesNoApplication(args) {
  const built = pathToFileURL(inRoot("dist", "src", "options", "command-line.js")).href;
  const { parseCommandLine } = await import(built);
  return parseCommandLine(args, process.env).code === "missing-app";
}

/** The requirements file of the example that an argument points into (`examples/flask/app.py:app`), or null. */
function exampleRequirements(args) {
  for (const arg of args) {
    const path = relative(inRoot("examples"), resolve(arg.replace(/^--[a-z-]+=/, "")));
    const [example] = path.split(sep);
    if (example === undefined || example === "" || example === "..") continue;
    const file = inRoot("examples", example, "requirements.txt");
    if (existsSync(file)) return file;
  }
  return null;
}
