// The order of the measurements. Every round takes every item through every server, so that what the
// machine does meanwhile (heat, neighbours) hits all of them alike, and the server that begins moves
// on by one from round to round. Only one server runs at a time.

import { checkAnswer } from "./fairness.ts";
import { groupByApp, type Item } from "./items.ts";
import { measure, type Measurement, type Window } from "./measure.ts";
import { startFor, StartFault } from "./server-process.ts";
import type { BenchPlaces, Server } from "./servers.ts";

/** A server with a number of workers: one row of the report. */
export interface Entrant {
  readonly server: Server;
  readonly workers: number;
}

/** The rounds of one entrant for one item, or why there are none. */
export interface Row {
  readonly entrant: Entrant;
  readonly rounds: Measurement[];
  /** Why it was not measured (to the end); null when all went well. */
  fault: string | null;
  /** False when the server closed the connection after its answer. */
  keepsConnections: boolean;
}

/** All rows of one item. */
export interface ItemResult {
  readonly item: Item;
  readonly rows: readonly Row[];
}

/** What a whole run is made of. */
export interface Plan extends Window {
  readonly rounds: number;
  readonly items: readonly Item[];
  readonly servers: readonly Server[];
}

/** The entrants of an item: each server in each of its variants for the item's worker plan. */
export function entrantsFor(item: Item, servers: readonly Server[]): Entrant[] {
  return servers
    .filter((server) => server.id !== "ceiling" || item.hasCeiling)
    .flatMap((server) => server.workers[item.plan].map((workers) => ({ server, workers })));
}

/** How long a plan takes at least, in seconds. */
export function leastSeconds(plan: Plan): number {
  const each = plan.warmUpSeconds + plan.seconds;
  const measurements = plan.items.map((item) => entrantsFor(item, plan.servers).length);
  return plan.rounds * each * measurements.reduce((sum, count) => sum + count, 0);
}

/**
 * Runs a plan.
 *
 * @param say - takes one line of progress at a time
 */
export async function runRounds(
  places: BenchPlaces,
  plan: Plan,
  say: (line: string) => void,
): Promise<ItemResult[]> {
  const results = plan.items.map((item) => ({ item, rows: emptyRows(item, plan.servers) }));
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const group of groupByApp(plan.items)) {
      const rowsOf = results.filter((result) => group.includes(result.item));
      const entrants = entrantsOf(rowsOf);
      for (let turn = 0; turn < entrants.length; turn += 1) {
        const entrant = entrants[(turn + round) % entrants.length];
        if (entrant === undefined) continue;
        say(`round ${round + 1} of ${plan.rounds}: ${group[0]?.app}, ${nameOf(entrant)}`);
        await runTurn(places, plan, rowsFor(rowsOf, entrant), say);
      }
    }
  }
  return results;
}

/** One server, started once, through the items of one application. */
async function runTurn(
  places: BenchPlaces,
  window: Window,
  turn: readonly { readonly item: Item; readonly row: Row }[],
  say: (line: string) => void,
): Promise<void> {
  const [first] = turn;
  if (first === undefined || first.row.fault !== null) return;
  const { server, workers } = first.row.entrant;
  try {
    const running = await startFor(server, places, first.item, workers);
    try {
      for (const { item, row } of turn) {
        const check = await checkAnswer(running.port, item);
        row.fault ??= check.fault;
        row.keepsConnections &&= check.keepsConnections;
        if (row.fault !== null) say(`  ${item.id}: left out, ${row.fault}`);
        else row.rounds.push(await measure(places.root, running, item, window));
      }
    } finally {
      const killed = await running.stop();
      if (killed > 0) say(`  ${killed} of its processes did not end by themselves and were killed`);
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const kind = error instanceof StartFault ? "it did not start" : "the measurement failed";
    for (const { row } of turn) row.fault ??= `${kind}: ${error.message}`;
    say(`  left out, ${first.row.fault ?? kind}`);
    if (error instanceof StartFault) say(error.output);
  }
}

/** Who takes part in any of the items. */
export function entrantsOf(results: readonly ItemResult[]): Entrant[] {
  const byKey = new Map<string, Entrant>();
  for (const { rows } of results) {
    for (const { entrant } of rows) byKey.set(keyOf(entrant), entrant);
  }
  return [...byKey.values()];
}

/** Its rows in the items; not every item has every entrant, so a row's place says nothing. */
export function rowsFor(
  results: readonly ItemResult[],
  entrant: Entrant,
): { readonly item: Item; readonly row: Row }[] {
  return results.flatMap(({ item, rows }) =>
    rows.filter((row) => keyOf(row.entrant) === keyOf(entrant)).map((row) => ({ item, row })),
  );
}

function keyOf({ server, workers }: Entrant): string {
  return `${server.id} ${workers}`;
}

export function emptyRows(item: Item, servers: readonly Server[]): Row[] {
  return entrantsFor(item, servers).map((entrant) => {
    return { entrant, rounds: [], fault: null, keepsConnections: true };
  });
}

/** "Granian, 2 workers". */
export function nameOf(entrant: Entrant | undefined): string {
  if (entrant === undefined) return "";
  if (entrant.server.id === "ceiling") return entrant.server.title;
  return `${entrant.server.title}, ${entrant.workers} ${entrant.workers === 1 ? "worker" : "workers"}`;
}
