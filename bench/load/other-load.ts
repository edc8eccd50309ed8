// What else the machine did during a measurement. On a shared machine a figure means little when
// other programs were busy, and nothing in the figure shows it: so it is measured beside it, and the
// report says so when it was more than a little.

import { readFileSync } from "node:fs";

import { hasProcessTree } from "./process-tree.ts";

/** CPU time of the whole machine and of the bench itself at one moment, in clock ticks. */
export interface CpuReading {
  /** All CPUs: user, nice, system and stolen time. */
  readonly busyTicks: number;
  /** All CPUs, idle time included. */
  readonly totalTicks: number;
  /** This process and what it has waited for: the load generator. */
  readonly benchTicks: number;
}

/** Reads the machine's CPU time; null on systems without /proc. */
export function readCpu(): CpuReading | null {
  if (!hasProcessTree) return null;
  const line = readFileSync("/proc/stat", "utf8").split("\n", 1)[0] ?? "";
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0, steal = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const own = readFileSync("/proc/self/stat", "utf8");
  const fields = own.slice(own.lastIndexOf(")") + 2).split(" ");
  return {
    // Interrupt time is left out: the packets of the measured load itself are handled in it.
    busyTicks: user + nice + system + steal,
    totalTicks: user + nice + system + idle + wait + irq + softIrq + steal,
    benchTicks: fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0),
  };
}

/**
 * The part of the machine that was used by others between two readings, from 0 to 1.
 *
 * @param serverTicks - what the measured server used meanwhile
 */
export function otherShare(before: CpuReading, after: CpuReading, serverTicks: number): number {
  const ours = serverTicks + after.benchTicks - before.benchTicks;
  const others = after.busyTicks - before.busyTicks - ours;
  return Math.max(0, others / Math.max(1, after.totalTicks - before.totalTicks));
}
