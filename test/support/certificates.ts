/** Certificates for tests, in a folder of their own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type IssuedCertificate, issueCertificate } from "../../src/tls/issue-certificate.ts";

const DAY_MS = 24 * 3_600_000;

/** A certificate that is valid today, unless days say otherwise. */
export function issue(
  commonName: string,
  wish: {
    readonly names?: readonly string[];
    readonly use?: "server" | "client" | "authority";
    readonly issuer?: IssuedCertificate;
    readonly fromDay?: number;
    readonly toDay?: number;
  } = {},
): IssuedCertificate {
  const { names = [], use = "server", issuer = null, fromDay = -1, toDay = 1 } = wish;
  return issueCertificate({
    subject: [
      ["O", "Tests, Inc."],
      ["CN", commonName],
    ],
    names,
    use,
    notBefore: new Date(Date.now() + fromDay * DAY_MS),
    notAfter: new Date(Date.now() + toDay * DAY_MS),
    issuer,
  });
}

export interface CertificateFolder {
  readonly path: string;
  /** Writes a file; returns its path. */
  write(name: string, text: string): string;
  /** Writes both files; returns the arguments that name them. */
  pair(name: string, issued: IssuedCertificate): string[];
  remove(): void;
}

export function certificateFolder(): CertificateFolder {
  const path = mkdtempSync(join(tmpdir(), "wizgy-tls-"));
  const write = (name: string, text: string): string => {
    writeFileSync(join(path, name), text);
    return join(path, name);
  };
  return {
    path,
    write,
    pair: (name, issued) => [
      "--certfile",
      write(`${name}.pem`, issued.certificate),
      "--keyfile",
      write(`${name}.key`, issued.key),
    ],
    remove: () => rmSync(path, { recursive: true }),
  };
}
