/** `wizgy reload`: has a running server reload, and says what came of it. */
import type { Settings } from "../options/settings.ts";
import { askServer, findServer } from "./find-server.ts";
import type { ReloadOutcome } from "./reloader.ts";

/** Far longer than any boot: the server itself ends that with --boot-timeout. */
const RELOAD_TIMEOUT_MS = 24 * 3600 * 1000;

/** Control characters but tab and line feed: they could drive a terminal. */
// eslint-disable-next-line no-control-regex -- the control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/**
 * @param site - the name of the one that is meant; null: all.
 * @returns what to print; on standard error unless the exit code is 0.
 */
export async function reloadServer(
  settings: Pick<Settings, "controlSocket" | "pid">,
  site: string | null,
): Promise<{ readonly text: string; readonly exitCode: number }> {
  const found = await findServer(settings.controlSocket, settings.pid);
  if (found.kind === "fault") return { text: `wizgy: ${found.message}\n`, exitCode: 1 };
  const answer = await askServer(
    found.path,
    site === null ? "reload" : `reload ${site}`,
    RELOAD_TIMEOUT_MS,
  );
  if (answer === null) {
    const text = `wizgy: ${found.path}: no server answers here.\n`;
    return { text, exitCode: 1 };
  }
  const { ok, message, traceback } = JSON.parse(answer) as ReloadOutcome;
  const trace = traceback === "" ? "" : `${traceback.trimEnd()}\n\n`;
  const text = ok ? `${message}\n` : `${trace}wizgy: ${message}\n`;
  return { text: text.replace(CONTROL, "?"), exitCode: ok ? 0 : 1 };
}
