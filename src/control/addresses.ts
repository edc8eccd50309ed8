/** How a listener is named: to the application, and to people. */
import type { Listener } from "../listen/listener.ts";
import { renderBindAddress } from "../options/bind-address.ts";

type Scheme = "http" | "https";

/** PEP 3333 "environ Variables": SERVER_NAME and SERVER_PORT are never empty. */
export function serverPlace(
  listener: Listener,
  scheme: Scheme,
): {
  serverName: string;
  serverPort: number;
  scheme: Scheme;
} {
  const { bound } = listener;
  if (bound.kind === "unix") {
    return { serverName: "localhost", serverPort: scheme === "https" ? 443 : 80, scheme };
  }
  const anywhere = bound.host === "0.0.0.0" || bound.host === "::" || bound.host === "";
  const serverName = anywhere ? "localhost" : bound.host;
  return { serverName, serverPort: bound.port, scheme };
}

/** As it is shown: with the port that is really used. */
export function shownAddress({ address, bound }: Listener, scheme: Scheme): string {
  if (bound.kind === "tcp") return renderBindAddress(bound).replace(/^http:/, `${scheme}:`);
  if (bound.path !== null) return renderBindAddress({ kind: "unix", path: bound.path });
  return `${renderBindAddress(address)} (a Unix socket)`;
}
