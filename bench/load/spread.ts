// What several measurements of one thing come to.

export function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}

/** Median, and in brackets the lowest and the highest. */
export function shown(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)].map(Math.round);
  return `${Math.round(median(values))} (${low}-${high})`;
}

/** The median of the ratios of neighbours in time. */
export function ratioOf(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}
