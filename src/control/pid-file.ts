/** The file that holds the server's process number while it serves (`--pid`). */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

/** @returns null, or why it can't be used. */
export function writePidFile(path: string): string | null {
  try {
    const other = Number(readIfThere(path).trim());
    if (other > 0 && other !== process.pid && isAlive(other)) {
      return `--pid ${path}: the process ${other} that it names is still there. Stop that server, or choose another file.`;
    }
    writeFileSync(path, `${process.pid}\n`);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `--pid ${path}: this file can't be written (${reason}).`;
  }
}

/** Unless another server has written its own number there. */
export function removePidFile(path: string): void {
  if (readIfThere(path).trim() === String(process.pid)) rmSync(path, { force: true });
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
