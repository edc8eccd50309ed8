/**
 * `wizgy dev-cert`: a certificate for this machine, signed by itself, to try TLS out with. Nobody
 * else trusts it, which is why no server makes one unasked.
 */
import { existsSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";

import { issueCertificate } from "./issue-certificate.ts";

export const DEV_CERTIFICATE = "dev-cert.pem";
export const DEV_KEY = "dev-key.pem";

const DEFAULT_NAMES = ["localhost", "127.0.0.1", "::1"];
/** Browsers take certificates of up to 398 days. */
const VALID_DAYS = 365;
const DAY_MS = 24 * 3_600_000;

const USAGE = `Usage: wizgy dev-cert [NAME ...]

Makes a certificate for trying out TLS on this machine: ${DEV_CERTIFICATE} and ${DEV_KEY}
in the working folder. Names are host names and IP addresses; without any it is
for ${DEFAULT_NAMES.join(", ")}. It is valid for ${VALID_DAYS} days, and nobody
else trusts it.
`;

/** What is printed, and the exit code. */
export interface DevCertificateOutcome {
  readonly text: string;
  readonly exitCode: number;
}

/** Writes the two files into the folder; never over others. */
export function writeDevCertificate(
  words: readonly string[],
  folder: string,
  now: Date,
): DevCertificateOutcome {
  if (words.includes("--help") || words.includes("-h")) return { text: USAGE, exitCode: 0 };
  const names = words.length === 0 ? DEFAULT_NAMES : words;
  const wrong = names.find((name) => isIP(name) === 0 && !isHostName(name));
  if (wrong !== undefined) {
    return refuse(`${JSON.stringify(wrong)} is neither a host name nor an IP address.`);
  }
  const present = [DEV_CERTIFICATE, DEV_KEY].find((file) => existsSync(join(folder, file)));
  if (present !== undefined) {
    return refuse(`there is a ${present} already. Move it away, or use it as it is.`);
  }
  const issued = issueCertificate({
    subject: [
      ["O", "Wizgy development certificate"],
      ["CN", names[0] ?? ""],
    ],
    names,
    use: "server",
    // Clocks of other machines may be a little behind.
    notBefore: new Date(now.getTime() - DAY_MS),
    notAfter: new Date(now.getTime() + VALID_DAYS * DAY_MS),
    issuer: null,
  });
  try {
    writeFileSync(join(folder, DEV_KEY), issued.key, { flag: "wx", mode: 0o600 });
    writeFileSync(join(folder, DEV_CERTIFICATE), issued.certificate, { flag: "wx", mode: 0o644 });
  } catch (error) {
    return refuse(`the certificate can't be written: ${(error as Error).message}.`);
  }
  return {
    text: `Made ${DEV_CERTIFICATE} and ${DEV_KEY} for ${names.join(", ")}.

  wizgy --certfile ${DEV_CERTIFICATE} --keyfile ${DEV_KEY} APP
  curl --cacert ${DEV_CERTIFICATE} https://${urlHost(names[0] ?? "")}:8000/

A browser will warn: it is signed by nobody that the browser knows.
`,
    exitCode: 0,
  };
}

function isHostName(name: string): boolean {
  return name.length <= 253 && /^(?:\*\.)?[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(name);
}

function urlHost(name: string): string {
  return isIP(name) === 6 ? `[${name}]` : name;
}

function refuse(sentence: string): DevCertificateOutcome {
  return { text: `wizgy: ${sentence}\n`, exitCode: 1 };
}
