/**
 * The time of one operation in a few ways: the clever one and its plain twin, in turns over several rounds.
 * The figure of each row is its best round, as noise only ever adds. The last row is the one that the others
 * are compared with.
 */

const ROUNDS = 9;

export interface Way {
  readonly name: string;
  /** Does the operation so many times. What it returns is kept, so that the work can't be left out. */
  readonly run: (count: number) => unknown;
}

/** @param count - operations in a round; enough for some ten milliseconds. */
export function compare(title: string, count: number, ways: readonly Way[]): void {
  const best = ways.map(() => Infinity);
  let kept: unknown;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, { run }] of ways.entries()) {
      const start = process.hrtime.bigint();
      kept = run(count);
      best[i] = Math.min(best[i]!, Number(process.hrtime.bigint() - start) / count);
    }
  }
  if (kept === compare) throw new Error("never");
  const plain = best.at(-1)!;
  console.log(`\n${title}; nanoseconds:`);
  for (const [i, { name }] of ways.entries()) {
    const ratio = i === ways.length - 1 ? "" : `  (${(plain / best[i]!).toFixed(1)} times as fast)`;
    console.log(`${best[i]!.toFixed(0).padStart(8)}  ${name}${ratio}`);
  }
}
