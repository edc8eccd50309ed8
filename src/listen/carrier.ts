/**
 * What an exchange needs of what carries it: a connection of HTTP/1.1, which carries one at a time,
 * or a stream of HTTP/2.
 */
import type { Duplex } from "node:stream";

import type { ErrorCode } from "../errors/catalogue.ts";
import type { ListenerView, Service } from "./service.ts";

export interface Carrier {
  readonly service: Service;
  readonly listener: ListenerView;
  /** Empty for a peer without an address. */
  readonly remoteAddress: string;
  readonly remotePort: string;
  /** Whether the peer may tell about its client (`--forwarded-allow-ips`); never changes. */
  readonly isTrusted: boolean;
  /** Environ entries of the connection, each preceded by NUL (wire §4.2 EXTRA); usually none. */
  readonly environ: string;
  /** Where the answer's body is written. */
  readonly socket: Duplex;
  /** The client has sent its last byte. */
  readonly clientEnded: boolean;
  /** The body of the present request has been read to its end. */
  readonly bodyIsComplete: boolean;

  /** The body that the client announced is wanted now (RFC 9110 §10.1.1). */
  sendContinue(): void;
  pauseReading(): void;
  resumeReading(): void;
  /** The answer is complete. */
  exchangeDone(keepAlive: boolean): void;
  /** One error answer in the application's place, then the end. */
  fail(code: ErrorCode, requestId: string, method: string): void;
  /**
   * The answer can't be completed, and the client must see that.
   * @param endsByClosing - an orderly end would look like the end of the content.
   */
  cut(endsByClosing: boolean): void;
  destroy(): void;
}
