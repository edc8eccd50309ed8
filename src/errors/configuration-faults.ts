/** Faults of the command line, the environment and the machine's set-up: code, exit code, meaning. */
export const configurationFaults = {
  "missing-app": { exitCode: 2, sentence: "No application was named on the command line." },
  "unexpected-argument": { exitCode: 1, sentence: "More than one application was named." },
  "unknown-option": { exitCode: 1, sentence: "There is no option of this name." },
  "refused-option": {
    exitCode: 1,
    sentence:
      "An option of gunicorn that has no meaning here; the message says what to use instead.",
  },
  "missing-value": { exitCode: 1, sentence: "An option that takes a value was given without one." },
  "unexpected-value": { exitCode: 1, sentence: "An option that takes no value was given one." },
  "bad-value": { exitCode: 1, sentence: "The value of a setting is not one that it takes." },
  "bad-settings-file": {
    exitCode: 1,
    sentence: "The settings file can't be read, or says something that is no setting.",
  },
  "no-such-folder": {
    exitCode: 1,
    sentence: "A folder that was named does not exist, or can't be used.",
  },
  "cannot-write-log": { exitCode: 1, sentence: "A log file can't be opened." },
  "cannot-listen": { exitCode: 1, sentence: "An address can't be listened on." },
  "no-such-account": { exitCode: 1, sentence: "The system has no user or group of that name." },
  "cannot-change-user": {
    exitCode: 1,
    sentence: "The rights of --user and --group can't be had, or those of root not be given up.",
  },
  "bad-certificate": { exitCode: 1, sentence: "TLS can't be spoken with these files." },
  "python-not-found": { exitCode: 1, sentence: "There is no Python where one was to be." },
  "python-not-executable": { exitCode: 1, sentence: "The Python that was named can't be run." },
  "cannot-write-pid": { exitCode: 1, sentence: "The file of --pid can't be used." },
} as const;
