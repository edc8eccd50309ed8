/**
 * The addresses of a server: taken before anything else is started, so that one in use is found
 * at once, and served together. Which application a request is for is no concern of theirs.
 */
import type { ErrorCode } from "../errors/catalogue.ts";
import { listenerConstants } from "../gateway/request-environ.ts";
import { Listener, type SocketRights } from "../listen/listener.ts";
import type { ListenerView, Service } from "../listen/service.ts";
import { type BindAddress, renderBindAddress } from "../options/bind-address.ts";
import type { Settings } from "../options/settings.ts";
import type { TlsServer } from "../tls/tls-server.ts";
import { VERSION } from "../version.ts";
import { serverPlace, shownAddress } from "./addresses.ts";
import { openFilesLimit } from "./connection-limits.ts";
import { cannotListen } from "./refusals.ts";
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

  private constructor(
    listeners: readonly Listener[],
    views: readonly ListenerView[],
    addresses: readonly string[],
  ) {
    this.listeners = listeners;
    this.views = views;
    this.addresses = addresses;
  }

  /**
   * Takes all addresses, or none. Connections wait until `serve`.
   * @param tls - null: nothing is encrypted.
   */
  static async open(
    settings: Settings,
    tls: TlsServer | null,
    rights: SocketRights,
  ): Promise<Front | FrontFault> {
    const secured = addressesOf(settings).map((address) => new Listener(address));
    const redirecting = settings.redirectHttp.map((address) => new Listener(address));
    const listeners = [...secured, ...redirecting];
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
        isUnix: listener.address.kind === "unix",
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
    return new Front(listeners, views, addresses);
  }

  /** Whether the listener of that number has one of the addresses. */
  isAt(index: number, addresses: readonly BindAddress[]): boolean {
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
function addressesOf({ bind, sites }: Settings): readonly BindAddress[] {
  if (sites.length === 0) return bind;
  const all = sites.flatMap(({ settings }) => settings.bind);
  return [...new Map(all.map((address) => [renderBindAddress(address), address])).values()];
}

function stopAll(listeners: readonly Listener[]): Promise<unknown> {
  return Promise.all(listeners.map((listener) => listener.stop()));
}
