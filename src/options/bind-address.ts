/**
 * The addresses a server listens on, from text and back.
 *
 * Only the form is checked here. Whether a host name resolves, a port is free or a folder exists
 * is found out when the socket is opened. What would be taken for something else is refused with
 * the right spelling: a bare number (a host to the operating system, a port to the person who
 * typed it), an IPv6 address without brackets, a URL.
 */
import type { Reading } from "./definition.ts";

export interface TcpAddress {
  readonly kind: "tcp";
  /** A host name, an IPv4 address or an IPv6 address without brackets. */
  readonly host: string;
  /** 0 to 65535; 0 lets the system choose. */
  readonly port: number;
}

export interface UnixAddress {
  readonly kind: "unix";
  readonly path: string;
}

/** A socket that another process has made and passed on. */
export interface PassedAddress {
  readonly kind: "fd";
  /** The number of the descriptor, or the name that systemd gives it. */
  readonly name: string;
}

export type BindAddress = TcpAddress | UnixAddress | PassedAddress;

/** The port of an address that names none. */
export const DEFAULT_PORT = 8000;

/** Linux keeps a socket's path in 108 bytes, the closing NUL included. */
export const MAX_UNIX_PATH_BYTES: number = 107;

/** Two of them are standard output and error, and a process has fewer than these. */
const MAX_FD_DIGITS = 7;

const FORMS = "HOST:PORT, HOST, [IPv6]:PORT, unix:PATH or fd:N";

/**
 * Reads `HOST:PORT`, `HOST` (port 8000), `:PORT` (every IPv4 interface), `[IPv6]:PORT`, `[IPv6]`,
 * `unix:PATH`, `fd:N` or `fd:NAME`.
 */
export function parseBindAddress(text: string): Reading<BindAddress> {
  if (text.startsWith("unix:")) return parseUnixAddress(text.slice("unix:".length));
  // Some servers want two slashes.
  if (/^fd:(?:\/\/)?/.test(text)) return parsePassedAddress(text.replace(/^fd:(?:\/\/)?/, ""));
  if (text.includes("://")) {
    return refuse(`${FORMS}, without a scheme such as http://`);
  }
  if (text.startsWith("[")) return parseBracketedAddress(text);
  const colon = text.indexOf(":");
  if (colon !== text.lastIndexOf(":")) {
    return refuse(`an IPv6 address in brackets, such as [::1]:${DEFAULT_PORT}`);
  }
  if (colon === -1) {
    if (/^\d+$/.test(text)) return refuse(`a host before the port, such as 127.0.0.1:${text}`);
    return isHost(text) ? accept(text, DEFAULT_PORT) : refuse(FORMS);
  }
  const host = text.slice(0, colon);
  if (host !== "" && !isHost(host)) return refuse(FORMS);
  return withPort(host === "" ? "0.0.0.0" : host, text.slice(colon + 1));
}

/** The address as a person or a browser takes it: `http://127.0.0.1:8000`, `unix:/run/x.sock`. */
export function renderBindAddress(address: BindAddress): string {
  if (address.kind === "unix") return `unix:${address.path}`;
  if (address.kind === "fd") return `fd:${address.name}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `http://${host}:${address.port}`;
}

function parseUnixAddress(text: string): Reading<BindAddress> {
  const path = text.startsWith("//") ? text.slice(2) : text;
  if (path === "") return refuse("a path after unix:, such as unix:/run/app.sock");
  if (Buffer.byteLength(path) > MAX_UNIX_PATH_BYTES) {
    return refuse(`a socket path of at most ${MAX_UNIX_PATH_BYTES} bytes`);
  }
  return { ok: true, value: { kind: "unix", path } };
}

/** A name is what systemd takes for FileDescriptorName=, white space aside. */
function parsePassedAddress(name: string): Reading<BindAddress> {
  const isNumber = /^\d+$/.test(name);
  if (isNumber ? name.length > MAX_FD_DIGITS : !/^[!-9;-~]{1,255}$/.test(name)) {
    return refuse("fd:N with the number of a descriptor, or fd:NAME with what systemd calls it");
  }
  return { ok: true, value: { kind: "fd", name: isNumber ? String(Number(name)) : name } };
}

function parseBracketedAddress(text: string): Reading<BindAddress> {
  const end = text.indexOf("]");
  const host = text.slice(1, end);
  if (end === -1 || !isIpv6(host)) {
    return refuse(`an IPv6 address in brackets, such as [::1]:${DEFAULT_PORT}`);
  }
  const rest = text.slice(end + 1);
  if (rest === "") return accept(host, DEFAULT_PORT);
  return rest.startsWith(":") ? withPort(host, rest.slice(1)) : refuse(FORMS);
}

function withPort(host: string, text: string): Reading<BindAddress> {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65535) return refuse(`${FORMS}, with a port from 0 to 65535`);
  return accept(host, port);
}

/** Host names and IPv4 addresses; the underscore is in use on container networks. */
function isHost(text: string): boolean {
  return /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*)$/.test(text) && text.length <= 253;
}

function isIpv6(text: string): boolean {
  const zone = text.indexOf("%");
  if (zone !== -1 && !/^[A-Za-z0-9_.-]+$/.test(text.slice(zone + 1))) return false;
  const address = zone === -1 ? text : text.slice(0, zone);
  return /^[0-9A-Fa-f:.]+$/.test(address) && URL.canParse(`http://[${address}]/`);
}

function accept(host: string, port: number): Reading<BindAddress> {
  return { ok: true, value: { kind: "tcp", host, port } };
}

function refuse(expected: string): Reading<never> {
  return { ok: false, expected };
}
