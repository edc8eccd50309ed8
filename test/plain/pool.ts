/** Plain twin of how `pool/pool.ts` chooses: all workers that have room, sorted. */
import type { Seat } from "../../src/pool/pool.ts";

export function leastBusyPlainly<S extends Seat>(seats: readonly S[], nowMs: number): S | null {
  const open = seats.filter((seat) => seat.ready && seat.inFlight < seat.capacity(nowMs));
  return open.toSorted((a, b) => a.inFlight - b.inFlight)[0] ?? null;
}
