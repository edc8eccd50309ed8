/** The file that holds the server's process number while it serves (`--pid`). */
import { readFileSync, rmSync, writeFileSync } from "node:fs";

/**
 * @param predecessor - the server whose place this one takes; null: none.
 * @returns null, or why it can't be used.
 */
export function writePidFile(path: string, predecessor: number | null): string | null {
  try {
    const other = Number(readIfThere(path).trim());
    const mayBeThere = other === process.pid || other === predecessor;
    if (other > 0 && !mayBeThere && isAlive(other)) {
      return `--pid ${path}: the process ${other} that it names is still there. Stop that server, or choose another file.`;
    }
    writeFileSync(path, `${process.pid}\n`);
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `--pid ${path}: this file can't be written (${reason}).`;
  }
}

/** Whether the file names this process. */
export function isOwnPidFile(path: string): boolean {
  try {
    return readIfThere(path).trim() === String(process.pid);
  } catch {
    return false;
  }
}

/** Unless another server has written its own number there. */
export function removePidFile(path: string): void {
  if (isOwnPidFile(path)) rmSync(path, { force: true });
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
