/**
 * The shape of one row of the table of settings, and the value each kind of row stands for.
 *
 * A row is plain data. Its default is written as a user would type it and goes through the same
 * parser as a user's value, so that the help text, the settings page and the running server can't
 * disagree about it.
 */
import type { TrustedPeers } from "../base/trusted-peers.ts";
import type { BindAddress } from "./bind-address.ts";
import type { LogTarget } from "./log-target.ts";

/** The headings of `--help` and of the settings page, in their order. */
export const settingGroups = [
  "Application",
  "Static files",
  "Compression",
  "Access and redirects",
  "Listening",
  "Rights",
  "Proxies",
  "TLS",
  "Workers",
  "Limits",
  "Timeouts",
  "Logging",
  "Information",
] as const;

export type SettingGroup = (typeof settingGroups)[number];

/** A variable that other tools define and Wizgy honours, below its own `WIZGY_*` name. */
export interface ForeignVariable {
  readonly name: string;
  /** Text put before the variable's value to make a value of the setting. */
  readonly prefix: string;
  /** What the variable takes, in words; of no use where the prefix is empty. */
  readonly expected: string;
}

interface RowBase {
  /** Long spelling first; further long spellings and one short one may follow. */
  readonly flags: readonly [`--${string}`, ...`-${string}`[]];
  readonly group: SettingGroup;
  /** One paragraph. Its first sentence is the line in `--help`. */
  readonly doc: string;
  /** Each `[[site]]` of a settings file may have a value of its own; without it the setting is the server's. */
  readonly perSite?: true;
}

interface ValueRowBase extends RowBase {
  /** What `--help` calls the value. */
  readonly valueName: string;
  /** As a user would type it; null where nothing is set. */
  readonly default: string | null;
  /** True where the flag may be given more than once, each adding to the list. */
  readonly repeatable: boolean;
  /** A second environment variable to look at, or null. */
  readonly foreign: ForeignVariable | null;
}

/** From one number to another one, both counted in. */
export interface CountRange {
  readonly least: number;
  readonly most: number;
}

/** A whole number from `min` to `max`. */
export interface CountRow extends ValueRowBase {
  readonly kind: "count" | "count-or-auto" | "worker-count";
  readonly default: string;
  readonly min: number;
  readonly max: number;
}

/** A number of bytes from `min` to `max`; the suffixes k, m and g multiply by 1024 each. */
export interface SizeRow extends ValueRowBase {
  readonly kind: "size";
  readonly default: string;
  readonly min: number;
  readonly max: number;
  /** 0 stands for `max`. */
  readonly zeroIsMax?: true;
}

/** Seconds on the outside, with a fraction if wanted; whole milliseconds in `Settings`. */
export interface SecondsRow extends ValueRowBase {
  readonly kind: "seconds";
  readonly default: string;
  readonly minMs: number;
}

/** One word out of a fixed list, upper or lower case. */
export interface ChoiceRow extends ValueRowBase {
  readonly kind: "choice";
  readonly default: string;
  readonly choices: readonly string[];
  /** What others take here: why not, or what to give for it, by word. */
  readonly instead?: Readonly<Record<string, string>>;
  /** What the flag means when none of the choices follows it; without it a value is needed. */
  readonly bare?: string;
}

/** A row whose reader needs nothing but the text. */
export interface PlainRow<Kind extends keyof ValueByKind> extends ValueRowBase {
  readonly kind: Kind;
}

/** A flag without a value that turns something on; `on` or `off` in the environment. */
export interface SwitchRow extends Omit<ValueRowBase, "valueName"> {
  readonly kind: "switch";
  readonly default: "on" | "off";
}

/** A flag without a value that says what to do instead of serving. */
export interface ActionRow extends RowBase {
  readonly kind: "action";
}

/** Rows with room for one value. */
export type SingleRow =
  | CountRow
  | SizeRow
  | SecondsRow
  | ChoiceRow
  | SwitchRow
  | PlainRow<"text">
  | PlainRow<"file-mode">
  | PlainRow<"log-target">;

/** Words out of a fixed list, in any order, or `none` alone. */
export interface ChoicesRow extends ValueRowBase {
  readonly kind: "choices";
  readonly default: string;
  readonly choices: readonly string[];
}

/** Rows that collect values. */
export type CollectingRow =
  | ChoicesRow
  | PlainRow<"peers">
  | PlainRow<"list">
  | PlainRow<"lines">
  | PlainRow<"assignments">
  | PlainRow<"addresses">;

export type ValueRow = SingleRow | CollectingRow;
export type SettingRow = ValueRow | ActionRow;

export interface ValueByKind {
  count: number;
  "count-or-auto": number | "auto";
  "worker-count": number | "auto" | CountRange;
  size: number;
  seconds: number;
  switch: boolean;
  text: string | null;
  /** The bits of a file's mode. */
  "file-mode": number | null;
  list: readonly string[];
  /** Like a list, but commas are part of the texts. */
  lines: readonly string[];
  assignments: Readonly<Record<string, string>>;
  addresses: readonly BindAddress[];
  peers: TrustedPeers;
  "log-target": LogTarget;
}

/** The type in `Settings` of a row of the table. */
export type ValueOf<Row> = Row extends {
  readonly kind: "choice";
  readonly choices: readonly (infer Choice)[];
}
  ? Choice
  : Row extends { readonly kind: "choices"; readonly choices: readonly (infer Choice)[] }
    ? readonly Choice[]
    : Row extends { readonly kind: infer Kind extends keyof ValueByKind }
      ? ValueByKind[Kind]
      : never;

/** The outcome of reading one value: the value, or what would have been accepted. */
export type Reading<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly expected: string };
