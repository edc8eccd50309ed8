/**
 * What a command line asks for. Pure: arguments and environment in, one tagged value out. Nothing
 * is printed here and no file is looked at.
 */
import { errorCatalogue, type ErrorCode } from "../errors/catalogue.ts";
import { sortArguments } from "./arguments.ts";
import { renderHelp } from "./help.ts";
import { renderConfig } from "./print-config.ts";
import { NO_LAYER, type SettingsLayer } from "./settings-file.ts";
import {
  readSettings,
  valueRows,
  winningValues,
  type Environment,
  type Settings,
} from "./settings.ts";

export type ParsedCommand =
  | { readonly kind: "serve"; readonly settings: Settings }
  | { readonly kind: "check"; readonly settings: Settings }
  /** Asks a running server. */
  | { readonly kind: "reload"; readonly settings: Settings }
  | { readonly kind: "print"; readonly text: string }
  | { readonly kind: "help"; readonly text: string }
  | { readonly kind: "version" }
  | CommandFault;

/** A command line that can't be followed. */
export interface CommandFault {
  readonly kind: "fault";
  readonly code: ErrorCode;
  /** One or more lines for standard error, without a line end. */
  readonly message: string;
  readonly exitCode: number;
}

const MISSING_APP = `Provide a WSGI application object as module:callable, for example

  wizgy hello:app         the object app in hello.py
  wizgy mysite.wsgi       application (or app) in the module mysite.wsgi
  wizgy path/to/app.py    the same in a file

"wizgy --help" says more.`;

/**
 * Reads a command line. `reload` in the place of the application is a command; a module of that name
 * is written `reload:app` or `reload.py`.
 * @param argv - the words after the program's name.
 * @param environment - where `WIZGY_*`, `PORT` and `WEB_CONCURRENCY` are looked up.
 * @param file - what the settings file says.
 */
export function parseCommandLine(
  argv: readonly string[],
  environment: Environment,
  file: SettingsLayer = NO_LAYER,
): ParsedCommand {
  const { positionals, given, actions, fault } = sortArguments(argv);
  if (actions.has("help")) return { kind: "help", text: renderHelp() };
  if (actions.has("version")) return { kind: "version" };
  if (fault !== null) return commandFault(fault.code, fault.message);
  const [named, ...others] = positionals;
  const isReload = named === "reload";
  if (others.length > 0) return commandFault("unexpected-argument", oneApplication(positionals));
  const app = named ?? file.app?.texts[0] ?? "";
  const settings = readSettings(app, given, environment, file.given);
  if ("kind" in settings) {
    const { source, text, expected } = settings;
    const message = `${source}: ${JSON.stringify(text)} is not accepted. It takes ${expected}.`;
    return commandFault("bad-value", message);
  }
  if (actions.has("printConfig")) {
    const origins = valueRows.map(([key, row]) => ({
      key,
      row,
      given: winningValues(key, row, given, environment, file.given),
    }));
    const onCommandLine = { flag: "APP", texts: [app], origin: "command line" };
    const text = renderConfig(named === undefined ? file.app : onCommandLine, origins);
    return { kind: "print", text };
  }
  if (app === "") return commandFault("missing-app", MISSING_APP);
  if (isReload) return { kind: "reload", settings };
  return { kind: actions.has("checkConfig") ? "check" : "serve", settings };
}

function oneApplication(names: readonly string[]): string {
  const list = names.map((name) => JSON.stringify(name)).join(" and ");
  return `One application at a time: got ${list}. Options begin with a dash.`;
}

/** A command that can't be followed, with the exit code of the catalogue. */
export function commandFault(code: ErrorCode, message: string): CommandFault {
  return { kind: "fault", code, message, exitCode: errorCatalogue[code].exitCode ?? 1 };
}
