/** Our settings as gunicorn's, for the hooks of its configuration file: `server.cfg.workers`. */
import { gunicornSettings } from "./gunicorn-settings.ts";
import { type SettingKey, type Settings, rowOf } from "./settings.ts";

/** By gunicorn's names: those that are settings of ours and have a value like gunicorn's. */
export function gunicornValues(settings: Settings): Readonly<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  for (const [name, { meaning }] of Object.entries(gunicornSettings)) {
    if (meaning.kind !== "same") continue;
    const value = likeGunicorn(settings, meaning.key);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** Undefined: what the file itself says will do. */
function likeGunicorn(settings: Settings, key: SettingKey): unknown {
  const value = settings[key];
  const { kind } = rowOf(key);
  if (kind === "seconds") return Number(value) / 1000;
  if (key === "accessLogfile") {
    const target = settings.accessLogfile;
    if (target.kind === "file") return target.path;
    return target.kind === "stdout" ? "-" : null;
  }
  const isPlain = value === null || ["string", "number", "boolean"].includes(typeof value);
  return isPlain ? value : undefined;
}
