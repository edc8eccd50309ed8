/** TLS as the settings ask for it. */
import type { Log } from "../base/log.ts";
import type { Settings } from "../options/settings.ts";
import type { CertificateFault } from "../tls/certificates.ts";
import { TlsServer } from "../tls/tls-server.ts";

const REQUESTED = {
  none: "none",
  optional: "optional",
  required: "required",
  "0": "none",
  "1": "optional",
  "2": "required",
} as const;

/** Each one holds some 50 KiB. */
const MAX_HANDSHAKES = 1_000;

/** Reads the certificates. Null: TLS is not asked for. */
export async function openTls(
  settings: Settings,
  log: Log,
): Promise<TlsServer | CertificateFault | null> {
  const { certfile, keyfile, caCerts } = settings;
  const clientCertificates = REQUESTED[settings.certReqs];
  if (certfile.length === 0) {
    const needing = [
      [keyfile.length > 0, "--keyfile"],
      [caCerts !== null, "--ca-certs"],
      [clientCertificates !== "none", "--cert-reqs"],
      [settings.hsts > 0, "--hsts"],
      [settings.redirectHttp.length > 0, "--redirect-http"],
    ] as const;
    const flag = needing.find(([isSet]) => isSet)?.[1];
    return flag === undefined
      ? null
      : fault(`${flag} needs --certfile, without which there is no TLS.`);
  }
  if (keyfile.length > 0 && keyfile.length !== certfile.length) {
    return fault(
      `There are ${certfile.length} --certfile and ${keyfile.length} --keyfile. Give one key for each certificate, in the same order.`,
    );
  }
  if (clientCertificates !== "none" && caCerts === null) {
    return fault(
      `--cert-reqs ${settings.certReqs} needs --ca-certs: the certificates that clients' certificates must come from.`,
    );
  }
  const options = {
    pairs: certfile.map((path, index) => ({ certfile: path, keyfile: keyfile[index] ?? path })),
    caCerts,
    ciphers: settings.ciphers,
    minVersion: `TLSv${settings.tlsMinVersion}` as const,
    clientCertificates,
    handshakeMs: settings.headerTimeoutMs,
    maxHandshakes: MAX_HANDSHAKES,
    protocols: settings.http2 === "off" ? ["http/1.1"] : ["h2", "http/1.1"],
  };
  return TlsServer.open(options, log);
}

/** The field lines that each answer over TLS gets (RFC 6797 §6.1). */
export function strictTransport(settings: Settings): string {
  return settings.hsts === 0 ? "" : `Strict-Transport-Security: max-age=${settings.hsts}\r\n`;
}

function fault(message: string): CertificateFault {
  return { kind: "fault", message };
}
