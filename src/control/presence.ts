/** How a server that runs is found by others: the file with its number, and its control socket. */
import { join } from "node:path";

import type { ErrorCode } from "../errors/catalogue.ts";
import type { Settings } from "../options/settings.ts";
import { CONTROL_NAME, type ControlCommands, ControlSocket } from "./control-socket.ts";
import { removePidFile, writePidFile } from "./pid-file.ts";

export interface Presence {
  readonly kind: "presence";
  readonly end: () => void;
}

export interface PresenceFault {
  readonly kind: "fault";
  readonly code: ErrorCode;
  readonly message: string;
}

/** @param folder - where the control socket lies when --control-socket says nothing. */
export async function openPresence(
  settings: Settings,
  folder: string,
  commands: ControlCommands,
): Promise<Presence | PresenceFault> {
  const { pid, controlSocket } = settings;
  const pidFault = pid === null ? null : writePidFile(pid);
  if (pidFault !== null) return { kind: "fault", code: "cannot-write-pid", message: pidFault };
  const control = new ControlSocket(controlSocket ?? join(folder, CONTROL_NAME), commands);
  const end = (): void => {
    control.close();
    if (pid !== null) removePidFile(pid);
  };
  try {
    await control.open();
    return { kind: "presence", end };
  } catch (error) {
    end();
    const reason = error instanceof Error ? error.message : String(error);
    const message = `--control-socket ${controlSocket}: ${reason}.`;
    return { kind: "fault", code: "cannot-listen", message };
  }
}
