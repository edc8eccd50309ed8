/**
 * Finds and reads the settings file, and with it the command line.
 *
 * Without `--config` a file of a usual name in the working folder is read: an application's folder
 * is where it is kept, and whoever can write there can change the application as well. The start-up
 * block names it. The parser is loaded only when there is something to parse.
 */
import { existsSync, readFileSync } from "node:fs";

import { type ParsedCommand, commandFault, parseCommandLine } from "../options/command-line.ts";
import { doubleJsonKey } from "../options/json-keys.ts";
import { overlay, readGunicornCmdArgs } from "../options/gunicorn-cmd-args.ts";
import {
  NO_LAYER,
  type SettingsFileFault,
  type SettingsLayer,
  readSettingsFile,
} from "../options/settings-file.ts";
import type { Environment } from "../options/settings.ts";
import { type WantedFile, wantedFile } from "../options/wanted-file.ts";
import { isGunicornConfig } from "./gunicorn-config-path.ts";

const USUAL_NAMES = ["wizgy.toml", "wizgy.json"];
const USUAL_NAMES_OF_GUNICORN = ["gunicorn.conf.py"];

/** Reads the command line together with the settings file that belongs to it. */
export async function readCommand(
  argv: readonly string[],
  environment: Environment,
): Promise<ParsedCommand> {
  const wanted = wantedFile(argv, environment);
  const above = wanted.isGunicorn ? readGunicornCmdArgs(environment) : NO_LAYER;
  if ("kind" in above) return commandFault("bad-settings-file", above.message);
  const named = wanted.path ?? above.given.get("config")?.texts.at(-1);
  const usual = wanted.isGunicorn ? USUAL_NAMES_OF_GUNICORN : USUAL_NAMES;
  const path = named ?? usual.find((name) => existsSync(name)) ?? "off";
  const layer = await readLayer(path, wanted, environment);
  if ("kind" in layer) return commandFault("bad-settings-file", layer.message);
  return parseCommandLine(argv, environment, overlay(above, layer));
}

async function readLayer(
  path: string,
  wanted: WantedFile,
  environment: Environment,
): Promise<SettingsLayer | SettingsFileFault> {
  if (path === "off") return NO_LAYER;
  if (!isGunicornConfig(path, wanted.isGunicorn)) return readPlainFile(path);
  // Loaded only for those who have such a file.
  const { readGunicornFile } = await import("./gunicorn-config.ts");
  const layer = await readGunicornFile(path, wanted.python, wanted.chdir, environment);
  if ("notes" in layer) for (const note of layer.notes) process.stderr.write(`wizgy: ${note}\n`);
  return layer;
}

async function readPlainFile(path: string): Promise<SettingsLayer | SettingsFileFault> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    return fault(`--config ${path}: this file can't be read (${messageOf(error)}).`);
  }
  try {
    const isJson = path.endsWith(".json");
    const data = isJson ? parseJson(text) : await parseToml(text);
    const double = isJson ? doubleJsonKey(text) : null;
    if (double !== null) {
      return fault(`${path}:${double.line}: ${JSON.stringify(double.path.at(-1))} is here twice.`);
    }
    return readSettingsFile({ path, text, data });
  } catch (error) {
    return fault(`${path}${lineOf(error, text)}: ${messageOf(error)}`);
  }
}

async function parseToml(text: string): Promise<unknown> {
  const { parse } = await import("smol-toml");
  return parse(text);
}

function parseJson(text: string): unknown {
  // Some editors begin a file with a byte order mark.
  return JSON.parse(text.replace(/^\ufeff/, ""));
}

/** `:3` where the parser says it; the one for JSON counts characters, or says nothing. */
function lineOf(error: unknown, text: string): string {
  if (typeof error === "object" && error !== null && "line" in error) {
    return `:${String(error.line)}`;
  }
  const position = /at position (\d+)/.exec(messageOf(error))?.[1];
  if (position === undefined) return "";
  return `:${text.slice(0, Number(position)).split("\n").length}`;
}

/** The first line; the parser for TOML draws the place on those that follow. */
function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n")[0] ?? text;
}

function fault(message: string): SettingsFileFault {
  return { kind: "file-fault", message };
}
