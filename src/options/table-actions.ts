/** Flags that say what to do instead of serving. A part of `table.ts`. */
export const actionFlags = {
  checkConfig: {
    kind: "action",
    flags: ["--check-config"],
    group: "Information",
    doc: "Check the settings, import the application, and stop. The exit code is that of a start that fails for the same reason, or 0.",
  },
  printConfig: {
    kind: "action",
    flags: ["--print-config"],
    group: "Information",
    doc: "Print every setting, its value and where it came from, and stop. What is printed can be saved as a settings file. It shows the values of --env, too.",
  },
  version: {
    kind: "action",
    flags: ["--version", "-v"],
    group: "Information",
    doc: "Print the version and stop.",
  },
  help: {
    kind: "action",
    flags: ["--help", "-h"],
    group: "Information",
    doc: "Print this text and stop.",
  },
} as const;
