/**
 * Streams of requests to compare parsers with: written by a grammar, taken from the golden
 * conversations, and either of them damaged. Everything is latin-1 text; one character is one byte.
 */
import * as fc from "fast-check";

import { damaged } from "./damage.ts";
import { pipelines } from "./request-grammar.ts";

/** A stream and the places where it is cut into pieces. */
export interface Stream {
  readonly text: string;
  readonly cuts: readonly number[];
}

/** Comes last in most streams: it shows where a parser thinks that the requests before it end. */
const CANARY = "GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n";

const MAX_CUTS = 4;

/** Arbitrary streams. `golden`: requests of the conversations. */
export function streams(golden: readonly string[]): fc.Arbitrary<Stream> {
  const whole = fc.oneof(
    { weight: 3, arbitrary: pipelines },
    { weight: 4, arbitrary: pipelines.chain(damaged) },
    { weight: 3, arbitrary: fc.constantFrom(...golden).chain(damaged) },
  );
  const followed = fc
    .tuple(whole, fc.boolean(), fc.integer({ min: 0, max: 9 }))
    .map(([text, twice, no]) => text + (no === 0 ? "" : twice ? CANARY + CANARY : CANARY));
  return followed.chain((text) =>
    fc
      .array(fc.nat({ max: text.length }), { maxLength: MAX_CUTS })
      .map((cuts) => ({ text, cuts: cuts.toSorted((a, b) => a - b) })),
  );
}

/** The pieces of a stream. */
export function piecesOfStream({ text, cuts }: Stream): Buffer[] {
  const ends = [...cuts, text.length];
  const pieces = ends.map((end, i) => Buffer.from(text.slice(ends[i - 1] ?? 0, end), "latin1"));
  return pieces.filter(({ length }) => length > 0);
}
