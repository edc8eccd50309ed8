// The load generator: one `wrk` with one thread, bounded in time. It reports through wrk.lua, because
// the text that wrk prints by itself rounds latencies and leaves error counts out when they are zero.

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import type { LoadShape } from "./items.ts";
import { runLoadGenerator } from "./load-generator.ts";

/** What one run of the load generator saw. */
export interface WrkReport {
  readonly durationMicros: number;
  readonly requests: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly p999Micros: number;
  readonly connectErrors: number;
  readonly readErrors: number;
  readonly writeErrors: number;
  readonly timeouts: number;
  /** Answers with a status of 400 and above. */
  readonly badStatuses: number;
}

/** One run: `seconds` is whole, wrk knows no fractions. */
export interface Load {
  readonly port: number;
  /** Without its first slash; default: none. */
  readonly path?: string;
  readonly connections: number;
  readonly requestBodyBytes: number;
  readonly shape: LoadShape;
  readonly seconds: number;
  /** From when on an answer counts as a timeout; default: wrk's two seconds. */
  readonly timeoutSeconds?: number;
}

/** The version of the `wrk` on PATH ("4.1.0"), or null when there is none. */
export function wrkVersion(): string | null {
  const run = spawnSync("wrk", ["--version"], { encoding: "utf8" });
  if (run.error !== undefined) return null;
  return /wrk \D*(\S+)/.exec(run.stdout + run.stderr)?.[1] ?? "unknown";
}

/** wrk has said nothing: as a rule it was not let in, and was killed when its time was over. */
export class NoReport extends Error {}

/** Runs a load against 127.0.0.1. Rejects with NoReport when wrk ends without a report. */
export async function runWrk(root: string, load: Load): Promise<WrkReport> {
  const script = join(root, "bench", "load", "wrk.lua");
  const args = [
    ...["--threads", "1", "--connections", String(load.connections)],
    ...["--duration", `${load.seconds}s`, "--script", script],
    ...(load.timeoutSeconds === undefined ? [] : ["--timeout", `${load.timeoutSeconds}s`]),
    ...[
      `http://127.0.0.1:${load.port}/${load.path ?? ""}`,
      "--",
      String(load.requestBodyBytes),
      load.shape,
    ],
  ];
  const { output } = await runLoadGenerator("wrk", args, load.seconds);
  const line = /^report (\{.*\})$/m.exec(output)?.[1];
  if (line === undefined) throw new NoReport(`wrk gave no report: ${output.trim()}`);
  return parseReport(line);
}

function parseReport(line: string): WrkReport {
  return JSON.parse(line) as WrkReport;
}
