/**
 * What a command line asks for. Pure: arguments and environment in, one tagged value out. Nothing
 * is printed here and no file is looked at.
 */
import { errorCatalogue, type ErrorCode } from "../errors/catalogue.ts";
import { sortArguments } from "./arguments.ts";
import { renderHelp } from "./help.ts";
import { type PrintedSite, renderConfig } from "./print-config.ts";
import { NO_LAYER, type SettingsLayer } from "./settings-file.ts";
import {
  readSettings,
  rowOf,
  valueRows,
  winningValues,
  type Environment,
  type GivenValues,
  type SettingKey,
  type Settings,
  type ValueFault,
} from "./settings.ts";
import { type SiteSettings, type SitesFault, readSites } from "./site-settings.ts";

export type ParsedCommand =
  | { readonly kind: "serve"; readonly settings: Settings }
  | { readonly kind: "check"; readonly settings: Settings }
  /** Asks a running server. `site`: the name of the one that is meant; null: all. */
  | { readonly kind: "reload"; readonly settings: Settings; readonly site: string | null }
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
 * Reads a command line. `reload` in the place of the application is a command, and a second word names
 * a site; a module of that name is written `reload:app` or `reload.py`.
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
  const [named, second, ...others] = positionals;
  const isReload = named === "reload";
  if (others.length > 0 || (second !== undefined && !isReload)) {
    return commandFault("unexpected-argument", oneApplication(positionals));
  }
  const hasSites = file.sites.length > 0;
  if (hasSites && named !== undefined && !isReload) {
    const message = `${file.sites[0]?.place}: the settings file has sites, so no application is named on the command line. Leave ${JSON.stringify(named)} out, or add --config off.`;
    return commandFault("unexpected-argument", message);
  }
  const app = named ?? file.app?.texts[0] ?? "";
  const settings = readSettings(app, given, environment, file.given);
  if ("kind" in settings) return valueFault(settings);
  const sites = isReload ? [] : sitesOf(app, given, environment, file);
  if ("kind" in sites) {
    return sites.kind === "sites-fault"
      ? commandFault(sites.code, sites.message)
      : valueFault(sites);
  }
  if (actions.has("printConfig")) {
    const origins = valueRows.map(([key, row]) => ({
      key,
      row,
      given: winningValues(key, row, given, environment, file.given),
    }));
    const onCommandLine = { flag: "APP", texts: [app], origin: "command line" };
    const printed = file.sites.map((layer, index): PrintedSite => ({
      ...layer,
      name: sites[index]?.name ?? "",
    }));
    const text = renderConfig(named === undefined ? file.app : onCommandLine, origins, printed);
    return { kind: "print", text };
  }
  if (isReload) return { kind: "reload", settings, site: second ?? null };
  if (app === "" && !hasSites) return commandFault("missing-app", MISSING_APP);
  const kind = actions.has("checkConfig") ? "check" : "serve";
  return { kind, settings: { ...settings, sites } };
}

function sitesOf(
  app: string,
  given: ReadonlyMap<SettingKey, GivenValues>,
  environment: Environment,
  file: SettingsLayer,
): readonly SiteSettings[] | ValueFault | SitesFault {
  return readSites(app, file.sites, (ownApp, own) => {
    const all = new Map([...given, ...own]);
    const env = own.get("env");
    if (env !== undefined) {
      // The one thing that adds up: what all sites have, then its own.
      const { texts } = winningValues("env", rowOf("env"), given, environment, file.given);
      all.set("env", { ...env, texts: [...texts, ...env.texts] });
    }
    return readSettings(ownApp, all, environment, file.given);
  });
}

function valueFault({ source, text, expected }: ValueFault): CommandFault {
  const message = `${source}: ${JSON.stringify(text)} is not accepted. It takes ${expected}.`;
  return commandFault("bad-value", message);
}

function oneApplication(names: readonly string[]): string {
  const list = names.map((name) => JSON.stringify(name)).join(" and ");
  return `One application at a time: got ${list}. Options begin with a dash.`;
}

/** A command that can't be followed, with the exit code of the catalogue. */
export function commandFault(code: ErrorCode, message: string): CommandFault {
  return { kind: "fault", code, message, exitCode: errorCatalogue[code].exitCode ?? 1 };
}
