/**
 * Users and groups of this machine by name or number. Node has no function for it, but who is root can
 * become a user for a moment and see who that is: so every source that the system knows is asked, not
 * only its files. All of it happens within one call, before anything else runs.
 */
import { readFileSync } from "node:fs";
import { userInfo } from "node:os";

export interface Account {
  readonly uid: number;
  /** Its own group; null for a number that the system does not know. */
  readonly gid: number | null;
  readonly name: string | null;
  readonly home: string | null;
}

/** `needs-root`: it may be there, but only root could use it. */
export type NoAccount = "unknown" | "needs-root";

export function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

/** A user by name or number. Who is not root finds only itself. */
export function findUser(text: string): Account | NoAccount {
  const own = present();
  if (own !== null && (text === own.name || text === String(own.uid))) return own;
  if (!isRoot()) return "needs-root";
  const user = /^\d+$/.test(text) ? Number(text) : text;
  return (
    momentarily(
      () => process.seteuid?.(user),
      present,
      () => process.seteuid?.(0),
    ) ?? "unknown"
  );
}

/** The number of a group by name or number. */
export function findGroup(text: string): number | NoAccount {
  if (/^\d+$/.test(text)) return Number(text);
  const own = process.getegid?.() ?? 0;
  try {
    const gid = () => process.getegid?.() ?? 0;
    return (
      momentarily(
        () => process.setegid?.(text),
        gid,
        () => process.setegid?.(own),
      ) ?? "unknown"
    );
  } catch {
    return groupInFile(text) ?? "needs-root"; // It is known, and not ours.
  }
}

/** Null: the system knows nobody of that name. */
function momentarily<T>(become: () => void, look: () => T, comeBack: () => void): T | null {
  try {
    become();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_UNKNOWN_CREDENTIAL") return null;
    throw error;
  }
  try {
    return look();
  } finally {
    comeBack();
  }
}

function present(): Account | null {
  const uid = process.geteuid?.();
  if (uid === undefined) return null;
  try {
    const { gid, username, homedir } = userInfo();
    return { uid, gid, name: username, home: homedir };
  } catch {
    return { uid, gid: null, name: null, home: null }; // A number without an entry.
  }
}

/** Whoever is not root may belong to it and give files to it. */
function groupInFile(name: string): number | null {
  try {
    const lines = readFileSync("/etc/group", "latin1").split("\n");
    const line = lines.find((each) => each.startsWith(`${name}:`));
    return line === undefined ? null : Number(line.split(":")[2]);
  } catch {
    return null;
  }
}
