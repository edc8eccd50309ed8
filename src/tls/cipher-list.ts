/** Cipher suites of TLS, as operators write them and as Node takes them. */

/** RFC 8446 §B.4, in OpenSSL's order. */
const TLS13_SUITES = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";

/**
 * For TLS 1.2: what every client of the last ten years has, with forward secrecy and authenticated
 * encryption only (RFC 9325 §4.2).
 */
const DEFAULT_TLS12 = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
].join(":");

/**
 * The list that Node takes. It has one for both versions, while OpenSSL's lists, as they are written
 * everywhere, leave TLS 1.3 alone: without a suite of it in the list, TLS 1.3 would be off.
 */
export function cipherList(chosen: string | null): string {
  const ciphers = chosen ?? DEFAULT_TLS12;
  return /(?:^|:)TLS_/.test(ciphers) ? ciphers : `${TLS13_SUITES}:${ciphers}`;
}
