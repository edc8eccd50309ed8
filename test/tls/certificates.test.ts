import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { chmodSync } from "node:fs";
import { after, test } from "node:test";

import { isFault, loadAuthorities, loadCertificate } from "../../src/tls/certificates.ts";
import { certificateFolder, issue } from "../support/certificates.ts";

const folder = certificateFolder();
after(() => folder.remove());

const good = issue("a.test", { names: ["A.test", "*.b.test", "127.0.0.1"] });
const certfile = folder.write("good.pem", good.certificate);
const keyfile = folder.write("good.key", good.key);

function sentence(files: { certfile: string; keyfile: string }): string {
  const loaded = loadCertificate(files, new Date());
  assert.ok(isFault(loaded), "it is refused");
  return loaded.message.replaceAll(folder.path, "DIR");
}

test("RFC 6125 §6.4.4: a certificate serves its alternative names, in lower case", () => {
  const loaded = loadCertificate({ certfile, keyfile }, new Date());
  assert.ok(!isFault(loaded));
  assert.deepEqual(loaded.names, ["a.test", "*.b.test"]);
  assert.equal(loaded.keyType, "ec");
});

test("RFC 6125 §6.4.4: without alternative names the common name counts", () => {
  const { certificate, key } = issue("Old.test");
  const path = folder.write("both.pem", certificate + key);
  const loaded = loadCertificate({ certfile: path, keyfile: path }, new Date());
  assert.ok(!isFault(loaded));
  assert.deepEqual(loaded.names, ["old.test"]);
});

test("each thing that can be wrong with the files has its sentence", () => {
  const other = issue("other");
  assert.equal(
    sentence({ certfile: `${folder.path}/none.pem`, keyfile }),
    "--certfile DIR/none.pem: there is no such file.",
  );
  assert.equal(
    sentence({ certfile, keyfile: folder.path }),
    "--keyfile DIR is a folder, not a file.",
  );
  assert.equal(
    sentence({ certfile: keyfile, keyfile }),
    "--certfile DIR/good.key holds no certificate in PEM form.",
  );
  assert.equal(
    sentence({ certfile, keyfile: certfile }),
    "--keyfile DIR/good.pem holds no private key in PEM form.",
  );
  assert.match(
    sentence({ certfile, keyfile: folder.write("other.key", other.key) }),
    /^--keyfile DIR\/other.key is not the key of the first certificate in DIR\/good.pem\./,
  );
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const locked = privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "secret",
  });
  assert.match(
    sentence({ certfile, keyfile: folder.write("locked.key", locked.toString()) }),
    /^--keyfile DIR\/locked.key is protected by a passphrase.* openssl pkey -in DIR\/locked.key/,
  );
});

test("a certificate that has expired or is not valid yet is refused with the day", () => {
  const old = issue("old", { fromDay: -20, toDay: -10 });
  const early = issue("early", { fromDay: 10, toDay: 20 });
  assert.match(
    sentence({
      certfile: folder.write("old.pem", old.certificate),
      keyfile: folder.write("old.key", old.key),
    }),
    /old.pem has expired: it was valid until \d{4}-\d\d-\d\d\. Renew it\.$/,
  );
  assert.match(
    sentence({
      certfile: folder.write("early.pem", early.certificate),
      keyfile: folder.write("early.key", early.key),
    }),
    /early.pem is not valid before \d{4}-\d\d-\d\d\./,
  );
});

test(
  "a file that may not be read is told as that",
  { skip: process.getuid?.() === 0 ? "root may read everything" : false },
  () => {
    const secret = folder.write("secret.key", good.key);
    chmodSync(secret, 0);
    assert.equal(
      sentence({ certfile, keyfile: secret }),
      "--keyfile DIR/secret.key may not be read by this user.",
    );
  },
);

test("authorities are certificates", () => {
  assert.equal(loadAuthorities(certfile), good.certificate);
  const wrong = loadAuthorities(keyfile);
  assert.ok(isFault(wrong));
  assert.match(wrong.message, /^--ca-certs .*good.key holds no certificate in PEM form\.$/);
});
