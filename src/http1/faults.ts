/**
 * Every way in which a peer can break the rules of HTTP/1.1, with the status that answers it.
 *
 * A fault is a value, never an exception: a misbehaving peer is an expected event on the hot
 * path. Each one is made once, frozen and shared. The client sees the status and nothing else;
 * the code is for the log. A code, once published, keeps its meaning for ever.
 */

const FAULT_STATUS = {
  // Bytes and lines
  "bare-cr": 400,
  "bare-lf": 400,
  "control-character": 400,
  "too-many-empty-lines": 400,
  // Request line
  "bad-request-line": 400,
  "bad-method": 400,
  "method-too-long": 501,
  "connect-not-supported": 501,
  "bad-version": 400,
  "version-not-supported": 505,
  "bad-target": 400,
  "bad-authority": 400,
  "request-line-too-long": 414,
  // Field lines
  "bad-field-line": 400,
  "bad-field-name": 400,
  "folded-field-line": 400,
  "field-line-too-long": 431,
  "too-many-fields": 431,
  "head-too-large": 431,
  "missing-host": 400,
  "duplicate-host": 400,
  "bad-host": 400,
  "duplicate-content-type": 400,
  "expectation-failed": 417,
  // Framing
  "bad-content-length": 400,
  "duplicate-content-length": 400,
  "bad-transfer-encoding": 400,
  "duplicate-transfer-encoding": 400,
  "transfer-encoding-with-content-length": 400,
  "transfer-encoding-on-http10": 400,
  "transfer-coding-not-supported": 501,
  "body-too-large": 413,
  // Chunked bodies
  "bad-chunk-size": 400,
  "bad-chunk-extension": 400,
  "chunk-line-too-long": 400,
  "too-many-chunk-extensions": 400,
  "bad-chunk-end": 400,
  "forbidden-trailer": 400,
  "trailers-too-large": 431,
} as const;

/** The name of a fault, as it stands in the log. */
export type FaultCode = keyof typeof FAULT_STATUS;

/** The peer broke the protocol. The connection must answer `status` once and close. */
export interface PeerFault {
  readonly kind: "fault";
  /** The HTTP status of the one answer that this connection still gets. */
  readonly status: number;
  readonly code: FaultCode;
}

/** All fault codes, in the order of the table. */
export const FAULT_CODES: readonly FaultCode[] = Object.keys(FAULT_STATUS) as FaultCode[];

const FAULTS = new Map<FaultCode, PeerFault>(
  FAULT_CODES.map((code) => [
    code,
    Object.freeze({ kind: "fault", status: FAULT_STATUS[code], code }),
  ]),
);

/** The shared fault object of a code. */
export function peerFault(code: FaultCode): PeerFault {
  return FAULTS.get(code)!;
}
