/**
 * Version 1 of the PROXY protocol: one line of text.
 *
 *     PROXY TCP4 192.0.2.1 198.51.100.7 51000 443 CR LF
 *     PROXY TCP6 2001:db8::1 2001:db8::7 51000 443 CR LF
 *     PROXY UNKNOWN … CR LF
 */
import { isIpv4, parseIpAddress } from "../base/ip-address.ts";
import { type ProxyFault, type ProxyHeader, proxyFault } from "./outcome.ts";

/** The longest line that the specification knows, with its end. */
export const MAX_V1_BYTES = 107;

const START = "PROXY ";
const CR = 0x0d;
const LF = 0x0a;
const PORT = /^(?:0|[1-9]\d{0,4})$/;
const LINE = /^PROXY (TCP4|TCP6) ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+)\r\n$/;
const UNKNOWN = /^PROXY UNKNOWN(?: [^\r\n]*)?\r\n$/;

/** What is wrong with a byte as soon as it has come, or null. */
export function v1Fault(byte: number, index: number): ProxyFault | null {
  if (index < START.length) {
    return byte === START.charCodeAt(index)
      ? null
      : proxyFault("the connection doesn't begin with one");
  }
  const isText = byte >= 0x20 && byte <= 0x7e;
  return isText || byte === CR || byte === LF
    ? null
    : proxyFault("it holds a byte that is no text");
}

/** Reads a line that ends with a line feed. */
export function readV1(line: string): ProxyHeader | ProxyFault {
  if (UNKNOWN.test(line)) return { kind: "header", source: "unknown", address: "", port: "" };
  const match = LINE.exec(line);
  if (match === null) return proxyFault("its line is malformed");
  const [, family, address = "", target = "", port = "", targetPort = ""] = match;
  for (const text of [address, target]) {
    if (!isOfFamily(text, family === "TCP4")) return proxyFault("an address in it is malformed");
  }
  for (const text of [port, targetPort]) {
    if (!PORT.test(text) || Number(text) > 65535) return proxyFault("a port in it is malformed");
  }
  return { kind: "header", source: "client", address, port };
}

function isOfFamily(text: string, isTcp4: boolean): boolean {
  const groups = parseIpAddress(text);
  if (groups === null) return false;
  return isTcp4 ? isIpv4(groups) && !text.includes(":") : text.includes(":");
}
