/**
 * How much a client has taken: what the system has accepted for it. A part of a large write counts,
 * so that a reader who takes little is told from one who takes nothing.
 */
import type { Socket } from "node:net";

interface Counters {
  readonly bytesWritten: number;
  readonly writeQueueSize: number;
}

/**
 * Bytes, counted from any point; only a change means something.
 *
 * `_handle` is not documented; without its counters whole writes are seen, not parts of them.
 */
export function takenBytes(socket: Socket): number {
  const { _handle: handle } = socket as unknown as { readonly _handle?: unknown };
  return hasCounters(handle)
    ? handle.bytesWritten - handle.writeQueueSize
    : socket.bytesWritten - socket.writableLength;
}

function hasCounters(handle: unknown): handle is Counters {
  return (
    typeof handle === "object" &&
    handle !== null &&
    typeof (handle as Counters).bytesWritten === "number" &&
    typeof (handle as Counters).writeQueueSize === "number"
  );
}
