/**
 * Finds the control socket of a running server: where --control-socket says, or in the folders that
 * the servers of this user have made for themselves.
 */
import { lstatSync, readFileSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { CONTROL_NAME, NO_SOCKET, type ServerDescription } from "./control-socket.ts";

/** What a server that lives needs for a word about itself. */
const WHO_TIMEOUT_MS = 5_000;
/** What others may do in a folder of a server. */
const OTHERS_MODE = 0o077;

export type FoundServer =
  | { readonly kind: "found"; readonly path: string }
  | { readonly kind: "fault"; readonly message: string };

export async function findServer(
  controlSocket: string | null,
  pidFile: string | null,
): Promise<FoundServer> {
  if (controlSocket === NO_SOCKET) {
    return fault("--control-socket off: a server without one can't be asked. Send it HUP.");
  }
  if (controlSocket !== null) return { kind: "found", path: controlSocket };
  let pid: number | null = null;
  if (pidFile !== null) {
    pid = readPid(pidFile);
    if (pid === null) {
      return fault(`--pid ${pidFile}: there is no process number in this file.`);
    }
  }
  const asked = controlPaths().map(async (path) => ({ path, server: await whoIs(path) }));
  const servers = (await Promise.all(asked)).flatMap(({ path, server }) =>
    server === null || (pid !== null && server.pid !== pid) ? [] : [{ path, server }],
  );
  const [first, ...others] = servers;
  if (first === undefined) {
    const which =
      pid === null ? "No server of this user runs" : `No server with number ${pid} runs`;
    return fault(`${which} in ${tmpdir()}. Name its --control-socket if it has one.`);
  }
  if (others.length === 0) return { kind: "found", path: first.path };
  const list = servers.map(
    ({ server }) => `  ${server.pid}  ${server.app}  ${server.addresses.join(", ")}`,
  );
  const advice = "Choose one with --pid FILE or --control-socket PATH, or send it HUP:";
  return fault(`${servers.length} servers run. ${advice}\n${list.join("\n")}`);
}

/** Sends one line and resolves with the line that comes back; null when none does. */
export function askServer(
  path: string,
  command: string,
  timeoutMs: number,
): Promise<string | null> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(path, () => socket.write(`${command}\n`));
    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    socket.on("error", () => {}); // "close" follows.
    socket.on("close", () => resolve(text.endsWith("\n") ? text.trimEnd() : null));
  });
}

function controlPaths(): string[] {
  const user = process.getuid?.() ?? 0;
  return readdirSync(tmpdir())
    .filter((name) => name.startsWith("wizgy-"))
    .map((name) => join(tmpdir(), name))
    .filter((folder) => {
      const stat = lstatSync(folder, { throwIfNoEntry: false });
      // What others can make is not asked: it could answer anything.
      if (stat?.isDirectory() !== true || (stat.mode & OTHERS_MODE) !== 0) return false;
      return stat.uid === user || user === 0;
    })
    .map((folder) => join(folder, CONTROL_NAME))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true);
}

/** What a server says of itself; null: there is none. */
export async function whoIs(path: string): Promise<ServerDescription | null> {
  const answer = await askServer(path, "who", WHO_TIMEOUT_MS);
  if (answer === null) return null;
  // Our own format; a server of another release has at least these.
  return JSON.parse(answer) as ServerDescription;
}

function readPid(path: string): number | null {
  try {
    const text = readFileSync(path, "latin1").trim();
    return /^\d+$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

function fault(message: string): FoundServer {
  return { kind: "fault", message };
}
