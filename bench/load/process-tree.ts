// CPU time and memory of a server with all its processes, read from Linux's /proc. A server's tree is
// the process that the bench started, its descendants, and every process that carries the server's
// mark in its environment, so that a worker whose parent has died is still counted, and still stopped.
//
// A session of its own per server would find these more simply, but must not be used: Linux shares the
// CPUs between sessions first and between their processes second (autogroups). Granian with two
// workers then served 20 to 40% fewer requests per second beside the load generator.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** One process, as /proc/PID/stat has it. */
export interface ProcessStat {
  readonly pid: number;
  readonly parent: number;
  /** CPU time of the process and of the children that it has waited for, in clock ticks. */
  readonly cpuTicks: number;
  /** Start in clock ticks since boot: with the pid it names a process for good. */
  readonly startedAt: number;
  /** A process that has ended and that nobody has waited for yet. */
  readonly isZombie: boolean;
}

/** Whether this system has what the figures are read from. */
export const hasProcessTree: boolean = process.platform === "linux";

/** Length of a clock tick in microseconds. */
export function microsPerTick(): number {
  return 1_000_000 / Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
}

/** Name of the environment variable that holds a server's mark. */
export const MARK_NAME = "BENCH_SERVER_MARK";

/** The live processes of a server's tree; empty where there is no /proc. */
export function readTree(root: number, mark: string): ProcessStat[] {
  if (!hasProcessTree) return [];
  const all = readAll();
  const entry = `${MARK_NAME}=${mark}\0`;
  const inTree = new Set([root]);
  // Parents may come after their children in the list: repeat until nothing is added.
  for (let size = 0; size !== inTree.size;) {
    size = inTree.size;
    for (const stat of all) {
      if (inTree.has(stat.pid)) continue;
      if (inTree.has(stat.parent) || hasInEnvironment(stat.pid, entry)) inTree.add(stat.pid);
    }
  }
  return all.filter((stat) => inTree.has(stat.pid));
}

/** CPU time used so far by a tree, reaped children included, in clock ticks. */
export function cpuTicksOf(tree: readonly ProcessStat[]): number {
  return tree.reduce((sum, stat) => sum + stat.cpuTicks, 0);
}

/**
 * The sum of the processes' peak resident memory, in bytes. Pages that processes share (code, and
 * what a forked worker has not written to) count once in each of them.
 */
export function peakMemoryOf(tree: readonly ProcessStat[]): number {
  return tree.reduce((sum, stat) => sum + peakMemoryOfProcess(stat.pid), 0);
}

/** Starts the peaks anew from what is resident now, so that each measurement has its own. */
export function resetPeakMemory(tree: readonly ProcessStat[]): void {
  for (const stat of tree) {
    try {
      writeFileSync(`/proc/${stat.pid}/clear_refs`, "5");
    } catch {
      // Not permitted, or the process has ended: the peak since its start is reported.
    }
  }
}

/** Whether exactly this process still runs (a zombie does not). */
export function isAlive(process_: ProcessStat): boolean {
  const now = readStat(process_.pid);
  return now !== null && now.startedAt === process_.startedAt && !now.isZombie;
}

function peakMemoryOfProcess(pid: number): number {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0; // It has ended meanwhile.
  }
}

function hasInEnvironment(pid: number, entry: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").includes(entry);
  } catch {
    return false; // It has ended meanwhile, or belongs to somebody else.
  }
}

function readAll(): ProcessStat[] {
  const stats: ProcessStat[] = [];
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? readStat(Number(name)) : null;
    if (stat !== null) stats.push(stat);
  }
  return stats;
}

function readStat(pid: number): ProcessStat | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return null;
  }
  // The second field is the name in parentheses and may hold spaces and parentheses itself.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const number = (index: number): number => Number(fields[index]);
  return {
    pid,
    parent: number(1),
    cpuTicks: number(11) + number(12) + number(13) + number(14),
    startedAt: number(19),
    isZombie: fields[0] === "Z",
  };
}
