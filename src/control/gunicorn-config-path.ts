/** Which settings files are configuration files of gunicorn, and how the Python half is told where one is. */
import { resolve } from "node:path";

/**
 * Whether a settings file is for Python to read.
 * @param compat - of `--gunicorn-compat`: then all are whose names don't say something else.
 */
export function isGunicornConfig(path: string, compat: boolean): boolean {
  if (/^(?:python|file):|\.pyc?$/.test(path)) return true;
  return compat && path !== "off" && !/\.(?:toml|json)$/.test(path);
}

/** As the Python half takes it: `python:MODULE`, or `file:` and an absolute path. */
export function gunicornConfigSpec(path: string): string {
  return path.startsWith("python:") ? path : `file:${resolve(path.replace(/^file:/, ""))}`;
}
