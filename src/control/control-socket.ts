/**
 * A Unix socket on which commands for a running server come in (`wizgy reload`). Nobody but the
 * server's own user, and root, can open it: it lies in the folder of the workers' links, or where
 * --control-socket says, with mode 0600. One line of JSON each way, then the end.
 */
import { type Server, type Socket, createServer } from "node:net";

import {
  type SocketFile,
  isSocketFile,
  listenOnPath,
  removeSocketFile,
} from "../sockets/unix-path.ts";
import type { ReloadOutcome } from "./reloader.ts";

/** What `--control-socket` says where there is none. */
export const NO_SOCKET = "off";

/** The name in the folder of the links. */
export const CONTROL_NAME = "control";

export interface ServerDescription {
  readonly pid: number;
  readonly app: string;
  readonly addresses: readonly string[];
}

export interface ControlCommands {
  readonly describe: () => ServerDescription;
  /** @param site - the name of the one that is meant; null: all. */
  readonly reload: (site: string | null) => Promise<ReloadOutcome>;
}

/** A command is far shorter. */
const MAX_COMMAND_BYTES = 1024;
const COMMAND_TIMEOUT_MS = 5_000;
const OWNER_ONLY = { mode: 0o600, uid: -1, gid: -1 };
const BACKLOG = 16;

export class ControlSocket {
  readonly #path: string;
  readonly #server: Server;
  readonly #clients: Set<Socket> = new Set();
  #file: SocketFile | null = null;

  constructor(path: string, commands: ControlCommands) {
    this.#path = path;
    this.#server = createServer((socket) => {
      this.#clients.add(socket);
      socket.on("close", () => this.#clients.delete(socket));
      hear(socket, commands);
    });
  }

  /**
   * @param replaces - that of another server goes, in one moment: this one takes over from it.
   * @throws the system's error, such as EADDRINUSE.
   */
  async open(replaces: boolean): Promise<void> {
    if (this.#path === NO_SOCKET) return;
    this.#file = await listenOnPath(this.#server, this.#path, BACKLOG, OWNER_ONLY, replaces);
  }

  /** Whether it is still there, and nobody else's. */
  get isThere(): boolean {
    return this.#path === NO_SOCKET || (this.#file !== null && isSocketFile(this.#file));
  }

  /** Removes it; whoever waits for an answer gets none. */
  close(): void {
    if (this.#file !== null) removeSocketFile(this.#file);
    this.#file = null;
    if (this.#server.listening) this.#server.close();
    for (const client of this.#clients) client.destroy();
  }
}

function hear(socket: Socket, commands: ControlCommands): void {
  let text = "";
  socket.setTimeout(COMMAND_TIMEOUT_MS, () => socket.destroy());
  socket.on("error", () => {}); // Who asked has gone; "close" follows.
  socket.setEncoding("utf8").on("data", (piece: string) => {
    text += piece;
    const end = text.indexOf("\n");
    if (end < 0) {
      if (text.length > MAX_COMMAND_BYTES) socket.destroy();
      return;
    }
    socket.removeAllListeners("data");
    socket.setTimeout(0);
    void obey(text.slice(0, end), commands).then((answer) => {
      socket.end(`${JSON.stringify(answer)}\n`);
    });
  });
}

async function obey(
  command: string,
  commands: ControlCommands,
): Promise<ServerDescription | ReloadOutcome> {
  if (command === "who") return commands.describe();
  if (command === "reload") return commands.reload(null);
  if (command.startsWith("reload ")) return commands.reload(command.slice("reload ".length));
  return { ok: false, message: `There is no command ${JSON.stringify(command)}.`, traceback: "" };
}
