/** A file as HTTP sees it: what its fields say. One for each form that it is there in. */
import { imfFixdate } from "../http/date.ts";

/** The codings that a file may lie beside itself in, and what its name then ends in. */
export const SIBLING_CODINGS = [
  ["br", ".br"],
  ["zstd", ".zst"],
  ["gzip", ".gz"],
] as const;

/** What is known of a file. */
export interface FileFacts {
  readonly sizeBytes: number;
  /** Nanoseconds since the Unix epoch. */
  readonly modifiedNs: bigint;
  /** Of the content behind the coding. */
  readonly mediaType: string;
  /** "": as it is. */
  readonly coding: string;
  /** Whether the file is there in other codings, too. */
  readonly hasForms: boolean;
  /** The value of Cache-Control. */
  readonly cacheControl: string;
}

export interface Representation {
  readonly sizeBytes: number;
  readonly coding: string;
  readonly mediaType: string;
  readonly etag: string;
  readonly lastModifiedMs: number;
  /** Field lines that every answer about it has: ETag, Cache-Control, Vary. */
  readonly commonLines: string;
  /** Field lines of an answer with content, besides the common ones, Content-Type and the length. */
  readonly contentLines: string;
  /** The whole of a 200: status, fields, and Content-Length. */
  readonly wholeHead: string;
}

/** A file that was changed in this time may change again without its time telling. */
const FRESH_MS = 1_000;

/** @param nowMs - when the facts were found out; milliseconds since the Unix epoch. */
export function represent(facts: FileFacts, nowMs: number): Representation {
  const { sizeBytes, modifiedNs, mediaType, coding, hasForms, cacheControl } = facts;
  const modifiedMs = Number(modifiedNs / 1_000_000n);
  // RFC 9110 §8.8.2.1: no date in the future.
  const lastModifiedMs = Math.min(modifiedMs, nowMs);
  // RFC 9110 §8.8.1: a strong validator may not stay the same when the content changes.
  const weakness = nowMs - modifiedMs < FRESH_MS ? "W/" : "";
  const suffix = coding === "" ? "" : `-${coding}`;
  const etag = `${weakness}"${sizeBytes.toString(16)}-${modifiedNs.toString(16)}${suffix}"`;
  // RFC 9110 §12.5.5: caches must know that the choice hangs on the request.
  const vary = hasForms ? "Vary: Accept-Encoding\r\n" : "";
  const commonLines = `ETag: ${etag}\r\nCache-Control: ${cacheControl}\r\n${vary}`;
  const encoding = coding === "" ? "" : `Content-Encoding: ${coding}\r\n`;
  const contentLines =
    `${encoding}Last-Modified: ${imfFixdate(lastModifiedMs)}\r\n` +
    `Accept-Ranges: bytes\r\nX-Content-Type-Options: nosniff\r\n`;
  const wholeHead =
    `200 OK\r\nContent-Type: ${mediaType}\r\nContent-Length: ${sizeBytes}\r\n` +
    commonLines +
    contentLines;
  return {
    sizeBytes,
    coding,
    mediaType,
    etag,
    lastModifiedMs,
    commonLines,
    contentLines,
    wholeHead,
  };
}
