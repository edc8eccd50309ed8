/**
 * How a server that runs is found by others: the file with its number, and its control socket. While a
 * server drains whose place another one has taken, that one has both, and the older one's number
 * stands in FILE.oldbin, as nginx and others have it.
 */
import { join } from "node:path";

import type { ErrorCode } from "../errors/catalogue.ts";
import { MAX_UNIX_PATH_BYTES } from "../options/bind-address.ts";
import type { Settings } from "../options/settings.ts";
import { CONTROL_NAME, type ControlCommands, ControlSocket } from "./control-socket.ts";
import { whoIs } from "./find-server.ts";
import { isOwnPidFile, removePidFile, writePidFile } from "./pid-file.ts";

export interface PresenceFault {
  readonly kind: "fault";
  readonly code: ErrorCode;
  readonly message: string;
}

/** Of the file with the number of a server that drains. */
const OLD = ".oldbin";

/**
 * @param folder - where the control socket lies when --control-socket says nothing.
 * @param predecessor - the server whose place this one takes; null: none.
 */
export async function openPresence(
  settings: Settings,
  folder: string,
  commands: ControlCommands,
  predecessor: number | null,
): Promise<Presence | PresenceFault> {
  const { controlSocket } = settings;
  if (Buffer.byteLength(controlSocket ?? "") > MAX_UNIX_PATH_BYTES) {
    // The system's library would cut it off.
    const message = `--control-socket ${controlSocket}: it takes a path of at most ${MAX_UNIX_PATH_BYTES} bytes.`;
    return { kind: "fault", code: "bad-value", message };
  }
  const presence = new Presence(settings, folder, commands);
  return (await presence.open(predecessor)) ?? presence;
}

export class Presence {
  readonly #pid: string | null;
  readonly #controlSocket: string | null;
  readonly #control: ControlSocket;
  readonly #controlPath: string;
  #oldPid: string | null = null;

  constructor({ pid, controlSocket }: Settings, folder: string, commands: ControlCommands) {
    this.#pid = pid;
    this.#controlSocket = controlSocket;
    this.#controlPath = controlSocket ?? join(folder, CONTROL_NAME);
    this.#control = new ControlSocket(this.#controlPath, commands);
  }

  /** Null: others find this server now. */
  async open(predecessor: number | null): Promise<PresenceFault | null> {
    const pidFault = this.#pid === null ? null : writePidFile(this.#pid, predecessor);
    if (pidFault !== null) return { kind: "fault", code: "cannot-write-pid", message: pidFault };
    try {
      // That of any other server stays as it is.
      const there = predecessor === null ? null : await whoIs(this.#controlPath);
      await this.#control.open(there !== null && there.pid === predecessor);
      return null;
    } catch (error) {
      this.end();
      const reason = error instanceof Error ? error.message : String(error);
      const message = `--control-socket ${this.#controlSocket}: ${reason}.`;
      return { kind: "fault", code: "cannot-listen", message };
    }
  }

  /** Another server, which was to take this one's place, has not, and may have taken some of this. */
  async restore(): Promise<PresenceFault | null> {
    const hasPid = this.#pid === null || isOwnPidFile(this.#pid);
    if (hasPid && this.#control.isThere) return null;
    this.end();
    return this.open(null);
  }

  /** Another server has taken this one's place. */
  handOver(): void {
    this.hide();
    if (this.#pid === null) return;
    const path = `${this.#pid}${OLD}`;
    // The file is a service to scripts; where it can't be written they do without.
    if (writePidFile(path, null) === null) this.#oldPid = path;
  }

  /** It takes no more orders. */
  hide(): void {
    this.#control.close();
    if (this.#pid !== null) removePidFile(this.#pid);
  }

  end(): void {
    this.hide();
    if (this.#oldPid !== null) removePidFile(this.#oldPid);
  }
}
