// Finds the Python that makes the virtual environment: what PYTHON names, else the first good one on PATH.
import { runChild } from "./child.mjs";
import { SetupFault } from "./project.mjs";

const oldest = [3, 9];
const newestTried = 16;

/** The version of an interpreter ("3.11.7"), or null when it doesn't run. */
export async function pythonVersion(path) {
  const show = "import sys; print('.'.join(map(str, sys.version_info[:3])))";
  const done = await runChild(path, ["-c", show]);
  return done.code === 0 ? done.stdout.trim() : null;
}

/** The interpreter to use, with its version. Throws a SetupFault when there is none that is new enough. */
export async function findPython() {
  const asked = process.env.PYTHON;
  const tooOld = [];
  for (const path of asked ? [asked] : candidates()) {
    const version = await pythonVersion(path);
    if (version === null) continue;
    if (isNewEnough(version)) return { path, version };
    tooOld.push(`${path} is ${version}`);
  }
  const seen = tooOld.length > 0 ? ` (${tooOld.join(", ")})` : "";
  const where = asked ? `PYTHON=${asked} isn't one` : "none is on PATH";
  throw new SetupFault(`Wizgy needs Python ${oldest.join(".")} or newer, and ${where}${seen}.`);
}

function candidates() {
  const numbered = [];
  for (let minor = newestTried; minor >= oldest[1]; minor -= 1) numbered.push(`python3.${minor}`);
  return ["python3", "python", ...numbered];
}

function isNewEnough(version) {
  const [major, minor] = version.split(".").map(Number);
  return major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
}
