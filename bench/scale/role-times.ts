// CPU time and memory of the two halves of a running Wizgy, read from Linux's /proc. Both come in whole
// clock ticks and pages: a window has to be some seconds long.

import { readFileSync } from "node:fs";

import type { ProcessStat } from "../load/process-tree.ts";

/** CPU time in clock ticks, in the process's own code and in the system for it. */
export interface CpuTicks {
  readonly user: number;
  readonly system: number;
}

export interface Roles {
  readonly front: number;
  /** All other processes: workers, and the nursery, which does nothing while requests are served. */
  readonly workers: readonly number[];
}

/** The first process of the tree is the front; every other one is Python. */
export function rolesOf(tree: readonly ProcessStat[]): Roles {
  const pids = new Set(tree.map(({ pid }) => pid));
  const front = tree.find(({ parent }) => !pids.has(parent));
  if (front === undefined) throw new Error("the server has no process");
  const workers = tree.map(({ pid }) => pid).filter((pid) => pid !== front.pid);
  return { front: front.pid, workers };
}

/** Of these processes together since their start. */
export function cpuOf(pids: readonly number[]): CpuTicks {
  let user = 0;
  let system = 0;
  for (const pid of pids) {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is the name in parentheses and may hold spaces and parentheses itself.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    user += Number(fields[11]);
    system += Number(fields[12]);
  }
  return { user, system };
}

export function difference(after: CpuTicks, before: CpuTicks): CpuTicks {
  return { user: after.user - before.user, system: after.system - before.system };
}

/** Resident memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib ?? 0) * 1024;
}
