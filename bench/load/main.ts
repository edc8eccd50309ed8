// `npm run bench`: reads the command line, looks whether everything needed is here, measures, reports.

import { existsSync } from "node:fs";
import { join } from "node:path";

import { buildRevision } from "./against.ts";
import { ArgumentFault, type BenchArguments, parseBenchArguments, usage } from "./arguments.ts";
import { installEnvironment } from "./install.ts";
import { type Item, selectItems } from "./items.ts";
import { installedPackages, readSurroundings } from "./machine.ts";
import { RIVALS, writePages } from "./page.ts";
import { saveResults } from "./results.ts";
import { type ItemResult, leastSeconds, type Plan, runRounds } from "./rounds.ts";
import { killStartedServers } from "./server-process.ts";
import { type BenchPlaces, ceiling, type Server, servers, wizgy } from "./servers.ts";
import { summarise } from "./summary.ts";
import { type Reference, renderItem } from "./table.ts";
import { wrkVersion } from "./wrk.ts";

/** What `--guard` measures, and from which ratio on a tree is no slower: machines are noisy. */
const GUARDED = ["hello-c64", "hello-c1", "post-64kib", "flask-hello"];
const LEAST_RATIO = 0.85;

/** Starting and stopping a server, added to the estimate for each turn. */
const SECONDS_PER_START = 1;

/**
 * Runs the bench.
 *
 * @param root - the root folder of the working tree
 * @returns the exit code: 0, 1 when something failed, 2 when something is missing or misspelt.
 */
export async function main(argv: readonly string[], root: string): Promise<number> {
  const places: BenchPlaces = { root, environment: join(root, ".venv-bench") };
  endServersWithBench();
  try {
    const args = parseBenchArguments(argv);
    if (args.task === "help") return tell(usage);
    if (args.task === "install") return install(places, args.python ?? "python3");
    if (args.task === "page") return tell(`Written: ${writePages(root).join(", ") || "nothing"}`);
    requireTools(places);
    if (args.task === "guard") return await guard(places, args);
    const items = selectItems(args.items);
    if (items.length === 0) throw new ArgumentFault(`No item is named "${args.items.join(", ")}".`);
    if (args.against !== null) return await compareWith(places, args, items, args.against);
    const plan: Plan = { ...args, items, servers: selectServers(places, args.servers) };
    return await runPlan(places, plan, RIVALS, args.save);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof ArgumentFault ? 2 : 1;
  }
}

function install(places: BenchPlaces, python: string): number {
  const skipped = installEnvironment(places, python, progress);
  const rest =
    skipped.length === 0 ? "" : ` Skipped: ${skipped.map(({ name }) => name).join(", ")}.`;
  return tell(`The bench environment is ready.${rest} Next: npm run bench`);
}

function requireTools(places: BenchPlaces): void {
  if (wrkVersion() === null) {
    throw new ArgumentFault(
      "The load generator wrk is not on PATH. Install it (on Debian and Ubuntu: apt-get install wrk).",
    );
  }
  if (!existsSync(join(places.environment, "bin", "python"))) {
    throw new ArgumentFault(
      "The bench environment is not there yet. Make it first: npm run bench -- --install",
    );
  }
}

/** Whether this tree is clearly slower than a revision of before, in one short run. */
async function guard(places: BenchPlaces, args: BenchArguments): Promise<number> {
  const before = args.against ?? "HEAD~1";
  progress(`Building ${before} ...`);
  const revision = buildRevision(places.root, before);
  try {
    const entrants = [
      ceiling,
      wizgy("other", `Wizgy ${revision.commit}`, revision.root),
      wizgy("wizgy", "Wizgy, this tree", null),
    ];
    const plan: Plan = { ...args, items: selectItems(GUARDED), servers: entrants };
    const results = await runRounds(places, plan, progress);
    const verdicts = results.map((result) => judge(result));
    for (const { text } of verdicts) tell(text);
    return verdicts.every(({ isFine }) => isFine) ? 0 : 1;
  } finally {
    revision.remove();
  }
}

function judge({ item, rows }: ItemResult): { isFine: boolean; text: string } {
  const speed = (id: string): number | null => {
    const row = rows.find(({ entrant, rounds }) => entrant.server.id === id && rounds.length > 0);
    return row === undefined ? null : summarise(row.rounds).requestsPerSecond;
  };
  const [now, before, most] = [speed("wizgy"), speed("other"), speed("ceiling")];
  if (now === null || before === null) {
    const faults = rows.flatMap(({ fault }) => (fault === null ? [] : [fault]));
    return { isFine: false, text: `${item.id}: not measured (${faults.join("; ")})` };
  }
  const ratio = now / before;
  const toCeiling = most === null ? "" : `, ${(now / most).toFixed(2)} of the ceiling`;
  const verdict = ratio >= LEAST_RATIO ? "fine" : `SLOWER (the least is ${LEAST_RATIO})`;
  const figures = `${Math.round(now)} requests/s, ${ratio.toFixed(2)} of before${toCeiling}`;
  return { isFine: ratio >= LEAST_RATIO, text: `${item.id}: ${figures}: ${verdict}` };
}

async function compareWith(
  places: BenchPlaces,
  args: BenchArguments,
  items: readonly Item[],
  name: string,
): Promise<number> {
  progress(`Building ${name} ...`);
  const revision = buildRevision(places.root, name);
  try {
    const entrants = [
      wizgy("other", `Wizgy ${revision.commit}`, revision.root),
      wizgy("wizgy", "Wizgy, this tree", null),
    ];
    const plan: Plan = { ...args, items, servers: entrants };
    const reference = { serverId: "other", heading: `/ ${revision.commit}` };
    return await runPlan(places, plan, [reference], args.save);
  } finally {
    revision.remove();
  }
}

/** The default servers, or the named ones; those whose package is missing are left out by name. */
function selectServers(places: BenchPlaces, names: readonly string[]): readonly Server[] {
  const unknown = names.filter((name) => name !== "all" && !servers.some(({ id }) => id === name));
  if (unknown.length > 0) {
    const known = servers.map(({ id }) => id).join(", ");
    throw new ArgumentFault(
      `No server is named "${unknown.join(", ")}". There are: ${known}, all.`,
    );
  }
  const wanted = servers.filter((server) => {
    if (names.length === 0) return server.byDefault;
    return names.includes("all") || names.includes(server.id);
  });
  const packages = installedPackages(places.environment);
  return wanted.filter(({ title, requires }) => {
    const isHere = requires === null || packages[requires.toLowerCase()] !== undefined;
    if (!isHere) progress(`Left out: ${title} (${requires} is not in the bench environment)`);
    return isHere;
  });
}

async function runPlan(
  places: BenchPlaces,
  plan: Plan,
  references: readonly Reference[],
  save: boolean,
): Promise<number> {
  const turns = plan.rounds * plan.items.length * plan.servers.length;
  const minutes = Math.ceil((leastSeconds(plan) + turns * SECONDS_PER_START) / 60);
  progress(`About ${minutes} ${minutes === 1 ? "minute" : "minutes"}.`);
  const results = await runRounds(places, plan, progress);
  const { machine, versions } = readSurroundings(places);
  tell(
    `${machine.cpu}, ${machine.usableCpus} CPUs, ${machine.system}; Node.js ${versions["node"] ?? ""}, ` +
      `Python ${versions["python"] ?? ""}, wrk ${versions["wrk"] ?? ""} (one thread, same machine).\n` +
      `Median of ${plan.rounds} rounds of ${plan.seconds} s after ${plan.warmUpSeconds} s of warm-up.`,
  );
  for (const result of results) tell(`\n${renderItem(result, references)}`);
  if (save) {
    tell(`\nSaved: ${saveResults(places, plan, results, new Date())}`);
    tell(`Written: ${writePages(places.root).join(", ")}`);
  }
  return results.some(({ rows }) => rows.some((row) => row.fault !== null)) ? 1 : 0;
}

/** When the bench is told to end, what it started ends first. */
function endServersWithBench(): void {
  process.once("exit", killStartedServers);
  process.once("SIGINT", () => process.exit(130));
  process.once("SIGTERM", () => process.exit(143));
}

function tell(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}
