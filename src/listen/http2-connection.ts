/**
 * One connection of HTTP/2 over node:http2, which reads and writes the frames. Here: what it may do,
 * and the streams as requests.
 *
 * RFC 9113 §10.5: what costs the server more than the client is counted. A connection that resets
 * requests, or sends PING, SETTINGS and PRIORITY, faster than any client has reason to is ended with
 * ENHANCE_YOUR_CALM. Blocks of CONTINUATION frames and empty frames are bounded by nghttp2 itself.
 */
import {
  type ServerHttp2Session,
  type ServerHttp2Stream,
  constants,
  performServerHandshake,
} from "node:http2";
import type { Socket } from "node:net";

import { LeakyBucket } from "../base/leaky-bucket.ts";
import { parseHead } from "../http2/parse-head.ts";
import { takenBytes } from "../sockets/write-progress.ts";
import { Http2Carrier, type Http2Peer } from "./http2-carrier.ts";
import type { Peer } from "./peer.ts";
import type { ListenerView, Service } from "./service.ts";

const { NGHTTP2_ENHANCE_YOUR_CALM, NGHTTP2_FLAG_END_STREAM } = constants;

/** What a stream may send before the application reads; a longer way needs more than the 64 KiB of the default. */
const STREAM_WINDOW_BYTES = 256 * 1024;
const CONNECTION_WINDOW_BYTES = 1024 * 1024;
/** A browser that leaves a page resets all that it still loads. */
const RESETS = { burst: 200, perSecond: 20 };
const CONTROL_FRAMES = { burst: 100, perSecond: 10 };
/** nghttp2 resets a stream with more fields; some above the limit are let through for a 431. */
const SPARE_FIELDS = 32;

/**
 * Above this node:http2 refuses every new request of the connection, however small. Its default of 10 is what a few
 * readers of large answers hold, who are slow and nothing else. What a connection may hold is bounded for each
 * of its streams, and by `--buffer-total` for all; this is more than that.
 */
function sessionMegabytes({ maxStreams, responseBufferBytes, limits }: Service): number {
  const streamBytes = responseBufferBytes + STREAM_WINDOW_BYTES + limits.maxHeadBytes;
  return 10 + Math.ceil((maxStreams * streamBytes) / 1_000_000);
}

export class Http2Connection implements Http2Peer {
  /** In the listener's list. */
  place = -1;
  readonly socket: Socket;
  readonly service: Service;
  readonly listener: ListenerView;
  readonly remoteAddress: string;
  readonly remotePort: string;
  readonly isTrusted: boolean;
  readonly environ: string;
  readonly #session: ServerHttp2Session;
  readonly #streams: Set<Http2Carrier> = new Set();
  readonly #resets: LeakyBucket = new LeakyBucket(RESETS.burst, RESETS.perSecond);
  readonly #control: LeakyBucket = new LeakyBucket(CONTROL_FRAMES.burst, CONTROL_FRAMES.perSecond);
  #hadRequest = false;
  #idleSinceMs: number;
  #takenBytes = 0;
  #closed = false;

  /** @param socket - with what was read of it already put back. */
  constructor(
    socket: Socket,
    peer: Peer,
    environ: string,
    service: Service,
    listener: ListenerView,
    onClosed: (connection: Http2Connection) => void,
  ) {
    this.socket = socket;
    this.service = service;
    this.listener = listener;
    this.environ = environ;
    this.remoteAddress = peer.remoteAddress;
    this.remotePort = peer.remotePort;
    this.isTrusted = peer.isTrusted;
    this.#idleSinceMs = performance.now();
    socket.on("error", () => {}); // "close" follows.
    const { limits } = service;
    const session = performServerHandshake(socket, {
      maxSessionMemory: sessionMegabytes(service),
      maxHeaderListPairs: limits.maxFields + SPARE_FIELDS,
      settings: {
        maxConcurrentStreams: service.maxStreams,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxHeaderListSize: limits.maxHeadBytes,
      },
    });
    this.#session = session;
    session.once("connect", () => session.setLocalWindowSize(CONNECTION_WINDOW_BYTES));
    session.on(
      "stream",
      (stream: ServerHttp2Stream, _fields: unknown, flags: number, raw: readonly string[]) =>
        this.#begin(stream, flags, raw),
    );
    for (const event of ["ping", "remoteSettings", "priority"]) {
      session.on(event, () => this.#count(this.#control, "control frames"));
    }
    session.on("error", (error) => service.log.write("debug", `HTTP/2: ${error.message}`));
    session.on("close", () => {
      this.#closed = true;
      onClosed(this);
    });
  }

  #begin(stream: ServerHttp2Stream, flags: number, raw: readonly string[]): void {
    const bodyFollows = (flags & NGHTTP2_FLAG_END_STREAM) === 0;
    const carrier = new Http2Carrier(stream, this, bodyFollows);
    this.#hadRequest = true;
    this.#streams.add(carrier);
    stream.on("priority", () => this.#count(this.#control, "control frames"));
    stream.on("close", () => {
      this.#streams.delete(carrier);
      this.#idleSinceMs = performance.now();
      // RFC 9113 §10.5: requests that are taken back have cost a worker's time all the same.
      if (stream.aborted) this.#count(this.#resets, "resets");
    });
    const head = parseHead(raw, bodyFollows, this.service.limits);
    if (head.kind === "fault") carrier.fail(head.code);
    else carrier.begin(head);
  }

  #count(bucket: LeakyBucket, what: string): void {
    if (this.#closed || !bucket.add(performance.now())) return;
    this.#closed = true;
    this.service.log.write(
      "warning",
      `${this.remoteAddress || "unix"}: too many ${what} on a connection of HTTP/2, which is ended`,
    );
    this.#session.destroy(new Error(`too many ${what}`), NGHTTP2_ENHANCE_YOUR_CALM);
  }

  /** Acts when a deadline has passed. Called about once a second. */
  checkDeadline(nowMs: number): void {
    const taken = takenBytes(this.socket);
    const progressed = taken !== this.#takenBytes;
    this.#takenBytes = taken;
    for (const stream of this.#streams) stream.checkDeadline(nowMs, progressed);
    if (this.#streams.size > 0) return;
    const { headerMs, keepAliveMs } = this.service.timeouts;
    const limitMs = this.#hadRequest ? keepAliveMs : headerMs;
    if (nowMs < this.#idleSinceMs + limitMs) return;
    // The second time it has not answered the first.
    if (this.#session.closed) this.#session.destroy();
    else this.#session.close();
    this.#idleSinceMs = nowMs;
  }

  /** The server stops. RFC 9113 §6.8: GOAWAY tells which requests are still answered. */
  stop(): void {
    this.#session.close();
  }

  /** Requests that are being received or answered. */
  get busyCount(): number {
    let count = 0;
    for (const stream of this.#streams) if (stream.isBusy) count++;
    return count;
  }

  /** Since when it could be ended for another one. */
  get idleSinceMs(): number {
    return this.#streams.size > 0 ? Infinity : this.#idleSinceMs;
  }

  destroy(): void {
    this.#session.destroy();
  }
}
