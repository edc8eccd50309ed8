/**
 * The faults of a peer as values of the hot path. The catalogue (`errors/peer-faults.ts`) says
 * what each code means and which status answers it.
 *
 * A fault is never an exception: a misbehaving peer is an expected event. Each one is made once,
 * frozen and shared. The client sees the status and nothing else; the code is for the log.
 */
import { peerFaults } from "../errors/peer-faults.ts";

/** The name of a fault, as it stands in the log. */
export type FaultCode = keyof typeof peerFaults;

/** The peer broke the protocol. The connection must answer `status` once and close. */
export interface PeerFault {
  readonly kind: "fault";
  /** The HTTP status of the one answer that this connection still gets. */
  readonly status: number;
  readonly code: FaultCode;
}

const FAULTS: ReadonlyMap<string, PeerFault> = new Map(
  Object.entries(peerFaults).map(([code, { status }]) => [
    code,
    Object.freeze({ kind: "fault", status, code: code as FaultCode }),
  ]),
);

/** The shared fault object of a code. */
export function peerFault(code: FaultCode): PeerFault {
  return FAULTS.get(code)!;
}
