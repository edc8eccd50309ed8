/** Faults while requests run and workers live, by the party at fault: code, status, exit code, meaning. */

/** The client is too slow or stops. The one answer it gets, if any. */
export const slowPeerFaults = {
  "head-timeout": {
    status: 408,
    sentence: "The head of a request took longer than --header-timeout.",
  },
  "body-timeout": { status: 408, sentence: "Nothing more of a body came for --body-timeout." },
  "truncated-head": { status: 400, sentence: "The client stopped in the middle of a head." },
} as const;

/** The application, while it runs. */
export const runningApplicationFaults = {
  "application-failed": { status: 500, sentence: "The application raised, or broke PEP 3333." },
  "application-timeout": {
    status: 504,
    sentence: "The application has produced nothing for --timeout.",
  },
  "sent-file-missing": {
    status: 404,
    sentence: "The file to be sent isn't there (--sendfile-root).",
  },
  "sent-file-refused": {
    status: 500,
    sentence: "The file to be sent is not below a --sendfile-root, or can't be opened.",
  },
} as const;

/** A worker process. */
export const workerFaults = {
  "worker-lost": { status: 502, exitCode: null, sentence: "The worker died in this request." },
  "worker-cannot-boot": { status: null, exitCode: 3, sentence: "No worker got as far as serving." },
  "warm-up-failed": {
    status: null,
    exitCode: 3,
    sentence: "A new worker could not answer the request of --warmup.",
  },
} as const;

/** The server itself. */
export const serverFaults = {
  "body-not-kept": {
    status: 507,
    sentence: "A large body can't be written to a temporary file (--body-temp-dir).",
  },
  "too-many-connections": {
    status: 503,
    sentence:
      "As many connections are open as --max-connections allows, or as the system's open files do.",
  },
  "too-many-connections-of-address": {
    status: 503,
    sentence:
      "As many connections of the client's address are open as --max-connections-per-address allows.",
  },
  "memory-full": {
    status: 503,
    sentence:
      "Heads, bodies and answers of all connections take more than --buffer-total, so a large head is not taken.",
  },
  "queue-full": { status: 503, sentence: "More requests wait than --queue-size allows." },
  "queue-timeout": {
    status: 503,
    sentence: "No worker was free for the request within --request-queue-timeout; it was not run.",
  },
} as const;
