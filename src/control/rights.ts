/**
 * Whose rights the server has: found before the addresses are taken, put on right after. Everything
 * else, from the search for Python on, happens with those rights; the nursery and the workers are born
 * with them.
 *
 * Giving up root is not believed but tried: who can become root again afterwards does not serve.
 */
import { readFileSync, readdirSync } from "node:fs";

import type { ErrorCode } from "../errors/catalogue.ts";
import type { Settings } from "../options/settings.ts";
import type { SocketRights } from "../sockets/unix-path.ts";
import { type Account, type NoAccount, findGroup, findUser, isRoot } from "./accounts.ts";

type RightsSettings = Pick<
  Settings,
  "user" | "group" | "umask" | "unixSocketMode" | "unixSocketOwner"
>;

export interface Rights {
  readonly kind: "rights";
  /** Null: stays who it is. */
  readonly account: Account | null;
  /** Null: stays in its groups. */
  readonly gid: number | null;
  readonly umask: number | null;
  /** Of Unix sockets. */
  readonly socket: SocketRights;
}

export interface RightsFault {
  readonly kind: "fault";
  readonly code: ErrorCode;
  readonly message: string;
}

/** Its owner and its group may connect. */
const SOCKET_MODE = 0o660;

/** What the settings ask for, in numbers, and whether it can be had. */
export function findRights(settings: RightsSettings): Rights | RightsFault {
  const { user, group, umask, unixSocketMode } = settings;
  const isAsked = user !== null || group !== null || settings.unixSocketOwner !== null;
  if (isAsked && isRoot() && (process.env["UV_USE_IO_URING"] ?? "0") !== "0") {
    const message =
      "With UV_USE_IO_URING set a part of Node.js would keep the rights of root (CVE-2024-22017). Unset it to use --user, --group or --unix-socket-owner.";
    return { kind: "fault", code: "cannot-change-user", message };
  }
  const account = user === null ? null : findUser(user);
  if (typeof account === "string") return noAccount("--user", user ?? "", account);
  const gid = group === null ? (account?.gid ?? null) : findGroup(group);
  if (typeof gid === "string") return noAccount("--group", group ?? "", gid);
  if (account !== null && gid === null) {
    const message = `--user ${user}: the system knows no user of this number, and so not its group. Say --group, too.`;
    return { kind: "fault", code: "no-such-account", message };
  }
  if (gid !== null && !isRoot() && gid !== process.getegid?.()) {
    return noAccount(group === null ? "--user" : "--group", group ?? user ?? "", "needs-root");
  }
  const owner = findOwner(settings.unixSocketOwner);
  if ("kind" in owner) return owner;
  const mode = unixSocketMode ?? (umask === null ? SOCKET_MODE : 0o666 & ~umask);
  const socket = { mode, uid: owner.uid ?? account?.uid ?? -1, gid: owner.gid ?? gid ?? -1 };
  return { kind: "rights", account, gid, umask, socket };
}

/** `USER`, `USER:GROUP` or `:GROUP`. */
function findOwner(text: string | null): { uid: number | null; gid: number | null } | RightsFault {
  const [user = "", group = ""] = (text ?? "").split(":");
  const account = user === "" ? null : findUser(user);
  if (typeof account === "string") return noAccount("--unix-socket-owner", user, account);
  const gid = group === "" ? null : findGroup(group);
  if (typeof gid === "string") return noAccount("--unix-socket-owner", group, gid);
  return { uid: account?.uid ?? null, gid };
}

function noAccount(flag: string, name: string, why: NoAccount): RightsFault {
  const what = flag === "--group" ? "group" : "user";
  if (why === "unknown") {
    const message = `${flag} ${name}: the system knows no ${flag === "--unix-socket-owner" ? "such user or group" : `such ${what}`}.`;
    return { kind: "fault", code: "no-such-account", message };
  }
  const message =
    flag === "--unix-socket-owner"
      ? `${flag} ${name}: only root can give a socket to somebody else. Start the server as root, or name a group that its user belongs to.`
      : `${flag} ${name}: only root can become another ${what}. Start the server as root, or as that ${what} and without ${flag}.`;
  return { kind: "fault", code: "cannot-change-user", message };
}

/**
 * Puts the rights on, for good.
 * @returns why it did not work; the process is then in no state to go on. Null: done.
 */
export function takeRights({ account, gid, umask }: Rights): string | null {
  if (umask !== null) process.umask(umask);
  // Who is not root is what it is: `findRights` has seen to that.
  if (gid === null || !isRoot()) return null;
  try {
    // The user's own groups instead of root's; without a name it has none but the one.
    if (account?.name != null) joinGroupsOf(account.name, gid);
    else process.setgroups?.([gid]);
    process.setgid?.(gid);
    if (account !== null) process.setuid?.(account.uid);
  } catch (error) {
    return `the system refuses it: ${error instanceof Error ? error.message : String(error)}.`;
  }
  if (account !== null) {
    process.env["HOME"] = account.home ?? "/";
    process.env["USER"] = process.env["LOGNAME"] = account.name ?? String(account.uid);
  }
  return leftover(account?.uid ?? 0, gid);
}

/** All groups that the system has the user in. `initgroups` is documented; the types don't know it. */
function joinGroupsOf(user: string, gid: number): void {
  const known = process as { readonly initgroups?: (user: string, group: number) => void };
  known.initgroups?.(user, gid);
}

/** What is wrong after rights were given up; null: nothing. */
function leftover(uid: number, gid: number): string | null {
  const ids = [process.getuid?.(), process.geteuid?.(), process.getgid?.(), process.getegid?.()];
  if (ids.join() !== [uid, uid, gid, gid].join()) return `the ids are ${ids.join(", ")} after it.`;
  if (uid === 0) return null;
  const ways = [
    () => process.seteuid?.(0),
    () => process.setuid?.(0),
    () => process.setgroups?.([0]),
    ...(gid === 0 ? [] : [() => process.setegid?.(0), () => process.setgid?.(0)]),
  ];
  if (ways.some(succeeds)) return "the rights of root can be had again after it.";
  // The calls are for one thread on some systems; each thread must have changed.
  const keepsRights = threadIds().some((line) =>
    line
      .trim()
      .split(/\s+/)
      .some((id) => Number(id) !== uid),
  );
  return keepsRights ? "a thread keeps other rights." : null;
}

function succeeds(act: () => void): boolean {
  try {
    act();
    return true;
  } catch {
    return false; // As it should be.
  }
}

/** The four user ids of each thread, where the system shows them. */
function threadIds(): string[] {
  if (process.platform !== "linux") return [];
  try {
    return readdirSync("/proc/self/task").map((thread) => {
      const status = readFileSync(`/proc/self/task/${thread}/status`, "latin1");
      return /^Uid:(.*)$/m.exec(status)?.[1] ?? "";
    });
  } catch {
    return []; // No /proc in this place, or a thread that has just ended.
  }
}
