/** How a listener is named: to the application, and to people. */
import type { Listener } from "../listen/listener.ts";
import { type BindAddress, renderBindAddress } from "../options/bind-address.ts";

/** PEP 3333 "environ Variables": SERVER_NAME and SERVER_PORT are never empty. */
export function serverPlace(listener: Listener): {
  serverName: string;
  serverPort: number;
  scheme: "http";
} {
  const { address } = listener;
  if (address.kind === "unix") return { serverName: "localhost", serverPort: 80, scheme: "http" };
  const anywhere = address.host === "0.0.0.0" || address.host === "::" || address.host === "";
  const serverName = anywhere ? "localhost" : address.host;
  return { serverName, serverPort: listener.port, scheme: "http" };
}

/** As it is shown: with the port that is really used. */
export function shownAddress(listener: Listener): string {
  const { address } = listener;
  const actual: BindAddress =
    address.kind === "tcp" ? { ...address, port: listener.port } : address;
  return renderBindAddress(actual);
}
