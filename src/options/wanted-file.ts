/** What has to be known of the command line and the environment before the settings file is read. */
import { sortArguments } from "./arguments.ts";
import type { Environment, SettingKey } from "./settings.ts";

export interface WantedFile {
  /** As it was named, `"off"`, or null where the usual ones are looked for. */
  readonly path: string | null;
  /** Whether gunicorn's own places are looked at. */
  readonly isGunicorn: boolean;
  readonly python: string | null;
  readonly chdir: string | null;
}

export function wantedFile(argv: readonly string[], environment: Environment): WantedFile {
  const { given, actions, fault } = sortArguments(argv);
  const textOf = (key: SettingKey, variable: string): string | null =>
    given.get(key)?.texts.at(-1) ?? (environment[variable] || null);
  // What is wrong or asked for already needs no file.
  const isSettled = fault !== null || actions.has("help") || actions.has("version");
  return {
    path: isSettled ? "off" : textOf("config", "WIZGY_CONFIG"),
    isGunicorn: !isSettled && textOf("gunicornCompat", "WIZGY_GUNICORN_COMPAT") === "on",
    python: textOf("python", "WIZGY_PYTHON"),
    chdir: textOf("chdir", "WIZGY_CHDIR"),
  };
}
