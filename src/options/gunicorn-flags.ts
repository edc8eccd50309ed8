/** Flags of gunicorn that are not ours: accepted where what they ask for is so anyway, else refused. */
import { type GunicornSetting, gunicornSettings } from "./gunicorn-settings.ts";
import type { SettingKey } from "./settings.ts";

export interface JudgedFlag {
  readonly takesValue: boolean;
  /** What it says of a setting of ours. */
  readonly gives: { readonly key: SettingKey; readonly text: string } | null;
  readonly fault: {
    readonly code: "refused-option" | "missing-value";
    readonly message: string;
  } | null;
}

const settingByFlag: ReadonlyMap<string, GunicornSetting> = new Map(
  Object.values(gunicornSettings).flatMap((setting) =>
    setting.flags.map((flag) => [flag, setting] as const),
  ),
);

/**
 * Null where gunicorn has no such flag either.
 * @param value - what follows the flag, or null.
 */
export function judgeGunicornFlag(flag: string, value: string | null): JudgedFlag | null {
  const setting = settingByFlag.get(flag);
  if (setting === undefined) return null;
  const { takesValue, meaning } = setting;
  if (meaning.kind === "holds" && takesValue && value === null) {
    const message = `${flag} needs a value.`;
    return { takesValue, gives: null, fault: { code: "missing-value", message } };
  }
  const why = refusalOf(setting, value ?? "");
  const gives = meaning.kind === "gives" ? meaning : null;
  if (why === null) return { takesValue, gives, fault: null };
  const shown = takesValue && value !== null ? `${flag} ${value}` : flag;
  return { takesValue, gives, fault: { code: "refused-option", message: `${shown}: ${why}` } };
}

/** Why this value of a setting that isn't ours can't be had, or null where it is so anyway. */
export function refusalOf(setting: GunicornSetting, value: string): string | null {
  const { meaning } = setting;
  if (meaning.kind === "same" || meaning.kind === "gives") return null;
  if (meaning.kind === "refused") return meaning.why;
  if (meaning.values === null || meaning.values.includes(value)) return null;
  const accepted = meaning.values.length === 0 ? "" : `It takes ${meaning.values.join(" or ")}; `;
  return `${accepted}${meaning.why}`;
}
