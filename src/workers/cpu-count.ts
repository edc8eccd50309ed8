/**
 * How many CPUs this process may use: the affinity mask, and below it the CPU quota of the control
 * groups it is in. A container is usually limited by quota, and the mask doesn't show that.
 *
 * Every group from the process's own up to the root is looked at and the tightest limit counts. In
 * a container the path of the group is often the host's and not visible; then only the root is
 * there to be read, which is the container's own group.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

/** The text of a small file, or null where it can't be read. */
export type ReadText = (path: string) => string | null;

const CGROUP_ROOT = "/sys/fs/cgroup";

/**
 * CPUs this process may use, at least 1. Parts of a CPU don't count: one worker too many for the
 * quota is stopped by the system in the middle of requests.
 * @param read - default: the file system.
 * @param affinityCount - CPUs in the affinity mask; default: what Node reports.
 */
export function usableCpuCount(
  read: ReadText = readSmallFile,
  affinityCount: number = availableParallelism(),
): number {
  const quota = Math.min(...cgroupQuotas(read));
  return Math.max(1, Math.floor(Math.min(affinityCount, quota)));
}

/** The limits of all groups in CPUs, Infinity among them for "no limit". */
function cgroupQuotas(read: ReadText): number[] {
  const quotas = [Infinity];
  for (const line of (read("/proc/self/cgroup") ?? "").split("\n")) {
    // hierarchy:controllers:path; version 2 has the one hierarchy 0 and names no controllers.
    const [hierarchy, controllers = "", ...rest] = line.split(":");
    const path = rest.join(":");
    if (hierarchy === "0" && controllers === "") {
      for (const group of ancestors(path)) quotas.push(quotaV2(read, CGROUP_ROOT + group));
    } else if (controllers.split(",").includes("cpu")) {
      for (const group of ancestors(path)) {
        quotas.push(quotaV1(read, `${CGROUP_ROOT}/cpu${group}`));
        quotas.push(quotaV1(read, `${CGROUP_ROOT}/${controllers}${group}`));
      }
    }
  }
  return quotas;
}

/** `/a/b` is in `/a/b`, `/a` and the root, which is the empty path here. */
function ancestors(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "" && part !== "..");
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`).concat("");
}

/** `cpu.max` is `QUOTA PERIOD` in microseconds, QUOTA being `max` for none. */
function quotaV2(read: ReadText, group: string): number {
  const [quota, period] = (read(`${group}/cpu.max`) ?? "").trim().split(" ");
  return toCpus(quota, period);
}

/** The quota of version 1 is -1 for none. */
function quotaV1(read: ReadText, group: string): number {
  const quota = read(`${group}/cpu.cfs_quota_us`)?.trim();
  const period = read(`${group}/cpu.cfs_period_us`)?.trim();
  return toCpus(quota, period);
}

function toCpus(quota: string | undefined, period: string | undefined): number {
  const cpus = Number(quota) / Number(period);
  return cpus > 0 ? cpus : Infinity;
}

function readSmallFile(path: string): string | null {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return null; // Not Linux, no control groups, or not ours to read: no limit is known.
  }
}
