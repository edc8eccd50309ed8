/** Makes what all connections share from the settings. */
import { randomBytes } from "node:crypto";
import { tmpdir } from "node:os";

import { FileSource } from "../files/file-source.ts";
import { TemporaryFiles } from "../files/temporary-files.ts";
import { DateLine } from "../http/date.ts";
import { DEFAULT_LIMITS } from "../http1/limits.ts";
import type { Runner, Service } from "../listen/service.ts";
import { AccessLog } from "../log/access-log.ts";
import type { ErrorLog } from "../log/error-log.ts";
import type { Settings } from "../options/settings.ts";
import type { Place } from "./place.ts";

export function makeService(
  settings: Settings,
  place: Place,
  runner: Runner,
  log: ErrorLog,
  accessLog: AccessLog | null,
): Service {
  const idPrefix = randomBytes(4).toString("hex");
  let lastId = 0;
  const told = new Set<string>();
  return {
    runner,
    limits: {
      ...DEFAULT_LIMITS,
      maxRequestLineBytes: settings.limitRequestLineBytes,
      maxFields: settings.limitRequestFields,
      maxFieldLineBytes: settings.limitRequestFieldSizeBytes,
      maxHeadBytes: settings.limitRequestHeadBytes,
      maxBodyBytes: settings.limitRequestBodyBytes,
    },
    timeouts: {
      headerMs: settings.headerTimeoutMs,
      bodyMs: settings.bodyTimeoutMs,
      bodyByteMs: 1000 / settings.bodyMinRateBytes,
      writeMs: settings.writeTimeoutMs,
      keepAliveMs: settings.keepAliveMs,
    },
    streamsBodies: settings.noRequestBuffering,
    requestBufferBytes: settings.requestBufferBytes,
    responseBufferBytes: settings.responseBufferBytes,
    responseTempBytes: settings.responseTempLimitBytes,
    temporaryFiles: new TemporaryFiles(settings.bodyTempDir ?? tmpdir()),
    files: new FileSource(place.sendfileRoots),
    dateLine: new DateLine(),
    log,
    access: accessLog === null ? null : (entry) => accessLog.write(entry),
    stopping: false,
    nextRequestId: () => `${idPrefix}-${(++lastId).toString(36)}`,
    onDroppedField: (name) => {
      const key = name.toLowerCase();
      if (told.has(key) || told.size >= 100) return;
      told.add(key);
      log.write(
        "warning",
        `The request field "${name}" is not passed on: it could be mistaken for another one in environ. This is told once for each name.`,
      );
    },
  };
}

/** Null: nobody wants one. */
export function makeAccessLog(settings: Settings, log: ErrorLog): AccessLog | null {
  const target = settings.accessLogfile;
  if (target.kind === "off") return null;
  return new AccessLog(target.kind === "file" ? target.path : null, (error) =>
    log.write("error", `The access log can't be written: ${error.message}`),
  );
}
