/** What a listener needs of TLS; `tls/tls-server.ts` has it. */
import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";

/** A connection whose handshake is done. */
export interface SecureConnection {
  readonly socket: TLSSocket;
  /** Environ entries about it, each preceded by NUL (wire §4.2 EXTRA). */
  readonly environ: string;
}

export interface Security {
  /**
   * Begins a handshake.
   * @param raw - paused; it is not to be used any more.
   * @param done - called once; with null when it did not come to an end, and the socket is closed.
   */
  shake(raw: Socket, done: (connection: SecureConnection | null) => void): void;
  /** Ends the handshakes that are under way. */
  stop(): void;
}
