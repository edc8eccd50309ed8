/**
 * What the application learns of a client's certificate: environ entries with the names that Apache's
 * mod_ssl gave them, which frameworks and their plug-ins look for.
 */
import type { PeerCertificate, TLSSocket } from "node:tls";

type Name = Readonly<Record<string, string | readonly string[]>>;

/** RFC 4514 §2.4: in front of these stands a backslash. */
const SPECIAL = /[,+"\\<>;=]|^[# ]| $/g;

/** Entries for a connection, each preceded by NUL; for one without a certificate just that. */
export function clientCertificateEntries(socket: TLSSocket): string {
  const certificate = socket.getPeerCertificate();
  // Node gives an empty object where there is none.
  if (!("raw" in certificate)) return entry("SSL_CLIENT_VERIFY", "NONE");
  return (
    entry("SSL_CLIENT_VERIFY", "SUCCESS") +
    entry("SSL_CLIENT_M_VERSION", "3") +
    entry("SSL_CLIENT_M_SERIAL", certificate.serialNumber) +
    nameEntries("SSL_CLIENT_S_DN", certificate.subject as unknown as Name) +
    nameEntries("SSL_CLIENT_I_DN", certificate.issuer as unknown as Name) +
    entry("SSL_CLIENT_V_START", certificate.valid_from) +
    entry("SSL_CLIENT_V_END", certificate.valid_to) +
    alternativeNames(certificate) +
    entry("SSL_CLIENT_CERT", pem(certificate.raw))
  );
}

function nameEntries(key: string, name: Name): string {
  const parts = Object.entries(name).flatMap(([attribute, value]) =>
    [value].flat().map((text) => [attribute, text] as const),
  );
  // RFC 4514 §2.1: the last one comes first.
  const whole = parts
    .toReversed()
    .map(([attribute, text]) => `${attribute}=${text.replaceAll(SPECIAL, "\\$&")}`)
    .join(",");
  let entries = entry(key, whole);
  const counts = new Map<string, number>();
  for (const [attribute, text] of parts) {
    const label = attribute === "emailAddress" ? "Email" : attribute;
    const count = counts.get(label) ?? 0;
    counts.set(label, count + 1);
    // mod_ssl: the first without a number, the next with _1.
    entries += entry(`${key}_${label}${count === 0 ? "" : `_${count}`}`, text);
  }
  return entries;
}

function alternativeNames(certificate: PeerCertificate): string {
  const counts = { DNS: 0, email: 0 };
  let entries = "";
  for (const match of (certificate.subjectaltname ?? "").matchAll(
    /(?:^|, )(DNS|email):([^,"]+)/g,
  )) {
    const kind = match[1] === "DNS" ? "DNS" : "email";
    const label = kind === "DNS" ? "DNS" : "Email";
    entries += entry(`SSL_CLIENT_SAN_${label}_${counts[kind]++}`, match[2] ?? "");
  }
  return entries;
}

/** Environ text is latin-1 that holds bytes, here of UTF-8. A NUL would begin another entry. */
function entry(key: string, value: string): string {
  const bytes = Buffer.from(value, "utf8").toString("latin1");
  return `\0${key}\0${bytes.replaceAll("\0", "\\x00")}`;
}

function pem(der: Buffer): string {
  const lines = der.toString("base64").replaceAll(/.{1,64}/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`;
}
