/**
 * Which Python runs the application. It is only located here: whether it is new enough, it says
 * itself when a worker starts.
 *
 * The first place that names a Python decides. A place that names one that isn't there is a fault
 * and not a reason to go on looking: the next Python would lack the application's packages, and the
 * error would be about those. Links are left as they are, because a virtual environment is found by
 * Python through the path it was called by.
 */
import { constants } from "node:fs";
import { access, stat } from "node:fs/promises";
import { delimiter, join, resolve } from "node:path";

/** Where the choice came from, in the order of looking. */
export type InterpreterOrigin =
  | "setting"
  | "active-environment"
  | "application-environment"
  | "working-folder-environment"
  | "path";

export interface Interpreter {
  readonly kind: "interpreter";
  /** Absolute path of the executable. */
  readonly path: string;
  readonly origin: InterpreterOrigin;
}

/** No usable Python: a fault of the configuration. */
export interface InterpreterFault {
  readonly kind: "fault";
  readonly code: "python-not-found" | "python-not-executable";
  /** One sentence on what is wrong and one on what to do. */
  readonly message: string;
}

export interface InterpreterQuery {
  /** The setting `python`: a path, a name on PATH or a virtual environment; null when not set. */
  readonly python: string | null;
  /** The folder that holds the application. */
  readonly appDir: string;
  readonly cwd: string;
  /** The environment; PATH and VIRTUAL_ENV are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const ENVIRONMENT_FOLDERS = [".venv", "venv"];
const EXECUTABLES_IN_ENVIRONMENT = ["bin/python", "bin/python3"];
const NAMES_ON_PATH = ["python3", "python"];

/** Finds the Python to run the application with. */
export async function findInterpreter(
  query: InterpreterQuery,
): Promise<Interpreter | InterpreterFault> {
  if (query.python !== null) return fromSetting(query.python, query);
  return (
    (await fromActiveEnvironment(query)) ??
    (await fromEnvironmentBeside(query.appDir, "application-environment")) ??
    (await fromEnvironmentBeside(query.cwd, "working-folder-environment")) ??
    (await fromPath(NAMES_ON_PATH, query, "path")) ??
    fault(
      "python-not-found",
      "No python3 or python on PATH. Install Python 3.9 or newer, or choose one with --python PATH.",
    )
  );
}

/** Where a Python came from, as a phrase for the start-up block. */
export function describeInterpreter(interpreter: Interpreter): string {
  switch (interpreter.origin) {
    case "setting":
      return "chosen by --python";
    case "active-environment":
      return "the active virtual environment";
    case "application-environment":
      return "the virtual environment beside the application";
    case "working-folder-environment":
      return "the virtual environment in the working folder";
    case "path":
      return "found on PATH";
  }
}

async function fromSetting(
  python: string,
  query: InterpreterQuery,
): Promise<Interpreter | InterpreterFault> {
  const path = resolve(query.cwd, python);
  const kind = await kindOf(path);
  // As in a shell, a bare name is looked up on PATH; a folder of that name is an environment.
  if (!python.includes("/") && kind !== "folder") {
    const onPath = await fromPath([python], query, "setting");
    if (onPath !== null) return onPath;
  }
  switch (kind) {
    case "executable":
      return found(path, "setting");
    case "file":
      return fault(
        "python-not-executable",
        `--python: ${path} is not executable. Name a Python that is.`,
      );
    case "folder":
      return (
        (await insideEnvironment(path, "setting")) ??
        fault(
          "python-not-found",
          `--python: there is no bin/python in the folder ${path}. Name a virtual environment or a Python executable.`,
        )
      );
    case "nothing":
      return fault(
        "python-not-found",
        `--python: there is no ${path}${python.includes("/") ? "" : `, and no ${python} on PATH`}. Name a Python executable, a name on PATH or the folder of a virtual environment.`,
      );
  }
}

async function fromActiveEnvironment(
  query: InterpreterQuery,
): Promise<Interpreter | InterpreterFault | null> {
  const named = query.env["VIRTUAL_ENV"];
  if (named === undefined || named === "") return null;
  const folder = resolve(query.cwd, named);
  return (
    (await insideEnvironment(folder, "active-environment")) ??
    fault(
      "python-not-found",
      `VIRTUAL_ENV names ${folder}, and there is no usable Python in it. Activate another environment, unset VIRTUAL_ENV, or choose a Python with --python PATH.`,
    )
  );
}

async function fromEnvironmentBeside(
  parent: string,
  origin: InterpreterOrigin,
): Promise<Interpreter | InterpreterFault | null> {
  for (const name of ENVIRONMENT_FOLDERS) {
    const folder = resolve(parent, name);
    // Without this file it is no virtual environment: a package may be called venv, too.
    if ((await kindOf(join(folder, "pyvenv.cfg"))) === "nothing") continue;
    return (
      (await insideEnvironment(folder, origin)) ??
      fault(
        "python-not-found",
        `The virtual environment ${folder} has no usable Python: the one it was made with may be gone. Make it anew with "python3 -m venv --clear ${folder}", or choose a Python with --python PATH.`,
      )
    );
  }
  return null;
}

async function insideEnvironment(
  folder: string,
  origin: InterpreterOrigin,
): Promise<Interpreter | null> {
  for (const name of EXECUTABLES_IN_ENVIRONMENT) {
    const path = join(folder, name);
    if ((await kindOf(path)) === "executable") return found(path, origin);
  }
  return null;
}

async function fromPath(
  names: readonly string[],
  query: InterpreterQuery,
  origin: InterpreterOrigin,
): Promise<Interpreter | null> {
  const folders = (query.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  for (const name of names) {
    for (const folder of folders) {
      const path = resolve(query.cwd, folder, name);
      if ((await kindOf(path)) === "executable") return found(path, origin);
    }
  }
  return null;
}

async function kindOf(path: string): Promise<"executable" | "file" | "folder" | "nothing"> {
  try {
    const stats = await stat(path);
    if (stats.isDirectory()) return "folder";
  } catch {
    return "nothing"; // Missing, a dangling link, or behind a folder that may not be entered.
  }
  try {
    await access(path, constants.X_OK);
    return "executable";
  } catch {
    return "file";
  }
}

function found(path: string, origin: InterpreterOrigin): Interpreter {
  return { kind: "interpreter", path, origin };
}

function fault(code: InterpreterFault["code"], message: string): InterpreterFault {
  return { kind: "fault", code, message };
}
