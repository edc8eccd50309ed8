/**
 * The file of a Unix socket. Whoever listens by a path with Node has it removed when it stops, also
 * when another process listens on the same socket by then. So the socket is made under a name of
 * its own, which nobody removes but us, and gets its real name after that: the file comes with its
 * final rights, and goes only when we say so and it is still the one that we made.
 */
import {
  chmodSync,
  lchownSync,
  linkSync,
  lstatSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { type Server, connect } from "node:net";
import { dirname, join } from "node:path";

/** Of a Unix socket. -1: that of who makes it. */
export interface SocketRights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** The file of one socket, however it is called meanwhile. */
export interface SocketFile {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
}

/** Linux keeps a socket's path in 108 bytes, the closing NUL included. */
const MAX_PATH_BYTES = 107;

/**
 * Makes a socket with this path and has the server listen on it.
 * @param replaces - take the path even if another server listens there.
 * @throws the system's error, such as EADDRINUSE.
 */
export function listenOnPath(
  server: Server,
  path: string,
  backlog: number,
  rights: SocketRights,
  replaces = false,
): Promise<SocketFile> {
  const listen = (made: string): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ path: made, backlog }, () => {
        server.off("error", reject);
        resolve();
      });
    });
  // Closing it removes what was made.
  return makeSocketFile(path, rights, replaces, listen, () => server.close());
}

/**
 * Makes a socket with this path.
 * @param bind - makes it, in this very call, under another name.
 * @param undo - closes it again.
 * @throws the system's error, such as EADDRINUSE.
 */
export async function makeSocketFile(
  path: string,
  rights: SocketRights,
  replaces: boolean,
  bind: (made: string) => Promise<void>,
  undo: () => void,
): Promise<SocketFile> {
  if (!replaces) await removeStaleSocket(path);
  const made = temporaryName(path);
  // One that is left can only be of a process with our number that is gone.
  if (made !== path) rmSync(made, { force: true });
  // The file is made within this call, so there is no moment in which it has more rights.
  const umask = process.umask(0o777 & ~rights.mode);
  let bound: Promise<void>;
  try {
    bound = bind(made);
  } finally {
    process.umask(umask);
  }
  await bound;
  try {
    giveRights(made, rights);
    const { dev, ino } = lstatSync(made);
    moveTo(made, path, replaces);
    return { path, dev, ino };
  } catch (error) {
    undo();
    throw error;
  }
}

/** Whether the path still leads to this socket. */
export function isSocketFile({ path, dev, ino }: SocketFile): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false });
  return stats?.dev === dev && stats.ino === ino;
}

/** Unless it is gone, or somebody else's by now. */
export function removeSocketFile(file: SocketFile): void {
  try {
    if (isSocketFile(file)) unlinkSync(file.path);
  } catch {
    // It is gone, or in a folder of root, whose rights were given up.
  }
}

/** A socket file that nobody listens on was left by a process that is gone. */
export async function removeStaleSocket(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) return;
  } catch {
    return; // Nothing there.
  }
  const inUse = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
  });
  if (!inUse) unlinkSync(path);
}

/** In the same folder. Where no longer name has room it is the path itself, which Node then removes. */
function temporaryName(path: string): string {
  const names = [`${path}.${process.pid}`, join(dirname(path), `.${process.pid.toString(36)}`)];
  return names.find((name) => Buffer.byteLength(name) <= MAX_PATH_BYTES) ?? path;
}

/** Never over something that is there, unless it is to be replaced. */
function moveTo(made: string, path: string, replaces: boolean): void {
  if (made === path) return;
  if (replaces) {
    renameSync(made, path);
    return;
  }
  try {
    linkSync(made, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EEXIST" || statSync(path, { throwIfNoEntry: false }) !== undefined) {
      throw Object.assign(new Error("address already in use"), { code: "EADDRINUSE" });
    }
    // A file system without links of sockets.
    renameSync(made, path);
    return;
  }
  unlinkSync(made);
}

function giveRights(path: string, { mode, uid, gid }: SocketRights): void {
  // Of the file itself: where others may write in the folder, a link could stand in its place.
  if (uid !== -1 || gid !== -1) lchownSync(path, uid, gid);
  const stats = lstatSync(path);
  // Rules of the folder (default ACLs) can go over the mask.
  if (stats.isSocket() && (stats.mode & 0o777) !== mode) chmodSync(path, mode);
}
