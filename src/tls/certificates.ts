/**
 * Reads certificates and keys from files and sees that they can be used, so that what is wrong is
 * told in a sentence when the server starts, and not by a client that can't connect.
 */
import { KeyObject, X509Certificate, createPrivateKey } from "node:crypto";
import { readFileSync } from "node:fs";

export interface CertificateFiles {
  readonly certfile: string;
  readonly keyfile: string;
}

/** A certificate with the chain behind it, and its key. */
export interface LoadedCertificate {
  readonly files: CertificateFiles;
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly keyType: string;
  /** Host names in lower case; `*.` at the start stands for one label. */
  readonly names: readonly string[];
  readonly notAfter: Date;
}

/** Why it can't be used: a sentence for the operator. */
export interface CertificateFault {
  readonly kind: "fault";
  readonly message: string;
}

/** Reads one pair. `now`: what it must be valid at. */
export function loadCertificate(
  files: CertificateFiles,
  now: Date,
): LoadedCertificate | CertificateFault {
  const { certfile, keyfile } = files;
  const certificate = readText("--certfile", certfile);
  if (typeof certificate !== "string") return certificate;
  const keyText = certfile === keyfile ? certificate : readText("--keyfile", keyfile);
  if (typeof keyText !== "string") return keyText;
  const parsed = parseCertificate(certfile, certificate);
  if (!(parsed instanceof X509Certificate)) return parsed;
  const key = parseKey(keyfile, keyText);
  if (!(key instanceof KeyObject)) return key;
  if (!parsed.checkPrivateKey(key)) {
    return fault(
      `--keyfile ${keyfile} is not the key of the first certificate in ${certfile}. The server's own certificate comes first in the file, the ones that vouch for it behind it.`,
    );
  }
  const notBefore = new Date(parsed.validFrom);
  const notAfter = new Date(parsed.validTo);
  if (now > notAfter) {
    return fault(
      `--certfile ${certfile} has expired: it was valid until ${day(notAfter)}. Renew it.`,
    );
  }
  if (now < notBefore) {
    return fault(
      `--certfile ${certfile} is not valid before ${day(notBefore)}. Is this machine's clock right?`,
    );
  }
  const keyType = key.asymmetricKeyType ?? "";
  return { files, certificate, key: keyText, keyType, names: hostNames(parsed), notAfter };
}

/** Reads the certificates that clients' certificates must come from. */
export function loadAuthorities(path: string): string | CertificateFault {
  const text = readText("--ca-certs", path);
  if (typeof text !== "string") return text;
  const blocks = text.match(/-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^]*?-----END/g) ?? [];
  if (blocks.length === 0) return fault(`--ca-certs ${path} holds no certificate in PEM form.`);
  return text;
}

export function isFault(value: object | string): value is CertificateFault {
  return typeof value === "object" && "kind" in value && value.kind === "fault";
}

function readText(flag: string, path: string): string | CertificateFault {
  try {
    return readFileSync(path, "latin1");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return fault(`${flag} ${path}: there is no such file.`);
    if (code === "EACCES") return fault(`${flag} ${path} may not be read by this user.`);
    if (code === "EISDIR") return fault(`${flag} ${path} is a folder, not a file.`);
    return fault(`${flag} ${path} can't be read: ${message}.`);
  }
}

function parseCertificate(path: string, text: string): X509Certificate | CertificateFault {
  try {
    return new X509Certificate(text);
  } catch {
    return fault(`--certfile ${path} holds no certificate in PEM form.`);
  }
}

function parseKey(path: string, text: string): KeyObject | CertificateFault {
  try {
    return createPrivateKey(text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ERR_MISSING_PASSPHRASE" || text.includes("ENCRYPTED")) {
      return fault(
        `--keyfile ${path} is protected by a passphrase, and nobody is there to type it. Remove it: openssl pkey -in ${path} -out KEYFILE`,
      );
    }
    return fault(`--keyfile ${path} holds no private key in PEM form.`);
  }
}

/** RFC 6125 §6.4.4: the common name counts only where there are no alternative names. */
function hostNames(certificate: X509Certificate): string[] {
  const alternative = certificate.subjectAltName;
  const found =
    alternative === undefined
      ? [/^CN=(.*)$/m.exec(certificate.subject)?.[1] ?? ""]
      : [...alternative.matchAll(/(?:^|, )DNS:([^,"\s]+)/g)].map((match) => match[1] ?? "");
  return found.filter((name) => name !== "").map((name) => name.toLowerCase());
}

function day(date: Date): string {
  return date.toISOString().slice(0, 10);
}

function fault(message: string): CertificateFault {
  return { kind: "fault", message };
}
