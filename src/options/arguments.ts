/**
 * The words of a command line, sorted into flags with their values and the rest.
 *
 * `--flag value`, `--flag=value`, `-b value`, `-bvalue` and `-b=value`; flags before or after the
 * application; `--` ends them. A word that begins with a dash is never taken as a value unless it
 * is `-` alone or a negative number: `--chdir --workers 2` is a forgotten folder, not a folder
 * called `--workers`. The first fault is kept and the reading goes on, so that `--help` anywhere
 * wins over it.
 */
import type { SettingRow, ValueRow } from "./definition.ts";
import { judgeGunicornFlag } from "./gunicorn-flags.ts";
import { nearestName } from "./nearest.ts";
import type { ActionKey, GivenValues, SettingKey } from "./settings.ts";
import { settingTable } from "./table.ts";

export interface ArgumentFault {
  readonly code: "unknown-option" | "refused-option" | "missing-value" | "unexpected-value";
  readonly message: string;
}

export interface SortedArguments {
  readonly positionals: readonly string[];
  readonly given: ReadonlyMap<SettingKey, GivenValues>;
  readonly actions: ReadonlySet<ActionKey>;
  readonly fault: ArgumentFault | null;
}

type FlagTarget =
  | { readonly key: SettingKey; readonly row: ValueRow }
  | { readonly key: ActionKey; readonly row: null };

const targets: ReadonlyMap<string, FlagTarget> = indexFlags();
const longFlags: readonly string[] = [...targets.keys()].filter((flag) => flag.startsWith("--"));

/** Sorts the words that follow the program's name. */
export function sortArguments(argv: readonly string[]): SortedArguments {
  const positionals: string[] = [];
  const given = new Map<SettingKey, { flag: string; texts: string[]; origin: string }>();
  const actions = new Set<ActionKey>();
  let fault: ArgumentFault | null = null;
  const add = (key: SettingKey, flag: string, text: string): void => {
    const entry = given.get(key) ?? { flag, texts: [], origin: flag };
    entry.flag = entry.origin = flag;
    entry.texts.push(text);
    given.set(key, entry);
  };
  let index = 0;
  while (index < argv.length) {
    const word = argv[index] ?? "";
    index += 1;
    if (word === "--") {
      positionals.push(...argv.slice(index));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      positionals.push(word);
      continue;
    }
    const { flag, attached } = splitFlag(word);
    const target = targets.get(flag);
    if (target === undefined) {
      const judged = judgeGunicornFlag(flag, attached ?? takeValue(argv[index]));
      if (judged === null) {
        fault ??= unknownOption(flag);
        continue;
      }
      fault ??= judged.fault;
      if (judged.gives !== null && attached === null)
        add(judged.gives.key, flag, judged.gives.text);
      if (judged.takesValue && attached === null && takeValue(argv[index]) !== null) index += 1;
    } else if (target.row === null) {
      if (attached === null) actions.add(target.key);
      else fault ??= { code: "unexpected-value", message: `${flag} takes no value.` };
    } else {
      const isSwitch = target.row.kind === "switch";
      const bare = attached === null ? bareValue(target.row, argv[index]) : null;
      const value = isSwitch ? "on" : (attached ?? bare ?? takeValue(argv[index]));
      if (isSwitch && attached !== null) {
        fault ??= { code: "unexpected-value", message: `${flag} takes no value.` };
        continue;
      }
      if (value === null) {
        fault ??= missingValue(flag, target.row, argv[index]);
        continue;
      }
      if (attached === null && bare === null && !isSwitch) index += 1;
      add(target.key, flag, value);
    }
  }
  return { positionals, given, actions, fault };
}

function splitFlag(word: string): { readonly flag: string; readonly attached: string | null } {
  const equals = word.indexOf("=");
  const name = equals === -1 ? word : word.slice(0, equals);
  // -bind is a long flag that lacks a dash; read as -b it would listen on a host called "ind".
  if (word.startsWith("--") || targets.has(`-${name}`)) {
    return { flag: name, attached: equals === -1 ? null : word.slice(equals + 1) };
  }
  const rest = word.slice(2);
  if (rest === "") return { flag: word, attached: null };
  return { flag: word.slice(0, 2), attached: rest.startsWith("=") ? rest.slice(1) : rest };
}

/** What a flag means alone, when it may stand alone and the next word is no value of it. */
function bareValue(row: ValueRow, next: string | undefined): string | null {
  if (row.kind !== "choice" || row.bare === undefined) return null;
  return row.choices.includes(next?.toLowerCase() ?? "") ? null : row.bare;
}

function takeValue(word: string | undefined): string | null {
  if (word === undefined) return null;
  return word.startsWith("-") && word !== "-" && !/^-\d/.test(word) ? null : word;
}

function unknownOption(flag: string): ArgumentFault {
  const wanted = flag.startsWith("--") ? flag : `-${flag}`;
  const nearest = wanted.length < 4 ? null : nearestName(wanted, longFlags);
  const shown = /^[!-~]+$/.test(flag) ? flag : JSON.stringify(flag);
  const hint = nearest === null ? "" : ` Did you mean ${nearest}?`;
  return {
    code: "unknown-option",
    message: `Unknown option ${shown}.${hint} "wizgy --help" lists all options.`,
  };
}

function missingValue(flag: string, row: ValueRow, next: string | undefined): ArgumentFault {
  const valueName = "valueName" in row ? row.valueName : "";
  const remedy =
    next === undefined
      ? `Write ${flag} ${valueName}.`
      : `A value that begins with a dash is written ${flag}=${next}.`;
  return { code: "missing-value", message: `${flag} needs a value. ${remedy}` };
}

function indexFlags(): Map<string, FlagTarget> {
  const index = new Map<string, FlagTarget>();
  for (const [key, row] of Object.entries(settingTable) as [string, SettingRow][]) {
    // The keys of the table are those of Settings where there is a value, and actions where not.
    const target =
      row.kind === "action"
        ? { key: key as ActionKey, row: null }
        : { key: key as SettingKey, row };
    for (const flag of row.flags) index.set(flag, target);
  }
  return index;
}
