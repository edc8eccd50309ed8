/**
 * How much memory processes have in use ("resident set"). Pages that a worker shares with the
 * process that forked it count as well: that is what the system shows, and what operators compare.
 */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";

const KIB = 1024;

/** Linux. In KiB whatever the page size is. */
const RESIDENT_LINE = /^VmRSS:\s+(\d+) kB$/m;

/** Bytes by process id. Processes that can't be looked at, or have ended, are left out. */
export async function residentBytes(pids: readonly number[]): Promise<Map<number, number>> {
  if (pids.length === 0) return new Map();
  const entries = process.platform === "linux" ? await fromProc(pids) : await fromPs(pids);
  return new Map(entries);
}

async function fromProc(pids: readonly number[]): Promise<(readonly [number, number])[]> {
  const readings = pids.map(async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, "latin1").catch(() => "");
    const kib = RESIDENT_LINE.exec(status)?.[1];
    return kib === undefined ? [] : [[pid, Number(kib) * KIB] as const];
  });
  return (await Promise.all(readings)).flat();
}

/** macOS, BSD. */
export async function fromPs(pids: readonly number[]): Promise<(readonly [number, number])[]> {
  const args = ["-o", "pid=,rss=", "-p", pids.join(",")];
  const text = await new Promise<string>((resolve) => {
    // It ends with 1 when some of them are gone; what it printed about the others counts.
    execFile("ps", args, { encoding: "latin1" }, (_, stdout) => resolve(stdout));
  });
  return [...text.matchAll(/^\s*(\d+)\s+(\d+)\s*$/gm)].map(
    ([, pid, kib]) => [Number(pid), Number(kib) * KIB] as const,
  );
}
