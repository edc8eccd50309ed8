/** What may be in a request's fields: the rules from the settings, and what the log says of fields that are kept back. */
import type { Log } from "../base/log.ts";
import type { FieldRules } from "../gateway/request-fields.ts";
import type { Settings } from "../options/settings.ts";

/** Clients choose names; the log tells of so many. */
const MAX_TOLD = 100;

export function makeFieldRules(settings: Settings, log: Log): FieldRules {
  const isNew = once();
  const isNewUntrusted = once();
  return {
    proxies: settings.forwardedAllowIps,
    reads: new Set(settings.forwardedFields),
    refusesUnderscores: settings.headerMap === "refuse",
    onDropped: (name) => {
      if (!isNew(name)) return;
      log.write(
        "warning",
        `The request field "${name}" is not passed on: it could be mistaken for another one in environ. This is told once for each name.`,
      );
    },
    onUntrusted: (name, address) => {
      if (!isNewUntrusted(name)) return;
      const sender = address === "" ? "its sender" : address;
      log.write(
        "info",
        `The request field "${name}" is not passed on: ${sender} is not in --forwarded-allow-ips. If that is your proxy, add it. This is told once for each name.`,
      );
    },
  };
}

/** A function that is true the first time for a name, in any case. */
function once(): (name: string) => boolean {
  const told = new Set<string>();
  return (name) => {
    const key = name.toLowerCase();
    if (told.has(key) || told.size >= MAX_TOLD) return false;
    told.add(key);
    return true;
  };
}
