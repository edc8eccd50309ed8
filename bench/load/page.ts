// What is published of a saved run: the figures in docs/performance.md, a short table in README.md and a
// chart. All of it comes from the newest file in bench/results, favourable or not; the parts between
// the marks are written by `npm run bench -- --save` (or `--page`) and held to the file by a test.

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { renderChart } from "./chart.ts";
import { items } from "./items.ts";
import type { ItemResult, Row } from "./rounds.ts";
import { ceiling, servers } from "./servers.ts";
import { summarise } from "./summary.ts";
import { type Reference, renderItem } from "./table.ts";

/** A saved run, as results.ts writes it. */
interface SavedRun {
  readonly date: string;
  readonly machine: { readonly cpu: string; readonly usableCpus: number; readonly system: string };
  readonly versions: Readonly<Record<string, string>>;
  readonly revision: string | null;
  readonly plan: {
    readonly rounds: number;
    readonly seconds: number;
    readonly warmUpSeconds: number;
  };
  readonly items: readonly {
    readonly id: string;
    readonly rows: readonly (Omit<Row, "entrant"> & {
      readonly server: string;
      readonly workers: number;
    })[];
  }[];
}

export const RIVALS: readonly Reference[] = [
  { serverId: ceiling.id, heading: "/ ceiling" },
  { serverId: "granian", heading: "/ Granian's best" },
];

/** What the README compares, and under which name. */
const IN_BRIEF: readonly (readonly [string, string])[] = [
  ["hello-c1", "hello, 1 connection"],
  ["hello-c64", "hello, 64 connections"],
  ["closed", "hello, a connection each"],
  ["10kib", "10 KiB answer"],
  ["post-1kib", "POST 1 KiB"],
  ["flask-hello", "Flask"],
  ["django-hello", "Django"],
  ["django-page", "Django, template and query"],
  ["speeds", "1 of 100 requests is slow"],
];

/** Path below the root, and its new content. */
export type Pages = ReadonlyMap<string, string>;

/** The newest results file, or null when nothing was saved yet. */
export function newestResults(root: string): string | null {
  const folder = join(root, "bench", "results");
  if (!existsSync(folder)) return null;
  const names = readdirSync(folder).filter((name) => /^\d{4}-.*Z\.json$/.test(name));
  const newest = names.toSorted().at(-1);
  return newest === undefined ? null : join(folder, newest);
}

const CHART = "docs/performance.svg";

/** Makes the pages from a results file. */
export function renderPages(root: string, resultsFile: string): Pages {
  const run = JSON.parse(readFileSync(resultsFile, "utf8")) as SavedRun;
  const results = readItems(run);
  const file = relative(root, resultsFile);
  return new Map([
    [
      "docs/performance.md",
      between(root, "docs/performance.md", renderFigures(run, results, file)),
    ],
    ["README.md", between(root, "README.md", renderBrief(run, results))],
    [CHART, renderChart(results)],
  ]);
}

/** Writes the pages; gives the paths of those that changed. */
export function writePages(root: string): string[] {
  const file = newestResults(root);
  if (file === null) return [];
  const changed = [...renderPages(root, file)].filter(([path, text]) => read(root, path) !== text);
  for (const [path, text] of changed) writeFileSync(join(root, path), text);
  return changed.map(([path]) => path);
}

function readItems(run: SavedRun): ItemResult[] {
  return run.items.flatMap((saved) => {
    const item = items.find(({ id }) => id === saved.id);
    if (item === undefined) return []; // It was measured once, and is no item any more.
    const rows = saved.rows.flatMap((row) => {
      const server = servers.find(({ id }) => id === row.server);
      if (server === undefined) return [];
      return [{ ...row, entrant: { server, workers: row.workers } }];
    });
    return [{ item, rows }];
  });
}

function renderFigures(run: SavedRun, results: readonly ItemResult[], file: string): string {
  const { machine, versions, plan } = run;
  const of = (name: string): string => `${name} ${versions[name.toLowerCase()] ?? "?"}`;
  const rivals = ["Granian", "FastPySGI", "bjoern", "uWSGI", "gunicorn"].map(of).join(", ");
  const intro = [
    `Measured on ${run.date.slice(0, 10)} at revision \`${run.revision ?? "unknown"}\`, from \`${file}\`: ${machine.cpu}, ` +
      `${machine.usableCpus} CPUs, ${machine.system}; Node.js ${versions["node"] ?? "?"}, Python ${versions["python"] ?? "?"}, ` +
      `wrk ${versions["wrk"] ?? "?"}; ${rivals}; Flask ${versions["flask"] ?? "?"}, Django ${versions["django"] ?? "?"}.`,
    `Medians of ${plan.rounds} rounds of ${plan.seconds} s, after ${plan.warmUpSeconds} s of warm-up each.`,
  ].join("\n");
  return [intro, ...results.map((result) => renderItem(result, RIVALS))].join("\n\n");
}

/** Requests per second of each server's best variant. */
function renderBrief(run: SavedRun, results: readonly ItemResult[]): string {
  const shown = servers.filter(
    ({ id }) => id !== ceiling.id && results.some((result) => bestOf(result, id) !== null),
  );
  const lines = [
    `| requests/s | ${shown.map(({ title }) => title).join(" | ")} |`,
    `| --- |${" ---: |".repeat(shown.length)}`,
  ];
  for (const [id, name] of IN_BRIEF) {
    const result = results.find(({ item }) => item.id === id);
    if (result === undefined) continue;
    const cells = shown.map((server) => bestOf(result, server.id)?.toLocaleString("en-US") ?? "-");
    lines.push(`| ${name} | ${cells.join(" | ")} |`);
  }
  const { machine } = run;
  return [
    `![Requests per second of Wizgy and other servers](${CHART})`,
    lines.join("\n"),
    `Each server's best variant, medians, ${machine.cpu} with ${machine.usableCpus} CPUs shared with the load generator, ` +
      `${run.date.slice(0, 10)}. [All figures, how they were measured, and how to repeat them](docs/performance.md).`,
  ].join("\n\n");
}

function bestOf(result: ItemResult, serverId: string): number | null {
  const speeds = result.rows
    .filter(({ entrant, rounds }) => entrant.server.id === serverId && rounds.length > 0)
    .map(({ rounds }) => Math.round(summarise(rounds).requestsPerSecond));
  return speeds.length === 0 ? null : Math.max(...speeds);
}

/** The page with new text between its marks. */
function between(root: string, path: string, text: string): string {
  const begin = "<!-- figures: begin -->";
  const end = "<!-- figures: end -->";
  const page = read(root, path);
  const from = page.indexOf(begin);
  const to = page.indexOf(end);
  if (from < 0 || to < from) throw new Error(`${path} has no place for figures (${begin})`);
  return `${page.slice(0, from)}${begin}\n\n${text}\n\n${page.slice(to)}`;
}

function read(root: string, path: string): string {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "";
    throw error;
  }
}
