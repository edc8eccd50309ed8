/**
 * How long requests take on a worker, as a high quantile: what decides about sending ahead must
 * not be fooled by a mean that a few slow requests pull up, or many fast ones pull down.
 *
 * The estimate moves up by 18% for a longer observation and down by 2% for a shorter one, so it
 * settles near the 90th percentile and follows a change within a few dozen requests.
 */

const UP = 1.18;
const DOWN = 0.98;
const LONGEST_MS = 60_000;
const SHORTEST_MS = 0.001;

export class ServiceTime {
  /** Milliseconds. A worker counts as slow until it has shown otherwise. */
  quantileMs = 10;

  /** `count` requests took `ms` milliseconds each. */
  observe(ms: number, count: number): void {
    let quantile = this.quantileMs;
    // A batch is one observation seen many times; more than a few would let one batch decide.
    const times = count < 8 ? count : 8;
    for (let i = 0; i < times; i++) quantile *= ms > quantile ? UP : DOWN;
    this.quantileMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, quantile));
  }
}
