/**
 * The differences between this core and Node's parser that are known and wanted. Each has a row of
 * the same name in docs/deviations.md, which says why, and an example that shows it. A difference
 * that no entry recognises is a fault of one of the two, and most likely of ours.
 *
 * `applies` narrows a refusal that may have several causes down to the wanted one. It looks at the
 * whole stream and may let through a little too much; it only excuses, it decides nothing.
 */
import { METHODS } from "node:http";

import type { FaultCode } from "../../src/http1/faults.ts";
import type { ReadRequest } from "./reading.ts";
import type { Verdict } from "./verdict.ts";

interface Known {
  /** The row of docs/deviations.md. */
  readonly row: string;
  /** A stream that is read differently. */
  readonly example: string;
  /** The first major version of Node whose parser is known to read it as we do. */
  readonly goneInNode?: number;
}

/** Streams that we refuse and Node's parser takes. */
interface WeRefuse extends Known {
  readonly kind: "we-refuse";
  readonly refusals: readonly FaultCode[];
  readonly applies?: (text: string) => boolean;
}

/** Streams that Node's parser refuses and we take. */
interface NodeRefuses extends Known {
  readonly kind: "node-refuses";
  /** Beginnings of its refusals. */
  readonly refusals: readonly string[];
  readonly applies: (text: string, request: ReadRequest) => boolean;
}

/** Streams that both take and read differently. */
interface Differ extends Known {
  readonly kind: "differ";
  readonly what: string;
  readonly applies?: (text: string) => boolean;
}

export type KnownDifference = WeRefuse | NodeRefuses | Differ;

const HOST = "Host: a\r\n";
const get = (fields: string, line = "GET / HTTP/1.1"): string => `${line}\r\n${HOST}${fields}\r\n`;
const UPGRADE = get("Connection: upgrade\r\nUpgrade: h2c\r\n") + get("");
const CONNECTION_TAB = /^connection:[^\n]*\t/im;
const chunked = (body: string): string => get("Transfer-Encoding: chunked\r\n") + body;

export const knownDifferences: readonly KnownDifference[] = [
  // Lines
  {
    kind: "we-refuse",
    row: "line-ends",
    refusals: ["bare-cr", "bare-lf", "too-many-empty-lines"],
    applies: (text) => /(?:^|\n)(?:[\r\n]*\n|\r)/.test(text),
    example: `\n${get("")}`,
  },
  {
    kind: "we-refuse",
    row: "http-versions",
    refusals: ["bad-version", "version-not-supported", "bad-request-line"],
    example: get("", "GET / HTTP/2.0"),
  },
  {
    kind: "node-refuses",
    row: "any-method",
    refusals: ["HPE_INVALID_METHOD", "HPE_INVALID_CONSTANT"],
    applies: (_text, { method }) => !METHODS.includes(method),
    example: get("", "get / HTTP/1.1"),
  },
  {
    kind: "we-refuse",
    row: "connect",
    refusals: ["connect-not-supported"],
    example: get("", "CONNECT a:1 HTTP/1.1"),
  },
  {
    kind: "we-refuse",
    row: "target-forms",
    refusals: ["bad-target"],
    example: get("", "GET /a#b HTTP/1.1"),
  },
  {
    kind: "we-refuse",
    row: "host-grammar",
    refusals: ["bad-authority", "bad-host", "duplicate-host", "missing-host"],
    example: "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
  },
  // Fields
  {
    kind: "we-refuse",
    row: "single-content-type",
    refusals: ["duplicate-content-type"],
    example: get("Content-Type: a\r\nContent-Type: b\r\n"),
  },
  {
    kind: "we-refuse",
    row: "expectations",
    refusals: ["expectation-failed"],
    example: get("Expect: x\r\n"),
  },
  { kind: "differ", row: "upgrade", what: "Node's parser leaves HTTP", example: UPGRADE },
  {
    kind: "node-refuses",
    row: "proxy-connection",
    refusals: ["HPE_CLOSED_CONNECTION"],
    applies: (text) => /^proxy-connection:/im.test(text),
    example: get("Proxy-Connection: close\r\n") + get(""),
  },
  {
    kind: "differ",
    row: "connection-tab",
    what: "we close before",
    goneInNode: 26,
    applies: (text) => CONNECTION_TAB.test(text),
    example: get("Connection: close\t\r\n") + get(""),
  },
  {
    kind: "node-refuses",
    row: "connection-tab",
    refusals: ["HPE_CLOSED_CONNECTION"],
    goneInNode: 26,
    applies: (text) => CONNECTION_TAB.test(text),
    example: get("Connection: keep-alive\t\r\n", "GET / HTTP/1.0") + get(""),
  },
  {
    kind: "differ",
    row: "close-wins",
    what: "we close before",
    applies: (text) => /^connection:[^\n]*close/im.test(text),
    example: get("Connection: close, keep-alive\r\n", "GET / HTTP/1.0") + get(""),
  },
  {
    kind: "differ",
    row: "proxy-connection",
    what: "we close before",
    applies: (text) => /^proxy-connection:/im.test(text),
    example: get("Proxy-Connection: keep-alive\r\n", "GET / HTTP/1.0") + get(""),
  },
  // Framing
  {
    kind: "we-refuse",
    row: "length-digits",
    refusals: ["bad-content-length"],
    applies: (text) => /content-length:\s*\d{16}/i.test(text),
    example: get("Content-Length: 0000000000000001\r\n") + "a",
  },
  {
    kind: "we-refuse",
    row: "framing-tabs",
    refusals: ["bad-content-length", "bad-transfer-encoding"],
    applies: (text) => /(?:content-length|transfer-encoding):[^\n]*\t/i.test(text),
    example: get("Content-Length:\t1\r\n") + "a",
  },
  {
    kind: "we-refuse",
    row: "transfer-codings",
    refusals: [
      "bad-transfer-encoding",
      "duplicate-transfer-encoding",
      "transfer-coding-not-supported",
      "transfer-encoding-on-http10",
      "transfer-encoding-with-content-length",
    ],
    example: get("Transfer-Encoding: gzip, chunked\r\n") + "0\r\n\r\n",
  },
  {
    kind: "we-refuse",
    row: "chunk-size-digits",
    refusals: ["bad-chunk-size"],
    applies: (text) => /^[\da-f]{14}/im.test(text),
    example: chunked("00000000000001\r\na\r\n0\r\n\r\n"),
  },
  {
    kind: "we-refuse",
    row: "chunk-extensions",
    refusals: ["bad-chunk-extension"],
    example: chunked("0;=a\r\n\r\n"),
  },
  {
    kind: "node-refuses",
    row: "chunk-extension-space",
    refusals: [
      "HPE_STRICT: Invalid character in chunk extensions",
      "HPE_INVALID_CHUNK_SIZE: Invalid character in chunk size",
    ],
    applies: (text) => /^[\da-f]+[^\r\n]*(?:[\t ]+[;=]|[;=][\t ])/im.test(text),
    example: chunked("0; a\r\n\r\n"),
  },
  {
    kind: "we-refuse",
    row: "trailers",
    refusals: ["forbidden-trailer"],
    example: chunked("0\r\nHost: b\r\n\r\n"),
  },
  {
    kind: "we-refuse",
    row: "limits",
    refusals: [
      "body-too-large",
      "chunk-line-too-long",
      "field-line-too-long",
      "head-too-large",
      "method-too-long",
      "request-line-too-long",
      "too-many-chunk-extensions",
      "too-many-fields",
      "trailers-too-large",
    ],
    example: get("a:\r\n".repeat(100)),
  },
];

/** The entry that explains a difference, or null. */
export function explain(verdict: Verdict, text: string): KnownDifference | null {
  return knownDifferences.find((known) => covers(known, verdict, text)) ?? null;
}

function covers(known: KnownDifference, verdict: Verdict, text: string): boolean {
  switch (known.kind) {
    case "we-refuse":
      return (
        verdict.kind === "we-refuse" &&
        known.refusals.some((code) => code === verdict.refusal) &&
        (known.applies?.(text) ?? true)
      );
    case "node-refuses":
      return (
        verdict.kind === "node-refuses" &&
        known.refusals.some((beginning) => verdict.refusal.startsWith(beginning)) &&
        known.applies(text, verdict.request)
      );
    case "differ":
      return (
        verdict.kind === "differ" && known.what === verdict.what && (known.applies?.(text) ?? true)
      );
  }
}
