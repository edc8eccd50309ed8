/**
 * The one table of settings, put together from one file for each group. Flags, `WIZGY_*` names,
 * types, defaults, `--help` and the settings page all come from it; a new setting is a new row in
 * the file of its group and nothing else in this folder.
 *
 * Keys are the first flag in camel case, with the unit of the value in `Settings` behind it: Bytes
 * for sizes, Ms for times. The WIZGY_ name is made from the first flag. Zero never means
 * "unlimited" where clients are limited: a limit that can be switched off by a slip of the keyboard
 * is none; that of a line stands for the largest one. The exception is --timeout, whose 0 stands in too many start scripts to mean anything
 * else.
 */
import { accessSettings } from "./table-access.ts";
import { actionFlags } from "./table-actions.ts";
import { applicationSettings } from "./table-application.ts";
import { compressionSettings } from "./table-compression.ts";
import { limitSettings } from "./table-limits.ts";
import { listeningSettings } from "./table-listening.ts";
import { loggingSettings } from "./table-logging.ts";
import { rightsSettings } from "./table-rights.ts";
import { proxySettings } from "./table-proxies.ts";
import { staticSettings } from "./table-static.ts";
import { tlsSettings } from "./table-tls.ts";
import { timeoutSettings } from "./table-timeouts.ts";
import { workerSettings } from "./table-workers.ts";

export type SettingTable = typeof applicationSettings &
  typeof staticSettings &
  typeof compressionSettings &
  typeof accessSettings &
  typeof listeningSettings &
  typeof rightsSettings &
  typeof proxySettings &
  typeof tlsSettings &
  typeof workerSettings &
  typeof limitSettings &
  typeof timeoutSettings &
  typeof loggingSettings &
  typeof actionFlags;

export const settingTable: SettingTable = {
  ...applicationSettings,
  ...staticSettings,
  ...compressionSettings,
  ...accessSettings,
  ...listeningSettings,
  ...rightsSettings,
  ...proxySettings,
  ...tlsSettings,
  ...workerSettings,
  ...limitSettings,
  ...timeoutSettings,
  ...loggingSettings,
  ...actionFlags,
};
