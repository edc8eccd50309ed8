/** How much memory a server with all its processes has, read from Linux's /proc. */
import { readFileSync, readdirSync } from "node:fs";

/** The sum of their resident memory in bytes; null where there is no /proc. */
export function memoryOfTree(root: number): number | null {
  const parents = new Map<number, number>();
  const resident = new Map<number, number>();
  for (const name of process.platform === "linux" ? readdirSync("/proc") : []) {
    const status = /^\d+$/.test(name) ? statusOf(name) : "";
    parents.set(Number(name), Number(/^PPid:\s+(\d+)/m.exec(status)?.[1] ?? 0));
    resident.set(Number(name), 1024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0));
  }
  if (!resident.has(root)) return null;
  const belongs = (pid: number): boolean =>
    pid === root || (pid > 1 && belongs(parents.get(pid) ?? 0));
  return [...resident].reduce((sum, [pid, bytes]) => (belongs(pid) ? sum + bytes : sum), 0);
}

function statusOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return ""; // It has just ended.
  }
}
