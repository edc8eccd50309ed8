/**
 * Has Python evaluate a configuration file of gunicorn: a short-lived process prints its values as JSON.
 * The process that forks the workers evaluates it once more, for its hooks (`wizgy_worker/hooks.py`).
 */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { type GunicornLayer, readGunicornConfig } from "../options/gunicorn-config.ts";
import type { SettingsFileFault } from "../options/settings-file.ts";
import type { Environment } from "../options/settings.ts";
import { findInterpreter } from "../workers/interpreter.ts";
import { gunicornConfigSpec } from "./gunicorn-config-path.ts";

const EVALUATOR = fileURLToPath(
  new URL("../../../python/wizgy_worker/gunicorn_config.py", import.meta.url),
);

/** A file may compute and ask, and must come to an end. */
const EVALUATION_TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 16_777_216;

/**
 * Reads the file.
 * @param python - as `--python` names it.
 * @param chdir - where an application's own Python is looked for.
 * @param environment - of the process that evaluates it.
 */
export async function readGunicornFile(
  path: string,
  python: string | null,
  chdir: string | null,
  environment: Environment,
): Promise<GunicornLayer | SettingsFileFault> {
  const cwd = resolve(chdir ?? ".");
  const interpreter = await findInterpreter({
    python: python?.includes("/") ? resolve(python) : python,
    appDir: cwd,
    cwd,
    env: environment,
  });
  if (interpreter.kind === "fault") return fault(interpreter.message);
  const spec = gunicornConfigSpec(path);
  if (spec.startsWith("file:") && !existsSync(spec.slice(5))) {
    return fault(`--config ${path}: there is no such file.`);
  }
  try {
    const { stdout, stderr } = await promisify(execFile)(interpreter.path, [EVALUATOR, spec], {
      env: environment,
      timeout: EVALUATION_TIMEOUT_MS,
      maxBuffer: MAX_OUTPUT_BYTES,
    });
    // What the file prints is for the operator.
    process.stderr.write(stderr);
    const { values, hooks } = JSON.parse(stdout) as {
      values: Record<string, unknown>;
      hooks: string[];
    };
    const text = spec.startsWith("file:") ? readFileSync(spec.slice(5), "utf8") : "";
    return readGunicornConfig({ path, text, values, hooks });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    return fault(`${path} can't be evaluated by Python.\n${(stderr ?? message).trimEnd()}`);
  }
}

function fault(message: string): SettingsFileFault {
  return { kind: "file-fault", message };
}
