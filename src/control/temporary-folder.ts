/**
 * Whether the folders for temporary files can be used: the one of `--body-temp-dir`, and the
 * system's, in which the folder of the workers' links is made. Told at the start, where somebody
 * reads it, and not at the first large body.
 */
import { mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { MAX_UNIX_PATH_BYTES } from "../options/bind-address.ts";
import type { Settings } from "../options/settings.ts";
import { CONTROL_NAME } from "./control-socket.ts";
import type { PlaceFault } from "./place.ts";

/** As `mkdtemp` makes it, with the longest name in it. */
const LINKS_PATH = join("wizgy-XXXXXX", CONTROL_NAME);

/** Null: all is well. */
export function temporaryFolderFault(
  settings: Pick<Settings, "bodyTempDir">,
  systemFolder: string = tmpdir(),
): PlaceFault | null {
  const { bodyTempDir } = settings;
  const bodyFault = bodyTempDir === null ? null : unusable(bodyTempDir);
  if (bodyFault !== null) {
    return fault(`--body-temp-dir ${bodyTempDir}: ${bodyFault}. Name another folder.`);
  }
  const shown = `The folder for temporary files, ${systemFolder}`;
  const reason = unusable(systemFolder);
  if (reason !== null) return fault(`${shown}: ${reason}. Set TMPDIR to another one.`);
  const most = MAX_UNIX_PATH_BYTES - Buffer.byteLength(join("/", LINKS_PATH));
  if (Buffer.byteLength(systemFolder) > most) {
    return fault(
      `${shown}: a socket can't lie there, because its path may have ${most} bytes at most. Set TMPDIR to a shorter one.`,
    );
  }
  return null;
}

/** It is tried: rights alone don't tell of a full disk, or of one that can only be read. */
function unusable(folder: string): string | null {
  try {
    rmdirSync(mkdtempSync(join(folder, "wizgy-")));
    return null;
  } catch (error) {
    return `nothing can be made there (${error instanceof Error ? error.message : String(error)})`;
  }
}

function fault(message: string): PlaceFault {
  return { kind: "fault", code: "no-such-folder", message };
}
