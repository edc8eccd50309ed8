import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { test } from "node:test";

import { issue } from "../support/certificates.ts";

test("RFC 5280 §4.1, RFC 5280 §4.2.1.6: OpenSSL reads what was written", () => {
  const issued = issue("example.org", {
    names: ["example.org", "*.example.org", "192.0.2.7", "2001:db8::1"],
  });
  const certificate = new X509Certificate(issued.certificate);
  assert.equal(certificate.subject, "O=Tests\\, Inc.\nCN=example.org");
  assert.equal(certificate.issuer, certificate.subject);
  assert.equal(
    certificate.subjectAltName,
    "DNS:example.org, DNS:*.example.org, IP Address:192.0.2.7, IP Address:2001:DB8:0:0:0:0:0:1",
  );
  assert.equal(certificate.ca, false);
  assert.ok(certificate.checkPrivateKey(issued.privateKey));
  assert.ok(certificate.verify(certificate.publicKey), "the signature is its own");
  assert.equal(certificate.checkHost("www.example.org"), "*.example.org");
  assert.equal(certificate.checkIP("2001:db8::1"), "2001:db8::1");
});

test("RFC 5280 §4.1.2.2: serial numbers are positive and differ", () => {
  const serials = [issue("a"), issue("a")].map(
    ({ certificate }) => new X509Certificate(certificate).serialNumber,
  );
  assert.notEqual(serials[0], serials[1]);
  for (const serial of serials) assert.match(serial, /^0?1/);
});

test("RFC 5280 §4.1.2.5: dates behind 2049 have four digits of the year", () => {
  const certificate = new X509Certificate(issue("a", { toDay: 366 * 100 }).certificate);
  const years = new Date(certificate.validTo).getFullYear() - new Date().getFullYear();
  assert.ok(years >= 99, certificate.validTo);
});

test("RFC 5280 §4.2.1: an authority may sign others", () => {
  const authority = issue("authority", { use: "authority" });
  const leaf = issue("leaf", { issuer: authority, use: "client" });
  const signer = new X509Certificate(authority.certificate);
  const certificate = new X509Certificate(leaf.certificate);
  assert.equal(signer.ca, true);
  assert.ok(certificate.verify(signer.publicKey));
  assert.ok(certificate.checkIssued(signer));
});
