/**
 * Content codings that are applied on the way out (RFC 9110 §8.4): which answers may be encoded, and
 * what the head of one that is encoded says. The bytes are encoded elsewhere.
 *
 * A head is text as in a worker's ANSWER (wire §5.4): status code and reason phrase, then field
 * lines, each with its CRLF.
 */
import { chooseForm } from "./accept-encoding.ts";
import type { EncodedForm } from "./accept-encoding.ts";

/** By the names of the IANA registry of content codings. */
export type ContentCoding = "zstd" | "br" | "gzip";

interface CodingForm extends EncodedForm {
  readonly coding: ContentCoding | "";
}

/** Which codings there are, the preferred one first. */
export type CodingForms = readonly [CodingForm, ...CodingForm[]];

/**
 * Encoded already; a part of something (RFC 9110 §14.4); or with a digest of the content, which
 * would be wrong (RFC 9530 §2). RFC 9111 §5.2.2.6: or not to be changed on the way.
 */
const UNFIT =
  /\r\n(?:Content-Encoding|Content-Range|Content-MD5|(?:Content-|Repr-)?Digest):|\r\nCache-Control:[^\r]*\bno-transform\b/i;
const MEDIA_TYPE = /\r\nContent-Type:[ \t]*([^;,\s]+)/i;
const STRONG_TAG = /(\r\nETag:[ \t]*)("[^\r]*")[ \t]*\r/i;
const VARY = /\r\nVary:([^\r]*)/gi;
const NAMES_IT = /(?:^|[\s,])(?:\*|accept-encoding)(?=[\s,]|$)/i;
/** What is not so any more of what is encoded here. */
const LENGTH_AND_RANGES = /\r\n(?:Content-Length|Accept-Ranges):[^\r]*/gi;

/** Codings in the form in which `acceptedCoding` takes them. */
export function codingForms(codings: readonly ContentCoding[]): CodingForms {
  // Among codings that the client likes equally the first one counts: sizes are not known before.
  const forms = codings.map((coding, index) => ({ coding, sizeBytes: index }));
  return [{ coding: "", sizeBytes: codings.length }, ...forms];
}

/**
 * RFC 9110 §12.5.3: the coding that a client is answered with; "": none.
 * @param value - of Accept-Encoding; null: absent.
 */
export function acceptedCoding(value: string | null, forms: CodingForms): ContentCoding | "" {
  return chooseForm(value, forms).coding;
}

/** Media types as one pattern: `text/*` for all of that kind, `application/*+json` for all of that suffix. */
export function mediaTypePattern(types: readonly string[]): RegExp {
  const patterns = types.map((type) =>
    type
      .toLowerCase()
      .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
      .replaceAll("*", "[^/]*"),
  );
  return new RegExp(`^(?:${patterns.join("|")})$`);
}

/** Whether this answer can be sent encoded, as far as its head tells. */
export function isEncodable(status: number, head: string, types: RegExp): boolean {
  // RFC 9110 §6.4.1, §15.3.7
  if (status < 200 || status === 204 || status === 206 || status === 304) return false;
  const type = MEDIA_TYPE.exec(head)?.[1];
  return type !== undefined && types.test(type.toLowerCase()) && !UNFIT.test(head);
}

/**
 * The head of an answer that goes out encoded. RFC 9110 §8.8.1: a strong validator would stand for
 * the bytes that the application sent. §14.3: those can't be asked for in ranges, either.
 * @param bytes - of the encoded content; -1: not known yet.
 */
export function encodedHead(head: string, coding: ContentCoding, bytes: number): string {
  const weak = head.replace(LENGTH_AND_RANGES, "").replace(STRONG_TAG, "$1W/$2\r");
  const length = bytes < 0 ? "" : `Content-Length: ${bytes}\r\n`;
  return `${variedHead(weak)}Content-Encoding: ${coding}\r\n${length}`;
}

/** RFC 9110 §12.5.5: another client would get the same content in another form. */
export function variedHead(head: string): string {
  const values = [...head.matchAll(VARY)].map((match) => match[1] ?? "");
  if (values.some((value) => NAMES_IT.test(value))) return head;
  const [first = ""] = values;
  if (first.trim() === "") return `${head}Vary: Accept-Encoding\r\n`;
  return head.replace(/\r\nVary:[^\r]*/i, `$&, Accept-Encoding`);
}

/**
 * The head of a 304. RFC 9110 §15.4.5: with the fields of the 200; so whoever asks by the tag that
 * was weakened here gets it back as it knows it.
 * @param ifNoneMatch - null: absent.
 */
export function notModifiedHead(head: string, ifNoneMatch: string | null): string {
  const tag = STRONG_TAG.exec(head)?.[2];
  if (tag === undefined || ifNoneMatch === null || !ifNoneMatch.includes(`W/${tag}`)) return head;
  return variedHead(head.replace(STRONG_TAG, "$1W/$2\r"));
}
