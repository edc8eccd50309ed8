/** Where metrics go, from text. */
import type { Reading } from "./definition.ts";

export interface StatsdAddress {
  readonly host: string;
  readonly port: number;
}

/** The port of an address that names none. */
const STATSD_PORT = 8125;

/** Reads `HOST`, `HOST:PORT` or `[IPv6]:PORT`. */
export function parseStatsdAddress(text: string): Reading<StatsdAddress> {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+))(?::(\d{1,5}))?$/.exec(text);
  const port = Number(match?.[3] ?? STATSD_PORT);
  if (match === null || port < 1 || port > 65535) {
    return { ok: false, expected: "HOST:PORT or [IPv6]:PORT, to which UDP is sent" };
  }
  return { ok: true, value: { host: match[1] ?? match[2] ?? "", port } };
}
