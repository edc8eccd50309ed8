import assert from "node:assert/strict";
import { after, test } from "node:test";

import { isFault } from "../../src/tls/certificates.ts";
import {
  type SecureContexts,
  type TlsChoices,
  loadContexts,
} from "../../src/tls/secure-contexts.ts";
import { certificateFolder, issue } from "../support/certificates.ts";

const folder = certificateFolder();
after(() => folder.remove());

function files(name: string, names: readonly string[]): { certfile: string; keyfile: string } {
  const issued = issue(name, { names });
  return {
    certfile: folder.write(`${name}.pem`, issued.certificate),
    keyfile: folder.write(`${name}.key`, issued.key),
  };
}

const choices: TlsChoices = {
  pairs: [
    files("one", ["one.test"]),
    files("two", ["two.test", "*.two.test"]),
    files("three", ["a.two.test"]),
  ],
  caCerts: null,
  ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256",
  minVersion: "TLSv1.2",
};
const ticketKeys = Buffer.alloc(48, 1);

function load(changed: Partial<TlsChoices> = {}): SecureContexts {
  const contexts = loadContexts({ ...choices, ...changed }, ticketKeys, new Date());
  assert.ok(!isFault(contexts));
  return contexts;
}

test("RFC 6066 §3: the name that the client asks for chooses the certificate, in any case", () => {
  const { find } = load();
  const [one, two, three] = ["one.test", "TWO.test", "a.two.test"].map(find);
  assert.ok(one && two && three);
  assert.equal(new Set([one, two, three]).size, 3);
});

test("RFC 6125 §6.4.3: a star stands for one label, and an exact name wins over it", () => {
  const { find } = load();
  assert.equal(find("b.two.test"), find("two.test"));
  assert.notEqual(find("a.two.test"), find("two.test"));
  assert.equal(find("c.b.two.test"), null);
  assert.equal(find(".two.test"), null);
});

test("RFC 6066 §3: a name that no certificate has gets the first one", () => {
  assert.equal(load().find("elsewhere.test"), null);
});

test("ciphers that OpenSSL does not know are told", () => {
  const fault = loadContexts({ ...choices, ciphers: "NONSENSE" }, ticketKeys, new Date());
  assert.ok(isFault(fault));
  assert.match(fault.message, /^--ciphers NONSENSE: OpenSSL knows none of these\./);
});

test("what OpenSSL refuses in the chain is told with the file's name", () => {
  const [pair] = choices.pairs;
  const issued = issue("broken");
  const certfile = folder.write(
    "broken.pem",
    `${issued.certificate}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`,
  );
  const keyfile = folder.write("broken.key", issued.key);
  const fault = loadContexts(
    { ...choices, pairs: [{ certfile, keyfile }] },
    ticketKeys,
    new Date(),
  );
  assert.ok(pair !== undefined && isFault(fault));
  assert.match(fault.message, /^--certfile \S+broken.pem can't be used: /);
});
