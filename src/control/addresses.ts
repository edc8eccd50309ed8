/** How a listener is named: to the application, and to people. */
import type { Listener } from "../listen/listener.ts";
import { type BindAddress, renderBindAddress } from "../options/bind-address.ts";

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
  const { address } = listener;
  if (address.kind === "unix") {
    return { serverName: "localhost", serverPort: scheme === "https" ? 443 : 80, scheme };
  }
  const anywhere = address.host === "0.0.0.0" || address.host === "::" || address.host === "";
  const serverName = anywhere ? "localhost" : address.host;
  return { serverName, serverPort: listener.port, scheme };
}

/** As it is shown: with the port that is really used. */
export function shownAddress(listener: Listener, scheme: Scheme): string {
  const { address } = listener;
  const actual: BindAddress =
    address.kind === "tcp" ? { ...address, port: listener.port } : address;
  return renderBindAddress(actual).replace(/^http:/, `${scheme}:`);
}
