/**
 * Entries that come and go under rising numbers, as jobs of a worker do: the table beside a Map. What an operation
 * costs is one part; what the collector makes of it is the other.
 */
import { type PerformanceEntry, PerformanceObserver, constants } from "node:perf_hooks";
import { setTimeout as delay } from "node:timers/promises";

import { NumberTable } from "../../src/base/number-table.ts";
import { compare } from "./compare.ts";

const OPEN = 64;
const JOBS = 2_000_000;
/** The loop lets the collector's figures through so often. */
const JOBS_PER_TURN = 100_000;

interface Table {
  set(number: number, job: object): unknown;
  get(number: number): object | undefined;
  delete(number: number): boolean;
}

/** What one request keeps while it is out. */
function job(number: number): object {
  return { number, slots: `GET\0/${number}`, heard: [number], worker: null, content: { number } };
}

function pass(table: Table, item: (number: number) => object): (count: number) => unknown {
  let next = 1;
  return (count) => {
    for (const end = next + count; next < end; next++) {
      table.set(next, item(next));
      if (next <= OPEN) continue;
      if (table.get(next - OPEN) === undefined) throw new Error("lost");
      table.delete(next - OPEN);
    }
    return table;
  };
}

const ITEM = {};

compare(`number table: set, get and delete, ${OPEN} entries`, 100_000, [
  { name: "table", run: pass(new NumberTable<object>(), () => ITEM) },
  { name: "plain: Map", run: pass(new Map<number, object>(), () => ITEM) },
]);

interface Collections {
  count: number;
  ms: number;
}

async function collectionsOf(table: Table): Promise<Record<"minor" | "major", Collections>> {
  const seen = { minor: { count: 0, ms: 0 }, major: { count: 0, ms: 0 } };
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const which = isMinor(entry) ? seen.minor : seen.major;
      which.count++;
      which.ms += entry.duration;
    }
  });
  observer.observe({ entryTypes: ["gc"] });
  const run = pass(table, job);
  run(OPEN);
  growOld();
  for (let done = 0; done < JOBS; done += JOBS_PER_TURN) {
    run(JOBS_PER_TURN);
    await delay(0);
  }
  observer.disconnect();
  return seen;
}

/** The types that come with Node.js leave `detail` out. */
function isMinor(entry: PerformanceEntry): boolean {
  const detail: unknown = "detail" in entry ? entry.detail : null;
  return (
    typeof detail === "object" &&
    detail !== null &&
    "kind" in detail &&
    detail.kind === constants.NODE_PERFORMANCE_GC_MINOR
  );
}

/** As in a server that was idle for a moment: what is kept moves to where only a full collection looks. */
function growOld(): void {
  let kept: object[] = [];
  for (let i = 0; i < 20_000_000; i++) {
    if (i % 1000 === 0) kept = [];
    kept.push({ i });
  }
}

const MAKERS: readonly (readonly [string, () => Table])[] = [
  ["table", () => new NumberTable<object>()],
  ["plain: Map", () => new Map<number, object>()],
];
console.log(`\nnumber table: what the collector did during ${JOBS} jobs, ${OPEN} at a time:`);
for (const [name, make] of MAKERS) {
  const { minor, major } = await collectionsOf(make());
  const text = (kind: string, { count, ms }: Collections): string =>
    `${count} ${kind} collections of ${(ms / Math.max(1, count)).toFixed(2)} ms`;
  console.log(`  ${name}: ${text("minor", minor)}, ${text("major", major)}`);
}
