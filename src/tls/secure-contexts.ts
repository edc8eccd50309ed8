/**
 * Certificates made ready for handshakes, found by the name that the client asks for (RFC 6066 §3).
 * The first certificate serves who asks for no name, or for one that no certificate has.
 */
import { type SecureContext, type SecureContextOptions, createSecureContext } from "node:tls";

import type { CertificateFault, CertificateFiles, LoadedCertificate } from "./certificates.ts";
import { isFault, loadAuthorities, loadCertificate } from "./certificates.ts";
import { cipherList } from "./cipher-list.ts";

/** What the operator has chosen. */
export interface TlsChoices {
  /** At least one. */
  readonly pairs: readonly CertificateFiles[];
  readonly caCerts: string | null;
  /** Null: the default. */
  readonly ciphers: string | null;
  readonly minVersion: "TLSv1.2" | "TLSv1.3";
}

/** One generation of certificates. */
export interface SecureContexts {
  readonly kind: "contexts";
  /** For the TLS server itself: the first certificate. */
  readonly options: SecureContextOptions;
  /** Null: the first certificate. */
  readonly find: (name: string) => SecureContext | null;
  readonly certificates: readonly LoadedCertificate[];
}

/** A session is only taken up again by the server that began it (RFC 8446 §2.2). */
const SESSION_CONTEXT = "wizgy";

/**
 * Reads all files.
 * @param ticketKeys - 48 bytes; the same ones let clients take up sessions of the last generation.
 */
export function loadContexts(
  choices: TlsChoices,
  ticketKeys: Buffer,
  now: Date,
): SecureContexts | CertificateFault {
  const certificates: LoadedCertificate[] = [];
  for (const files of choices.pairs) {
    const loaded = loadCertificate(files, now);
    if (isFault(loaded)) return loaded;
    certificates.push(loaded);
  }
  const ca = choices.caCerts === null ? null : loadAuthorities(choices.caCerts);
  if (ca !== null && isFault(ca)) return ca;
  const common = {
    ...(ca === null ? {} : { ca }),
    ciphers: cipherList(choices.ciphers),
    minVersion: choices.minVersion,
    // All that are allowed are good; the client knows what its hardware does best.
    honorCipherOrder: false,
    sessionIdContext: SESSION_CONTEXT,
    ticketKeys,
  };
  const groups = groupByNames(certificates);
  const contexts: { names: readonly string[]; context: SecureContext }[] = [];
  let first: SecureContextOptions | null = null;
  for (const group of groups) {
    const options = {
      ...common,
      cert: group.map(({ certificate }) => certificate),
      key: group.map(({ key }) => key),
    };
    try {
      contexts.push({ names: group[0]?.names ?? [], context: createSecureContext(options) });
    } catch (error) {
      return refusal(group[0]?.files.certfile ?? "", choices, error as NodeJS.ErrnoException);
    }
    first ??= options;
  }
  return { kind: "contexts", options: first ?? common, find: finder(contexts), certificates };
}

/** Pairs for the same names with keys of different kinds are one choice: the client's algorithms decide. */
function groupByNames(certificates: readonly LoadedCertificate[]): LoadedCertificate[][] {
  const groups: LoadedCertificate[][] = [];
  for (const certificate of certificates) {
    const names = certificate.names.join();
    const group = groups.find(
      (others) =>
        others[0]?.names.join() === names &&
        others.every(({ keyType }) => keyType !== certificate.keyType),
    );
    if (group === undefined) groups.push([certificate]);
    else group.push(certificate);
  }
  return groups;
}

function finder(
  contexts: readonly { names: readonly string[]; context: SecureContext }[],
): (name: string) => SecureContext | null {
  const byName = new Map<string, SecureContext>();
  for (const { names, context } of contexts) {
    for (const name of names) if (!byName.has(name)) byName.set(name, context);
  }
  return (asked) => {
    const name = asked.toLowerCase();
    const exact = byName.get(name);
    if (exact !== undefined) return exact;
    // RFC 6125 §6.4.3: the star stands for the whole leftmost label.
    const dot = name.indexOf(".");
    return dot < 1 ? null : (byName.get(`*${name.slice(dot)}`) ?? null);
  };
}

function refusal(
  certfile: string,
  choices: TlsChoices,
  error: NodeJS.ErrnoException,
): CertificateFault {
  const { code = "", message } = error;
  if (code === "ERR_SSL_NO_CIPHER_MATCH" || code === "ERR_INVALID_ARG_VALUE") {
    const text = `--ciphers ${choices.ciphers}: OpenSSL knows none of these. "openssl ciphers -v" lists its names.`;
    return { kind: "fault", message: text };
  }
  return { kind: "fault", message: `--certfile ${certfile} can't be used: ${message}.` };
}
