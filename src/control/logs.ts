/**
 * Where the server's logs go, from its start to its end: the access log, and the error log with what the
 * workers write to standard error.
 */
import { type AccessFormat, compileAccessFormat } from "../log/access-format.ts";
import { renderAccessLine, renderSiteAccessLine } from "../log/access-line.ts";
import { AccessLog } from "../log/access-log.ts";
import type { ErrorLog } from "../log/error-log.ts";
import { LogFile } from "../log/log-file.ts";
import type { Settings } from "../options/settings.ts";
import { settingTable } from "../options/table.ts";
import type { WorkerOutput } from "../workers/nursery.ts";

/** Why a log can't be kept where it was asked for. */
export interface LogsFault {
  readonly kind: "fault";
  readonly message: string;
}

export interface Logs {
  readonly kind: "logs";
  /** Null: nobody wants one. */
  readonly access: AccessLog | null;
  /** Null: workers write where the server does. */
  readonly workerOutput: WorkerOutput | null;
  /** The files may have been moved away (log rotation). */
  reopen(): void;
  /** Resolves when all is written. */
  close(): Promise<void>;
}

/** Opens the files. From then on `log` is written to that of --error-logfile. */
export function openLogs(settings: Settings, log: ErrorLog): Logs | LogsFault {
  const access = openAccessLog(settings, log);
  if (access !== null && "kind" in access) return access;
  const errors = openErrorFile(settings);
  if (errors !== null && "kind" in errors) {
    void access?.close();
    return errors;
  }
  if (errors !== null) log.continueIn(errors);
  return {
    kind: "logs",
    access,
    workerOutput: errors === null ? null : { errors, takesStdout: settings.captureOutput },
    reopen: () => {
      access?.reopen();
      errors?.reopen();
    },
    close: async () => {
      await Promise.all([access?.close(), errors?.close()]);
    },
  };
}

function openAccessLog(settings: Settings, log: ErrorLog): AccessLog | LogsFault | null {
  const target = settings.accessLogfile;
  if (target.kind === "off") return null;
  const path = target.kind === "file" ? target.path : null;
  const onError = (error: Error): void =>
    log.write("error", `The access log can't be written: ${error.message}`);
  try {
    return new AccessLog(path, onError, accessFormat(settings), settings.fronts > 1);
  } catch (error) {
    return cannotWrite(`--access-logfile ${path}`, error);
  }
}

/** Null: the log goes to standard error. */
function openErrorFile({ errorLogfile }: Settings): LogFile | LogsFault | null {
  if (errorLogfile === null || errorLogfile === "-") return null;
  try {
    return new LogFile(errorLogfile, (error) => {
      process.stderr.write(`wizgy: --error-logfile ${errorLogfile}: ${error.message}\n`);
    });
  } catch (error) {
    return cannotWrite(`--error-logfile ${errorLogfile}`, error);
  }
}

function cannotWrite(flag: string, error: unknown): LogsFault {
  const reason = error instanceof Error ? error.message : String(error);
  return { kind: "fault", message: `${flag}: this file can't be written (${reason}).` };
}

/** The combined format, which most have, is written out in code. */
function accessFormat({ accessLogformat, sites }: Settings): AccessFormat {
  if (accessLogformat === settingTable.accessLogformat.default) {
    return sites.length > 0 ? renderSiteAccessLine : renderAccessLine;
  }
  const format = compileAccessFormat(accessLogformat ?? "");
  return typeof format === "function" ? format : renderAccessLine; // `findPlace` has refused it.
}
