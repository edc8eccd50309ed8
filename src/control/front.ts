/**
 * The addresses of a server: taken before anything else is started, so that one in use is found
 * at once, and served together. Which application a request is for is no concern of theirs.
 */
import { closeSync } from "node:fs";

import type { Log } from "../base/log.ts";
import type { ErrorCode } from "../errors/catalogue.ts";
import { listenerConstants } from "../gateway/request-environ.ts";
import { Listener } from "../listen/listener.ts";
import type { ListenerView, Service } from "../listen/service.ts";
import { type BindAddress, renderBindAddress } from "../options/bind-address.ts";
import type { Settings } from "../options/settings.ts";
import type { SocketRights } from "../sockets/unix-path.ts";
import type { TlsServer } from "../tls/tls-server.ts";
import { VERSION } from "../version.ts";
import { serverPlace, shownAddress } from "./addresses.ts";
import { openFilesLimit } from "./connection-limits.ts";
import type { HandedSocket, Inheritance } from "./inheritance.ts";
import { cannotListen, noSuchSocket } from "./refusals.ts";
import { type ChosenSocket, chooseSockets } from "./socket-choice.ts";
import { strictTransport } from "./tls.ts";

/** Why an address can't be had. */
export interface FrontFault {
  readonly kind: "fault";
  readonly code: ErrorCode;
  readonly message: string;
}

export class Front {
  readonly listeners: readonly Listener[];
  /** Beside each listener. */
  readonly views: readonly ListenerView[];
  /** As they are shown, with the ports that are really used. */
  readonly addresses: readonly string[];
  readonly #chosen: readonly ChosenSocket[];
  readonly #backlog: number;

  private constructor(
    chosen: readonly ChosenSocket[],
    listeners: readonly Listener[],
    views: readonly ListenerView[],
    addresses: readonly string[],
    backlog: number,
  ) {
    this.#chosen = chosen;
    this.listeners = listeners;
    this.views = views;
    this.addresses = addresses;
    this.#backlog = backlog;
  }

  /**
   * Takes all addresses, or none. Connections wait until `serve`.
   * @param tls - null: nothing is encrypted.
   * @param inheritance - sockets that are there already.
   */
  static async open(
    settings: Settings,
    tls: TlsServer | null,
    rights: SocketRights,
    inheritance: Inheritance,
    log: Log,
  ): Promise<Front | FrontFault> {
    const choice = chooseSockets(
      { bind: addressesOf(settings), redirectHttp: settings.redirectHttp },
      inheritance.sockets,
    );
    if ("kind" in choice) return noSuchSocket(choice);
    for (const { fd } of choice.unused) closeSync(fd);
    if (choice.ignored.length > 0) {
      const addresses = choice.ignored.map((address) => renderBindAddress(address)).join(", ");
      log.write(
        "warning",
        `Sockets were passed and are used instead of --bind (${addresses}). Name them, too, to have both: --bind fd:${choice.bind[0]?.socket?.number}.`,
      );
    }
    const chosen = [...choice.bind, ...choice.redirectHttp];
    const listeners = chosen.map(({ address, socket }) => {
      const { isServed } = inheritance;
      return new Listener(address, socket === null ? null : { ...socket, isServed });
    });
    const secured = listeners.slice(0, choice.bind.length);
    const redirecting = listeners.slice(choice.bind.length);
    // The workers' links are open files, too, and must not lack one while they boot.
    const maxEarly = Math.floor(openFilesLimit() / 4 / listeners.length);
    for (const listener of listeners) {
      try {
        await listener.open(settings.backlog, Math.min(settings.backlog, maxEarly), rights);
      } catch (error) {
        await stopAll(listeners);
        const message = cannotListen(listener.address, error);
        return { kind: "fault", code: "cannot-listen", message };
      }
    }
    const scheme = tls === null ? "http" : "https";
    const views = listeners.map((listener, index): ListenerView => {
      const redirects = index >= secured.length;
      const where = serverPlace(listener, redirects ? "http" : scheme);
      return {
        sites: null,
        constants: listenerConstants(index + 1, where, `wizgy/${VERSION}`),
        isUnix: listener.bound.kind === "unix",
        security: redirects ? null : tls,
        strictTransport: redirects ? "" : strictTransport(settings),
        redirectPort: redirects ? (secured.find(({ port }) => port > 0)?.port ?? 443) : 0,
        knowsHttp2: settings.http2 === "all" && tls === null && !redirects,
      };
    });
    const addresses = [
      ...secured.map((listener) => shownAddress(listener, scheme)),
      ...redirecting.map((listener) => `${shownAddress(listener, "http")}, redirects to https`),
    ];
    return new Front(chosen, listeners, views, addresses, settings.backlog);
  }

  /** The sockets, for another front. */
  get sockets(): readonly HandedSocket[] {
    return this.listeners.map(({ fd, bound, file }, index) => {
      const { key, socket } = this.#chosen[index]!;
      const { number, name } = socket ?? { number: null, name: "" };
      return { key, number, name, fd, bound, file };
    });
  }

  /** Another front has the sockets, too, and looks after them. */
  handOver(): void {
    for (const listener of this.listeners) listener.handOver();
  }

  /** Takes connections, if another front did it alone so far. `serve` has to follow at once. */
  async join(): Promise<void> {
    await Promise.all(this.listeners.map((listener) => listener.join(this.#backlog)));
  }

  /** Whether the listener of that number has one of the addresses. */
  isAt(index: number, addresses: readonly BindAddress[]): boolean {
    // Sockets that systemd passes stand for whatever addresses were asked for.
    if (this.#chosen[index]?.isAutomatic === true) return true;
    const own = renderBindAddress(this.listeners[index]!.address);
    return addresses.some((address) => renderBindAddress(address) === own);
  }

  /**
   * Begins to serve on all addresses.
   * @param sitesAt - the sites of a listener by its number.
   */
  serve(service: Service, sitesAt: (index: number) => ListenerView["sites"]): void {
    for (const [index, listener] of this.listeners.entries()) {
      listener.serve(service, { ...this.views[index]!, sites: sitesAt(index) });
    }
  }

  /** Connections that come from now on share this. */
  renew(service: Service): void {
    for (const listener of this.listeners) listener.renew(service);
  }

  stop(): Promise<unknown> {
    return stopAll(this.listeners);
  }
}

/** Each address once, whoever is found there. */
export function addressesOf({ bind, sites }: Settings): readonly BindAddress[] {
  if (sites.length === 0) return bind;
  const all = sites.flatMap(({ settings }) => settings.bind);
  return [...new Map(all.map((address) => [renderBindAddress(address), address])).values()];
}

function stopAll(listeners: readonly Listener[]): Promise<unknown> {
  return Promise.all(listeners.map((listener) => listener.stop()));
}
