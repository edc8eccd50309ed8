/**
 * Makes X.509 certificates (RFC 5280 §4.1) for trying things out: Node.js reads certificates but
 * writes none, and the packages that do bring a score of others along. Key: ECDSA on P-256, which
 * every client knows.
 */
import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from "node:crypto";
import { isIP, isIPv4 } from "node:net";

import {
  bitString,
  boolean,
  explicit,
  implicit,
  integer,
  objectIdentifier,
  octetString,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

const ECDSA_WITH_SHA256 = sequence(objectIdentifier("1.2.840.10045.4.3.2"));
const SERVER_AUTH = objectIdentifier("1.3.6.1.5.5.7.3.1");
const CLIENT_AUTH = objectIdentifier("1.3.6.1.5.5.7.3.2");

/** The attributes of a name that are in use here. */
const ATTRIBUTES = { CN: "2.5.4.3", O: "2.5.4.10", OU: "2.5.4.11" } as const;

/** Attribute and value in turn, the widest first. */
export type DistinguishedName = readonly (readonly [keyof typeof ATTRIBUTES, string])[];

export interface CertificateWish {
  readonly subject: DistinguishedName;
  /** Host names and IP addresses. */
  readonly names: readonly string[];
  readonly use: "server" | "client" | "authority";
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Who signs; null: it signs itself. */
  readonly issuer: IssuedCertificate | null;
}

export interface IssuedCertificate {
  readonly subject: DistinguishedName;
  readonly privateKey: KeyObject;
  /** PEM. */
  readonly certificate: string;
  /** PEM, PKCS #8. */
  readonly key: string;
}

/** Makes a key and a certificate for it. */
export function issueCertificate(wish: CertificateWish): IssuedCertificate {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const { subject, issuer } = wish;
  const tbs = sequence(
    explicit(0, integer(Buffer.from([2]))),
    // RFC 5280 §4.1.2.2: positive, not zero, at most 20 bytes.
    integer(Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ECDSA_WITH_SHA256,
    encodeName(issuer?.subject ?? subject),
    sequence(time(wish.notBefore), time(wish.notAfter)),
    encodeName(subject),
    publicKey.export({ type: "spki", format: "der" }),
    explicit(3, sequence(...extensions(wish, publicKey))),
  );
  const signature = sign("sha256", tbs, issuer?.privateKey ?? privateKey);
  const certificate = sequence(tbs, ECDSA_WITH_SHA256, bitString(signature));
  return {
    subject,
    privateKey,
    certificate: pem("CERTIFICATE", certificate),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function encodeName(name: DistinguishedName): Buffer {
  const parts = name.map(([attribute, value]) =>
    set(sequence(objectIdentifier(ATTRIBUTES[attribute]), utf8String(value))),
  );
  return sequence(...parts);
}

/** RFC 5280 §4.2.1. */
function extensions(wish: CertificateWish, publicKey: KeyObject): Buffer[] {
  const isAuthority = wish.use === "authority";
  // The bits of KeyUsage: keyCertSign and cRLSign, or digitalSignature.
  const usage = isAuthority ? bitString(Buffer.from([0x06]), 1) : bitString(Buffer.from([0x80]), 7);
  const list = [
    extension("2.5.29.19", true, isAuthority ? sequence(boolean(true)) : sequence()),
    extension("2.5.29.15", true, usage),
    extension("2.5.29.14", false, octetString(keyIdentifier(publicKey))),
  ];
  if (!isAuthority) {
    const purpose = wish.use === "server" ? SERVER_AUTH : CLIENT_AUTH;
    list.push(extension("2.5.29.37", false, sequence(purpose)));
  }
  if (wish.names.length > 0) {
    list.push(extension("2.5.29.17", false, sequence(...wish.names.map(generalName))));
  }
  return list;
}

function extension(identifier: string, critical: boolean, value: Buffer): Buffer {
  const mark = critical ? [boolean(true)] : [];
  return sequence(objectIdentifier(identifier), ...mark, octetString(value));
}

function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha1")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest();
}

/** RFC 5280 §4.2.1.6: dNSName is [2], iPAddress is [7]. */
function generalName(name: string): Buffer {
  return isIP(name) === 0
    ? implicit(2, Buffer.from(name, "latin1"))
    : implicit(7, addressBytes(name));
}

function addressBytes(address: string): Buffer {
  if (isIPv4(address)) return Buffer.from(address.split(".").map(Number));
  // The URL parser knows all spellings of IPv6 and gives back one, with at most one "::".
  const [left = "", right = ""] = new URL(`http://[${address}]/`).hostname.slice(1, -1).split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(left).length - groups(right).length;
  const all = [...groups(left), ...Array.from({ length: missing }, () => "0"), ...groups(right)];
  return Buffer.from(all.map((group) => group.padStart(4, "0")).join(""), "hex");
}

function pem(label: string, der: Buffer): string {
  const lines = der.toString("base64").replaceAll(/.{1,64}/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`;
}
