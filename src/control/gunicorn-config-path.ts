/** Which settings files are configuration files of gunicorn, and how the Python half is told where one is. */
import { resolve } from "node:path";

/** Whether a settings file is for Python to read. */
export function isGunicornConfig(path: string): boolean {
  return path.endsWith(".py") || path.startsWith("python:");
}

/** As the Python half takes it: `python:MODULE`, or `file:` and an absolute path. */
export function gunicornConfigSpec(path: string): string {
  return path.startsWith("python:") ? path : `file:${resolve(path.replace(/^file:/, ""))}`;
}
