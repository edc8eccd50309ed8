// One measurement: a warm-up that is thrown away, then a timed load with the server's CPU time and
// memory read before and after. CPU time has a resolution of one clock tick (10 ms) for the whole
// window, so short windows give rough figures.

import type { Item } from "./items.ts";
import { otherShare, readCpu } from "./other-load.ts";
import {
  cpuTicksOf,
  hasProcessTree,
  microsPerTick,
  peakMemoryOf,
  resetPeakMemory,
} from "./process-tree.ts";
import type { RunningServer } from "./server-process.ts";
import { runWrk, type WrkReport } from "./wrk.ts";

/** What one server did in one round of one item. */
export interface Measurement {
  readonly requestsPerSecond: number;
  readonly p50Micros: number;
  readonly p99Micros: number;
  readonly p999Micros: number;
  /** CPU time of the whole process tree per answered request; null where it can't be read. */
  readonly cpuMicrosPerRequest: number | null;
  /** Sum of the processes' resident peaks; null where it can't be read. */
  readonly peakMemoryBytes: number | null;
  /** Socket errors, timeouts and statuses of 400 and above. */
  readonly errors: number;
  /** Part of the machine that other programs used meanwhile, 0 to 1; null where it can't be read. */
  readonly otherCpuShare: number | null;
}

/** How long a measurement takes, in whole seconds. */
export interface Window {
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** Measures one item on a running server. */
export async function measure(
  root: string,
  server: RunningServer,
  item: Item,
  window: Window,
): Promise<Measurement> {
  const load = {
    port: server.port,
    connections: item.connections,
    requestBodyBytes: item.requestBodyBytes,
    shape: item.shape,
  };
  if (window.warmUpSeconds > 0) await runWrk(root, { ...load, seconds: window.warmUpSeconds });

  const before = server.tree();
  resetPeakMemory(before);
  const cpuBefore = readCpu();
  const report = await runWrk(root, { ...load, seconds: window.seconds });
  const cpuAfter = readCpu();
  const after = server.tree();

  const serverTicks = cpuTicksOf(after) - cpuTicksOf(before);
  const cpuMicros = hasProcessTree ? serverTicks * microsPerTick() : null;
  return {
    requestsPerSecond: (report.requests * 1_000_000) / report.durationMicros,
    p50Micros: report.p50Micros,
    p99Micros: report.p99Micros,
    p999Micros: report.p999Micros,
    cpuMicrosPerRequest: cpuMicros === null ? null : cpuMicros / Math.max(report.requests, 1),
    peakMemoryBytes: hasProcessTree ? peakMemoryOf(after) : null,
    errors: countErrors(report),
    otherCpuShare:
      cpuBefore === null || cpuAfter === null ? null : otherShare(cpuBefore, cpuAfter, serverTicks),
  };
}

function countErrors(report: WrkReport): number {
  const { connectErrors, readErrors, writeErrors, timeouts, badStatuses } = report;
  return connectErrors + readErrors + writeErrors + timeouts + badStatuses;
}
