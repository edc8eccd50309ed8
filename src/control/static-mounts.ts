/** The files in folders that a server sends: what the settings name, and what the application told. */
import type { Log } from "../base/log.ts";
import { StaticFiles } from "../files/static-files.ts";
import type { Settings } from "../options/settings.ts";
import type { StaticMount } from "../static/mounts.ts";

/** @param mounts - of the settings. @returns null: there are none. */
export function makeStaticFiles(
  settings: Settings,
  mounts: readonly StaticMount[],
  log: Log,
): StaticFiles | null {
  if (mounts.length === 0) return null;
  const seconds = Math.floor(settings.staticMaxAgeMs / 1000);
  const cacheControl = seconds === 0 ? "no-cache" : `public, max-age=${seconds}`;
  const files = new StaticFiles({ lists: settings.staticListing, cacheControl }, log);
  files.setMounts(mounts);
  return files;
}
