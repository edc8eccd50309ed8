/**
 * The servers that chaos is tried on, each with the flags closest to ours: two workers of four
 * threads. Null where a server does not have what an action is about.
 */
import { existsSync } from "node:fs";

import { projectRoot, testPython } from "../support/server.ts";

export interface ChaosTarget {
  readonly name: string;
  readonly command: (place: {
    readonly port: number;
    readonly folder: string;
  }) => readonly string[];
  /** Flags by what they are for; null: it has no such thing. */
  readonly maxRequests: (count: number) => readonly string[];
  readonly timeout: (seconds: number) => readonly string[] | null;
  readonly hasWorkerSignals: boolean;
  /** How USR2 puts another server in its place; `by-hand`: the old one has to be ended. Null: it does not. */
  readonly replaces: "by-itself" | "by-hand" | null;
}

export const WORKERS = 2;
export const THREADS = 4;
const size = ["--workers", String(WORKERS), "--threads", String(THREADS)];
const bench = `${projectRoot}.venv-bench/bin/`;

export const wizgy: ChaosTarget = {
  name: "wizgy",
  command: ({ port, folder }) => [
    ...[process.execPath, `${projectRoot}bin/wizgy.js`, "--bind", `127.0.0.1:${port}`],
    ...(existsSync(testPython) ? ["--python", testPython] : []),
    ...[...size, "--pid", `${folder}/pid`, "recorded"],
  ],
  maxRequests: (count) => ["--max-requests", String(count)],
  timeout: (seconds) => ["--timeout", String(seconds), "--timeout-grace", "2"],
  hasWorkerSignals: true,
  replaces: "by-itself",
};

/** The others, from the environment that `npm run bench -- --install` makes. */
export const others: readonly ChaosTarget[] = [
  {
    name: "gunicorn",
    command: ({ port, folder }) => [
      ...[`${bench}python`, "-m", "gunicorn", "--bind", `127.0.0.1:${port}`],
      ...["--worker-class", "gthread", ...size, "--pid", `${folder}/pid`],
      ...["--no-control-socket", "recorded:application"],
    ],
    maxRequests: (count) => ["--max-requests", String(count)],
    timeout: (seconds) => ["--timeout", String(seconds)],
    hasWorkerSignals: true,
    replaces: "by-hand",
  },
  {
    name: "uwsgi",
    command: ({ port, folder }) => [
      ...[`${bench}uwsgi`, "--http", `127.0.0.1:${port}`, "--http-keepalive"],
      ...["--master", "--no-orphans", "--die-on-term", "--need-app", "--single-interpreter"],
      ...["--processes", String(WORKERS), "--threads", String(THREADS)],
      ...["--pidfile", `${folder}/pid`, "--virtualenv", `${projectRoot}.venv-bench`],
      ...["--pythonpath", ".", "--module", "recorded:application", "--disable-logging"],
    ],
    maxRequests: (count) => ["--max-requests", String(count)],
    timeout: (seconds) => ["--harakiri", String(seconds)],
    hasWorkerSignals: false,
    replaces: null,
  },
];

/** Whether the command is there. */
export function isInstalled(target: ChaosTarget): boolean {
  return existsSync(target.command({ port: 0, folder: "" })[0]!);
}
