/**
 * Reads generated streams with this core and with Node's parser until the time is up or a stream
 * is read differently and no entry of known-differences.ts explains it. Such a stream is made
 * smaller, and shown in the words of a golden conversation: that is what it should become.
 */
import { readFileSync, readdirSync } from "node:fs";

import * as fc from "fast-check";

import { parseConversations } from "../support/conversation.ts";
import { explain } from "./known-differences.ts";
import { NodeReader } from "./node-reading.ts";
import { ourReading } from "./our-reading.ts";
import { piecesOfStream, streams } from "./streams.ts";
import type { Stream } from "./streams.ts";
import { compareReadings } from "./verdict.ts";
import type { Verdict } from "./verdict.ts";

/** What one run has seen. */
export interface FuzzResult {
  /** Streams that both parsers have read. */
  readonly streams: number;
  /** How many of them a row of docs/deviations.md explained, by the row's name. */
  readonly explained: ReadonlyMap<string, number>;
  /** The stream that nothing explains, ready to be read; null when there was none. */
  readonly finding: string | null;
}

/** Conversations about limits are long, and damage would hit only their filling. */
const MAX_GOLDEN_BYTES = 2000;

/**
 * llhttp takes a request with this method for the beginning of HTTP/2, and `node:http` then cuts the
 * connection and forgets the requests before it; there is nothing to compare.
 */
const HTTP2_METHOD = "PRI ";

const LINE_END = Buffer.from("\r\n");

const goldenFolder = new URL("../../../test/conformance/", import.meta.url);

/** The same seed gives the same streams; how many, the time decides. */
export async function fuzz(seed: number, timeLimitMs: number): Promise<FuzzResult> {
  const reader = new NodeReader();
  const explained = new Map<string, number>();
  let count = 0;
  const property = fc.asyncProperty(streams(goldenRequests()), async (stream) => {
    count++;
    const verdict = await compare(reader, stream);
    if (verdict.kind === "agree") return true;
    const known = explain(verdict, stream.text);
    if (known !== null) explained.set(known.row, (explained.get(known.row) ?? 0) + 1);
    return known !== null;
  });
  const run = await fc.check(property, {
    seed,
    numRuns: Number.MAX_SAFE_INTEGER,
    interruptAfterTimeLimit: timeLimitMs,
  });
  const stream = run.failed ? (run.counterexample?.[0] ?? null) : null;
  const finding = stream === null ? null : describe(stream, await compare(reader, stream));
  return { streams: count, explained, finding };
}

/**
 * Both readings of one stream, compared. Some faults of a line we tell at its end only, where
 * Node's parser tells them in the middle; so a stream that ends in a line gets an end for it.
 */
export async function compare(reader: NodeReader, stream: Stream): Promise<Verdict> {
  const pieces = piecesOfStream(stream);
  const nodes = await reader.read(pieces);
  const verdict = compareReadings(ourReading(pieces), nodes);
  const tooSoon = verdict.kind === "node-refuses" && !verdict.request.complete;
  return tooSoon ? compareReadings(ourReading([...pieces, LINE_END]), nodes) : verdict;
}

function goldenRequests(): string[] {
  return readdirSync(goldenFolder)
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => parseConversations(readFileSync(new URL(name, goldenFolder), "utf8")))
    .filter(({ request }) => request.length <= MAX_GOLDEN_BYTES)
    .map(({ request }) => request.toString("latin1"))
    .filter((text) => !text.includes(HTTP2_METHOD));
}

function describe(stream: Stream, verdict: Verdict): string {
  const { kind, ...more } = verdict;
  const cuts = stream.cuts.length === 0 ? "" : `, cut at ${stream.cuts.join(", ")}`;
  return `${kind}${cuts}: ${JSON.stringify(more)}\n\`\`\`request\n${escape(stream.text)}\n\`\`\``;
}

/** The text in the notation of the conversations. */
function escape(text: string): string {
  const named: Readonly<Record<string, string>> = { "\r": "\\r", "\t": "\\t", "\\": "\\\\" };
  return text
    .replaceAll(/[^\n\x20-\x5b\x5d-\x7e]/g, (char) => {
      return named[char] ?? `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`;
    })
    .replaceAll("\n", "\\n\n");
}
