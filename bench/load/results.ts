// Results files: one dated JSON file per saved run, with everything that is needed to read the figures
// later. Rounds are kept one by one, so that a page made from a file can show the spread.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { readSurroundings } from "./machine.ts";
import type { ItemResult, Plan } from "./rounds.ts";
import type { BenchPlaces } from "./servers.ts";

/** Number of the file format; it goes up when a reader of older files would be wrong. */
const FORMAT = 1;

/**
 * Writes a run into bench/results.
 *
 * @returns the path of the new file.
 */
export function saveResults(
  places: BenchPlaces,
  plan: Plan,
  results: readonly ItemResult[],
  now: Date,
): string {
  const folder = join(places.root, "bench", "results");
  const stamp = now.toISOString().slice(0, 19).replaceAll(":", "");
  const path = join(folder, `${stamp}Z.json`);
  const content = {
    format: FORMAT,
    date: now.toISOString(),
    ...readSurroundings(places),
    plan: { rounds: plan.rounds, seconds: plan.seconds, warmUpSeconds: plan.warmUpSeconds },
    items: results.map(({ item, rows }) => ({
      id: item.id,
      title: item.title,
      connections: item.connections,
      rows: rows.map((row) => ({
        server: row.entrant.server.id,
        title: row.entrant.server.title,
        workers: row.entrant.workers,
        fault: row.fault,
        keepsConnections: row.keepsConnections,
        rounds: row.rounds,
      })),
    })),
  };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path, `${JSON.stringify(content, null, 2)}\n`);
  return path;
}
