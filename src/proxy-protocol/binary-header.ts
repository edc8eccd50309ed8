/**
 * Version 2 of the PROXY protocol:
 *
 *     signature   12 bytes
 *     version     4 bits: 2       command   4 bits: 0 LOCAL, 1 PROXY
 *     family      4 bits: 0 unspecified, 1 IPv4, 2 IPv6, 3 Unix
 *     transport   4 bits: 0 unspecified, 1 stream, 2 datagram
 *     length      2 bytes: of all that follows
 *     addresses   source, destination; source port, destination port
 *     TLVs        type (1 byte), length (2 bytes), value; skipped
 */
import { ipAddressOf, renderIpAddress } from "../base/ip-address.ts";
import { type ProxyFault, type ProxyHeader, proxyFault } from "./outcome.ts";

export const SIGNATURE: readonly number[] = [
  0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a,
];

/** Addresses and TLVs. Real headers have some hundred bytes, with a client's certificate a few thousand. */
const MAX_LENGTH = 4096;

const VERSION_AND_COMMAND = 12;
const FAMILY = 13;
const LENGTH = 14;
const ADDRESSES = 16;

const LOCAL = 0x20;
const PROXY = 0x21;

const UNSPECIFIED = 0x00;
const TCP4 = 0x11;
const TCP6 = 0x21;
const UNIX_STREAM = 0x31;
/** Bytes of the addresses of each family. */
const ADDRESS_BYTES: Readonly<Record<number, number>> = {
  [UNSPECIFIED]: 0,
  [TCP4]: 12,
  [TCP6]: 36,
  [UNIX_STREAM]: 216,
};

/** What is wrong with a byte of the fixed part as soon as it has come, or null. */
export function v2Fault(byte: number, index: number): ProxyFault | null {
  if (index < SIGNATURE.length) {
    return byte === SIGNATURE[index] ? null : proxyFault("the connection doesn't begin with one");
  }
  if (index !== VERSION_AND_COMMAND || byte === LOCAL || byte === PROXY) return null;
  return proxyFault("its version or command is not known");
}

/** How many bytes follow the fixed part. */
export function v2Length(bytes: Buffer): number | ProxyFault {
  const length = bytes.readUInt16BE(LENGTH);
  if (length > MAX_LENGTH) return proxyFault(`it has more than ${MAX_LENGTH} bytes`);
  // The balancer speaks for itself: nothing of what follows counts.
  if (bytes[VERSION_AND_COMMAND] === LOCAL) return length;
  const needed = ADDRESS_BYTES[bytes[FAMILY]!];
  if (needed === undefined) return proxyFault("it isn't about a stream of TCP or a Unix socket");
  return length < needed ? proxyFault("it is too short for its addresses") : length;
}

/** Reads a complete header. */
export function readV2(bytes: Buffer): ProxyHeader | ProxyFault {
  if (bytes[VERSION_AND_COMMAND] === LOCAL) {
    return { kind: "header", source: "balancer", address: "", port: "" };
  }
  const family = bytes[FAMILY]!;
  // With nothing specified, all that follows is of no known form.
  if (family === UNSPECIFIED) return { kind: "header", source: "unknown", address: "", port: "" };
  const addressBytes = ADDRESS_BYTES[family]!;
  if (!areTlvs(bytes, ADDRESSES + addressBytes)) {
    return proxyFault("what follows its addresses is malformed");
  }
  if (family === UNIX_STREAM) return { kind: "header", source: "client", address: "", port: "" };
  const half = family === TCP4 ? 4 : 16;
  const address = bytes.subarray(ADDRESSES, ADDRESSES + half);
  return {
    kind: "header",
    source: "client",
    address: half === 4 ? address.join(".") : renderIpAddress(ipAddressOf(address)),
    port: String(bytes.readUInt16BE(ADDRESSES + 2 * half)),
  };
}

/** Whether the rest is type, length and value again and again, to its last byte. */
function areTlvs(bytes: Buffer, start: number): boolean {
  let at = start;
  while (at + 3 <= bytes.length) at += 3 + bytes.readUInt16BE(at + 1);
  return at === bytes.length;
}
