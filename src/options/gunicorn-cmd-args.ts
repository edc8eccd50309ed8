/** What GUNICORN_CMD_ARGS says: flags that count for less than the command line and more than the file. */
import { sortArguments } from "./arguments.ts";
import { type SettingsFileFault, type SettingsLayer, NO_LAYER } from "./settings-file.ts";
import type { Environment, GivenValues, SettingKey } from "./settings.ts";
import { shellWords } from "./shell-words.ts";

const NAME = "GUNICORN_CMD_ARGS";

/** The settings of the variable; none where it is absent. */
export function readGunicornCmdArgs(environment: Environment): SettingsLayer | SettingsFileFault {
  const words = shellWords(environment[NAME] ?? "");
  if (words === null) return fault("a quote is not closed.");
  if (words.length === 0) return NO_LAYER;
  const sorted = sortArguments(words);
  if (sorted.fault !== null) return fault(sorted.fault.message);
  if (sorted.actions.size > 0) return fault("only settings can stand here.");
  const given = new Map<SettingKey, GivenValues>();
  for (const [key, { flag, texts }] of sorted.given) {
    given.set(key, { flag: `${NAME}: ${flag}`, texts, origin: NAME });
  }
  const [app] = sorted.positionals;
  return {
    app: app === undefined ? null : { flag: NAME, texts: [app], origin: NAME },
    given,
    sites: [],
  };
}

/** One layer over another. */
export function overlay(upper: SettingsLayer, lower: SettingsLayer): SettingsLayer {
  return {
    app: upper.app ?? lower.app,
    given: new Map([...lower.given, ...upper.given]),
    sites: lower.sites,
  };
}

function fault(message: string): SettingsFileFault {
  return { kind: "file-fault", message: `${NAME}: ${message}` };
}
