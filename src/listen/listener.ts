/** One listening socket and the connections that came through it. */
import { type Server, type Socket, createServer } from "node:net";
import { TLSSocket } from "node:tls";

import {
  type SocketFile,
  type SocketRights,
  listenOnPath,
  removeSocketFile,
} from "../sockets/unix-path.ts";
import type { Refusal } from "./connection-counts.ts";
import { Http1Connection } from "./http1-connection.ts";
import { Http2Connection } from "./http2-connection.ts";
import { OpenConnections, type Placed } from "./open-connections.ts";
import { type Peer, peerOf } from "./peer.ts";
import type { ListenerView, Service } from "./service.ts";

/** Where to listen; the shape of an address setting. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "fd"; readonly name: string };

/** Where a listener really is. A path is null when only who made the socket knows it. */
export type BoundAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string | null };

/** A socket that another process has made. */
export interface PassedSocket {
  /** The descriptor in this process. */
  readonly fd: number;
  /** Where it is, as another front has found out; null: nobody has yet. */
  readonly bound: BoundAddress | null;
  /** Of a Unix socket that is ours from now on. */
  readonly file: SocketFile | null;
  /** Another front serves on it: it is left alone until this one can serve, too. */
  readonly isServed: boolean;
}

/** What a listener does with a connection, whatever is spoken on it. */
interface Connection extends Placed {
  /** Since when it could be ended for another one; `Infinity`: it can't. */
  readonly idleSinceMs: number;
  /** Requests that are being received or answered. */
  readonly busyCount: number;
  checkDeadline(nowMs: number): void;
  stop(): void;
  destroy(): void;
}

/** What `Server.listen` takes; Node's types leave `fd` out of it. */
interface ListenerOptions {
  readonly host?: string;
  readonly port?: number;
  readonly fd?: number;
  readonly backlog: number;
}

/** How often deadlines are looked at; they are seconds. */
const SWEEP_MS = 500;
const NOTHING = Buffer.alloc(0);
/** Turns of the event loop: the rest of this one, one that accepts, one that reads. */
const TURNS_TO_READ = 3;
/** More than a backlog holds. */
const MAX_TURNS_TO_ACCEPT = 70_000;
/** How many connections are looked at for one that can make room, and how long that one must have been idle. */
const MAX_LOOKS = 32;
const IDLE_MS = 1_000;

export class Listener {
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #connections: OpenConnections<Connection> = new OpenConnections();
  #view: ListenerView | null = null;
  #service: Service | null = null;
  #sweep: NodeJS.Timeout | null = null;
  #accepted = 0;

  readonly #passed: PassedSocket | null;
  #bound: BoundAddress | null = null;
  #file: SocketFile | null = null;

  /** @param passed - null: the address is taken by us. */
  constructor(address: ListenAddress, passed: PassedSocket | null = null) {
    this.address = address;
    this.#passed = passed;
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
    this.#server = createServer(options, (socket) => this.#accept(socket));
  }

  /**
   * Takes the address. Connections wait until `serve`.
   * @param rights - of its file, when it is a Unix socket.
   * @param maxEarly - so many of them; more are closed.
   * @throws the system's error, such as EADDRINUSE.
   */
  async open(backlog: number, maxEarly: number, rights: SocketRights): Promise<void> {
    this.#maxEarly = maxEarly;
    const { address } = this;
    const passed = this.#passed;
    if (passed !== null) {
      if (passed.isServed && passed.bound !== null) this.#bound = passed.bound;
      else await this.join(backlog);
    } else if (address.kind === "unix") {
      this.#file = await listenOnPath(this.#server, address.path, backlog, rights);
    } else if (address.kind === "tcp") {
      await this.#listen({ host: address.host, port: address.port, backlog });
    }
    this.#bound ??= this.#whereItIs(passed?.bound ?? null);
  }

  /** Takes connections from now on, if that had to wait until `serve` can follow. */
  async join(backlog: number): Promise<void> {
    const passed = this.#passed;
    if (passed === null || this.#server.listening) return;
    await this.#listen({ fd: passed.fd, backlog });
    // Not before: a front that can't serve must not remove what another one listens on.
    this.#file = passed.file;
  }

  #listen(options: ListenerOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", reject);
      this.#server.listen(options, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
  }

  #whereItIs(told: BoundAddress | null): BoundAddress {
    const { address } = this;
    const found = this.#server.address();
    if (found === null || typeof found === "string") {
      return told ?? { kind: "unix", path: address.kind === "unix" ? address.path : null };
    }
    // The host as it was asked for: a name says more than the address that it had.
    return {
      kind: "tcp",
      host: address.kind === "tcp" ? address.host : found.address,
      port: found.port,
    };
  }

  /** Where it is; only after `open`. */
  get bound(): BoundAddress {
    return this.#bound ?? { kind: "unix", path: null };
  }

  /** The descriptor, for another front; -1 when there is none any more. */
  get fd(): number {
    const { _handle: handle } = this.#server as { readonly _handle?: { readonly fd?: number } };
    return handle?.fd ?? this.#passed?.fd ?? -1;
  }

  /** Of a Unix socket that is ours. */
  get file(): SocketFile | null {
    return this.#file;
  }

  /** Another front has it now, and will remove its file. */
  handOver(): void {
    this.#file = null;
  }

  /** Begins to serve. Connections that came before are taken now. */
  serve(service: Service, view: ListenerView): void {
    this.#service = service;
    this.#view = view;
    this.#server.on("error", (error) => service.log.write("error", `accept: ${error.message}`));
    for (const socket of this.#early.splice(0)) this.#accept(socket);
  }

  /** Connections that come from now on share this. */
  renew(service: Service): void {
    this.#service = service;
  }

  /** Those whose header of the PROXY protocol has not come yet. */
  readonly #greeting: Set<Socket> = new Set();
  readonly #early: Socket[] = [];
  #maxEarly = 0;

  /** The port that is really used; 0 on a Unix socket. */
  get port(): number {
    return this.#bound?.kind === "tcp" ? this.#bound.port : 0;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  #accept(socket: Socket): void {
    const service = this.#service;
    const view = this.#view;
    if (service === null || view === null) {
      socket.on("error", () => {});
      if (this.#early.length < this.#maxEarly) this.#early.push(socket);
      else socket.destroy();
      return;
    }
    this.#accepted++;
    const key = service.countedAs(socket.remoteAddress ?? "");
    if (!this.#isAdmitted(socket, key, service, view)) return;
    if (service.proxyGreetings === null) {
      this.#secure(socket, peerOf(socket, service, view), NOTHING, key);
      return;
    }
    this.#greeting.add(socket);
    service.proxyGreetings.read(socket, service, view, (peer, rest) => {
      this.#greeting.delete(socket);
      service.connectionCounts.release(key);
      if (peer === null) return;
      // From here on it is the connection of the client that the header has named.
      const clientKey = service.countedAs(peer.remoteAddress);
      if (!this.#isAdmitted(socket, clientKey, service, view)) return;
      this.#secure(socket, peer, rest, clientKey);
    });
  }

  /** Counts a connection, or turns it away. */
  #isAdmitted(socket: Socket, key: string, service: Service, view: ListenerView): boolean {
    const refusal = this.#take(key, service);
    if (refusal === null) return true;
    service.turnedAway.add(socket, refusal, service, view.security !== null);
    return false;
  }

  /** @param early - what was read already. */
  #secure(socket: Socket, peer: Peer, early: Buffer, key: string): void {
    const security = this.#view!.security;
    if (security === null) {
      this.#add(socket, peer, "", early, key);
      return;
    }
    if (early.length > 0) socket.unshift(early);
    security.shake(socket, (secure) => {
      if (secure === null) this.#service!.connectionCounts.release(key);
      else this.#add(secure.socket, peer, secure.environ, NOTHING, key);
    });
  }

  #add(socket: Socket, peer: Peer, environ: string, early: Buffer, key: string): void {
    const [service, view] = [this.#service!, this.#view!];
    const forget = this.#forget;
    const connection = speaksHttp2(socket)
      ? new Http2Connection(socket, peer, environ, service, view, forget)
      : new Http1Connection(socket, peer, environ, early, service, view, forget, this.#handOn);
    this.#connections.add(connection, key);
    this.#sweep ??= setInterval(() => this.#checkDeadlines(), SWEEP_MS);
  }

  /** The client has begun with HTTP/2. */
  readonly #handOn = (connection: Http1Connection): void => {
    const key = this.#connections.remove(connection) ?? "";
    const { socket, environ, service, listener } = connection;
    const forget = this.#forget;
    const next = new Http2Connection(socket, connection, environ, service, listener, forget);
    this.#connections.add(next, key);
  };

  #take(key: string, service: Service): Refusal | null {
    const refusal = service.connectionCounts.take(key);
    if (refusal !== "too-many-connections" || !this.#endIdle()) return refusal;
    return service.connectionCounts.take(key);
  }

  /** RFC 9112 §9.3: a server may end an idle connection at any time. It makes room for one that may have a request. */
  #endIdle(): boolean {
    const longAgoMs = performance.now() - IDLE_MS;
    const isLongIdle = ({ idleSinceMs }: Connection): boolean => idleSinceMs < longAgoMs;
    const connection = this.#connections.find(MAX_LOOKS, isLongIdle);
    if (connection === undefined) return false;
    this.#forget(connection);
    connection.destroy();
    return true;
  }

  readonly #forget = (connection: Connection): void => {
    const key = this.#connections.remove(connection);
    if (key === undefined) return; // It made room for another one.
    this.#service?.connectionCounts.release(key);
    if (this.#connections.size > 0) return;
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#sweep = null;
    this.#idle?.();
  };

  #idle: (() => void) | null = null;

  #checkDeadlines(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections.all()) connection.checkDeadline(nowMs);
  }

  /**
   * Takes no new connections and lets the open ones end; resolves when all have. What had arrived
   * in the system before, connections and requests, is taken first: nobody else would answer it.
   */
  async stop(): Promise<void> {
    const idle = new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
    for (const socket of this.#early.splice(0)) socket.destroy();
    await this.#takeWaiting();
    this.close();
    for (const socket of this.#greeting) socket.destroy();
    this.#view?.security?.stop();
    for (const connection of this.#connections.all()) connection.stop();
    if (this.#connections.size > 0) await idle;
  }

  /** Takes no new connections; the open ones go on. */
  close(): void {
    // Before the socket is closed: as long as it is open nobody else takes the path.
    if (this.#file !== null) removeSocketFile(this.#file);
    this.#file = null;
    this.#server.close();
  }

  /** Lets the event loop turn until no connection comes any more: it accepts one in each turn. */
  async #takeWaiting(): Promise<void> {
    let quietTurns = 0;
    for (let turn = 0; quietTurns < TURNS_TO_READ && turn < MAX_TURNS_TO_ACCEPT; turn++) {
      const before = this.#accepted;
      await new Promise(setImmediate);
      quietTurns = before === this.#accepted ? quietTurns + 1 : 0;
    }
  }

  /** Ends what is still open; returns how many requests are lost by that. */
  destroy(): number {
    this.close();
    let busy = 0;
    for (const connection of this.#connections.all()) {
      busy += connection.busyCount;
      connection.destroy();
    }
    return busy;
  }
}

/** RFC 7301 §3.2: what the handshake has agreed on. */
function speaksHttp2(socket: Socket): boolean {
  return socket instanceof TLSSocket && socket.alpnProtocol === "h2";
}
