// From rounds to figures: the median of each figure over the rounds, with the spread of the
// requests per second. Errors are added up; of memory and of
// what others did on the machine the highest is taken: none of these may be averaged away.

import type { Measurement } from "./measure.ts";

/** The figures of one server for one item over all rounds. */
export interface Summary extends Measurement {
  readonly slowestRequestsPerSecond: number;
  readonly fastestRequestsPerSecond: number;
}

/** Summarises the rounds of one server and item; there must be at least one. */
export function summarise(rounds: readonly Measurement[]): Summary {
  const requestsPerSecond = rounds.map((round) => round.requestsPerSecond);
  return {
    requestsPerSecond: median(requestsPerSecond),
    slowestRequestsPerSecond: Math.min(...requestsPerSecond),
    fastestRequestsPerSecond: Math.max(...requestsPerSecond),
    p50Micros: median(rounds.map((round) => round.p50Micros)),
    p99Micros: median(rounds.map((round) => round.p99Micros)),
    p999Micros: median(rounds.map((round) => round.p999Micros)),
    cpuMicrosPerRequest: known(
      rounds.map((round) => round.cpuMicrosPerRequest),
      median,
    ),
    peakMemoryBytes: known(
      rounds.map((round) => round.peakMemoryBytes),
      (values) => Math.max(...values),
    ),
    otherCpuShare: known(
      rounds.map((round) => round.otherCpuShare),
      (values) => Math.max(...values),
    ),
    errors: rounds.reduce((sum, round) => sum + round.errors, 0),
  };
}

/** The middle value; the mean of the two middle ones when their number is even. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = sorted.length >> 1;
  const high = sorted[upper] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : (high + (sorted[upper - 1] ?? high)) / 2;
}

function known(
  values: readonly (number | null)[],
  combine: (values: readonly number[]) => number,
): number | null {
  const numbers = values.filter((value) => value !== null);
  return numbers.length === 0 ? null : combine(numbers);
}
