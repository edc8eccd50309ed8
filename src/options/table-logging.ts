/** Settings of the logs. A part of `table.ts`. */
export const loggingSettings = {
  accessLogfile: {
    kind: "log-target",
    flags: ["--access-logfile"],
    group: "Logging",
    valueName: "PATH",
    default: "off",
    repeatable: false,
    foreign: null,
    doc: "Write one line for each request to this file; - is standard output. off writes none.",
  },
  logLevel: {
    kind: "choice",
    flags: ["--log-level"],
    group: "Logging",
    valueName: "LEVEL",
    default: "info",
    repeatable: false,
    foreign: null,
    choices: ["debug", "info", "warning", "error", "critical"],
    doc: "The least level of the messages that are logged to standard error.",
  },
} as const;
