/** One listening socket and the connections that came through it. */
import { chmodSync, lstatSync, unlinkSync } from "node:fs";
import { type Server, type Socket, createServer, connect } from "node:net";

import { Http1Connection } from "./http1-connection.ts";
import type { ListenerView, Service } from "./service.ts";

/** Where to listen; the shape of an address setting. */
export type ListenAddress =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number }
  | { readonly kind: "unix"; readonly path: string };

/** How often deadlines are looked at; they are seconds. */
const SWEEP_MS = 500;
/** Turns of the event loop: the rest of this one, one that accepts, one that reads. */
const TURNS_TO_READ = 3;
/** More than a backlog holds. */
const MAX_TURNS_TO_ACCEPT = 70_000;

export class Listener {
  readonly address: ListenAddress;
  readonly #server: Server;
  readonly #connections: Set<Http1Connection> = new Set();
  #view: ListenerView | null = null;
  #service: Service | null = null;
  #sweep: NodeJS.Timeout | null = null;
  #accepted = 0;

  constructor(address: ListenAddress) {
    this.address = address;
    const options = { allowHalfOpen: true, noDelay: true, pauseOnConnect: true };
    this.#server = createServer(options, (socket) => this.#accept(socket));
  }

  /**
   * Takes the address. Connections wait in the system's queue until `serve`.
   * @throws the system's error, such as EADDRINUSE.
   */
  async open(backlog: number): Promise<void> {
    const { address } = this;
    if (address.kind === "unix") await removeStaleSocket(address.path);
    await new Promise<void>((resolve, reject) => {
      this.#server.once("error", reject);
      const options =
        address.kind === "unix"
          ? { path: address.path, backlog }
          : { host: address.host, port: address.port, backlog };
      this.#server.listen(options, () => {
        this.#server.off("error", reject);
        resolve();
      });
    });
    if (address.kind === "unix") chmodSync(address.path, 0o666 & ~process.umask());
  }

  /** Begins to serve. Connections that came before are taken now. */
  serve(service: Service, view: ListenerView): void {
    this.#service = service;
    this.#view = view;
    this.#server.on("error", (error) => service.log.write("error", `accept: ${error.message}`));
    for (const socket of this.#early.splice(0)) this.#accept(socket);
  }

  readonly #early: Socket[] = [];

  /** The port that is really used; 0 on a Unix socket. */
  get port(): number {
    const bound = this.#server.address();
    return bound !== null && typeof bound === "object" ? bound.port : 0;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  #accept(socket: Socket): void {
    const service = this.#service;
    const view = this.#view;
    if (service === null || view === null) {
      socket.on("error", () => {});
      this.#early.push(socket);
      return;
    }
    this.#accepted++;
    this.#connections.add(new Http1Connection(socket, service, view, this.#forget));
    this.#sweep ??= setInterval(() => this.#checkDeadlines(), SWEEP_MS);
  }

  readonly #forget = (connection: Http1Connection): void => {
    this.#connections.delete(connection);
    if (this.#connections.size > 0) return;
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#sweep = null;
    this.#idle?.();
  };

  #idle: (() => void) | null = null;

  #checkDeadlines(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.checkDeadline(nowMs);
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
    this.#server.close();
    for (const connection of this.#connections) connection.stop();
    if (this.#connections.size > 0) await idle;
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
    this.#server.close();
    let busy = 0;
    for (const connection of this.#connections) {
      if (connection.isBusy) busy++;
      connection.destroy();
    }
    return busy;
  }
}

/** A socket file that nobody listens on was left by a process that is gone. */
async function removeStaleSocket(path: string): Promise<void> {
  try {
    if (!lstatSync(path).isSocket()) return;
  } catch {
    return; // Nothing there.
  }
  const inUse = await new Promise<boolean>((resolve) => {
    const probe = connect(path);
    probe.on("connect", () => {
      probe.destroy();
      resolve(true);
    });
    probe.on("error", () => resolve(false));
  });
  if (!inUse) unlinkSync(path);
}
