// The project's own virtual environment, .venv: made once, and given a requirements file's packages when that file has
// changed. What was installed is remembered in a stamp inside .venv, so an unchanged file costs one hash.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

import { runChild } from "./child.mjs";
import { findPython, pythonVersion } from "./python.mjs";
import { inRoot, root, SetupFault } from "./project.mjs";

const folder = inRoot(".venv");
const stampFile = join(folder, "wizgy-installed.json");

/** The Python of the project's virtual environment. */
export const venvPython =
  process.platform === "win32"
    ? join(folder, "Scripts", "python.exe")
    : join(folder, "bin", "python");

/**
 * Makes .venv hold the packages of a requirements file.
 *
 * @param {string} requirements absolute path of a pip requirements file
 */
export async function installPythonPackages(requirements) {
  const version = await ensureEnvironment();
  const files = requirementFiles(requirements);
  const wanted = Object.fromEntries(
    files.map((file) => [relative(root, file), hash(version, requirementFiles(file))]),
  );
  const installed = readStamp();
  const name = relative(root, requirements);
  if (installed[name] === wanted[name]) return;

  console.log(`Installing the Python packages of ${name} into .venv ...`);
  const quiet = ["--quiet", "--disable-pip-version-check", "--no-input"];
  const done = await runChild(venvPython, ["-m", "pip", "install", ...quiet, "-r", requirements]);
  if (done.code !== 0) {
    throw new SetupFault(`pip (Python ${version}) couldn't install ${name}:\n${done.output}`);
  }
  // The files it includes are installed with it, so an example alone finds its packages there.
  writeFileSync(stampFile, `${JSON.stringify({ ...installed, ...wanted }, null, 2)}\n`);
}

/** Makes .venv when it is missing, broken, or of another Python than PYTHON names. Resolves to its version. */
async function ensureEnvironment() {
  const present = existsSync(venvPython) ? await pythonVersion(venvPython) : null;
  const asked = process.env.PYTHON;
  if (present !== null && (!asked || (await pythonVersion(asked)) === present)) {
    if (existsSync(stampFile)) return present;
    // Without a stamp the making of .venv may have been interrupted before pip was in it.
    const pip = await runChild(venvPython, ["-m", "pip", "--version"]);
    if (pip.code === 0) return present;
  }
  const python = await findPython();
  const parts = await runChild(python.path, ["-c", "import ensurepip, venv"]);
  if (parts.code !== 0) {
    throw new SetupFault(
      `${python.path} (Python ${python.version}) can't make a virtual environment: its venv or ensurepip module is ` +
        "missing.\nInstall it (on Debian and Ubuntu: apt-get install python3-venv) and run this again.",
    );
  }
  console.log(`Making the virtual environment .venv (Python ${python.version}) ...`);
  const done = await runChild(python.path, ["-m", "venv", "--clear", folder]);
  if (done.code !== 0) throw new SetupFault(`python -m venv failed:\n${done.output}`);
  return python.version;
}

/** A requirements file and those it includes with `-r`, the file itself last. */
function requirementFiles(file) {
  const text = readFileSync(file, "utf8");
  const included = [...text.matchAll(/^-r\s+(\S+)/gm)].map((match) => match[1]);
  return [...included.flatMap((name) => requirementFiles(join(dirname(file), name))), file];
}

function hash(version, files) {
  const sum = createHash("sha256").update(version);
  for (const file of files) sum.update("\0").update(readFileSync(file));
  return sum.digest("hex");
}

function readStamp() {
  return existsSync(stampFile) ? JSON.parse(readFileSync(stampFile, "utf8")) : {};
}
