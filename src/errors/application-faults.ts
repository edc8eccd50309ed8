/**
 * Faults of the application: code, what the client gets, how the process ends, meaning. The ones
 * with an exit code are found when it is imported; the process ends before it serves.
 */
export const applicationFaults = {
  "bad-spec": { status: null, exitCode: 4, sentence: "The name of the application is malformed." },
  "missing-module": { status: null, exitCode: 4, sentence: "There is no such module or file." },
  "missing-attribute": { status: null, exitCode: 4, sentence: "The module has no such attribute." },
  "not-callable": { status: null, exitCode: 4, sentence: "What was named can't be called." },
  "import-raised": { status: null, exitCode: 4, sentence: "Importing the application raised." },
  "factory-raised": { status: null, exitCode: 4, sentence: "The application factory raised." },
} as const;
