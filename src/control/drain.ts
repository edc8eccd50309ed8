/**
 * The end of a server. Graceful: finish what runs and what waits. Quick: end it now. A second
 * signal turns one into the other.
 *
 *     asked -> drain delay -> no new connections -> all is answered, or the time is over -> ended
 *
 * From the first moment each answer ends its connection, so that clients go elsewhere.
 */
import type { Log } from "../base/log.ts";
import type { Listener } from "../listen/listener.ts";
import type { Settings } from "../options/settings.ts";
import type { Workforce } from "../workers/workforce.ts";
import type { StopSignals } from "./signals.ts";

/** What quick stops, and stops after a failed start, leave to the workers. */
export const QUICK_STOP_MS = 500;
/** What an idle worker needs to leave in order. */
export const LEAVE_MS = 5_000;

/**
 * How long connections stay open after another server has taken over: one that has just had an answer,
 * or was just made, may be about to send a request. Whoever waits longer is cut off between requests.
 */
const LINGER_MS = 2_000;

/** Resolves when no connection and no process is left. */
export async function drain(
  settings: Settings,
  listeners: readonly Listener[],
  workforces: readonly Workforce[],
  signals: StopSignals,
  log: Log,
): Promise<void> {
  const { drainDelayMs, gracefulTimeoutMs } = settings;
  const delayed = !signals.wantsQuick && !signals.isReplaced && drainDelayMs > 0;
  const after = delayed ? ` in ${drainDelayMs / 1000} s (--drain-delay)` : "";
  log.write("info", `Stopping${after} (${signals.signal}).`);
  if (delayed) await Promise.race([signals.quick, delay(drainDelayMs)]);
  if (signals.isReplaced && !signals.wantsQuick) {
    for (const listener of listeners) listener.close();
    await Promise.race([signals.quick, delay(LINGER_MS)]);
  }
  const drained = Promise.all(listeners.map((listener) => listener.stop()));
  if (!signals.wantsQuick) {
    await Promise.race([drained, signals.quick, delay(gracefulTimeoutMs)]);
  }
  const cut = listeners.reduce((sum, listener) => sum + listener.destroy(), 0);
  if (cut > 0) {
    const requests = cut === 1 ? "1 request" : `${cut} requests`;
    const are = cut === 1 ? "is" : "are";
    const late = `did not end within ${gracefulTimeoutMs / 1000} s (--graceful-timeout) and`;
    log.write("warning", `${requests} ${signals.wantsQuick ? "" : `${late} `}${are} cut.`);
  }
  const graceMs = cut > 0 || signals.wantsQuick ? QUICK_STOP_MS : LEAVE_MS;
  await Promise.all(workforces.map((workforce) => workforce.stop(graceMs)));
}

function delay(ms: number): Promise<void> {
  return new Promise((resolveDelay) => setTimeout(resolveDelay, ms).unref());
}
