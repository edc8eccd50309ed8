// The report: one Markdown table per item, readable in a terminal and in a page. Every entrant has a
// row, also one that failed, and errors stand beside the speed that they were bought with.

import { type Item, threadsOf } from "./items.ts";
import { type ItemResult, nameOf, type Row } from "./rounds.ts";
import { type Summary, summarise } from "./summary.ts";

/** A rival whose best variant the others are compared with, and the head of that column. */
export interface Reference {
  readonly serverId: string;
  readonly heading: string;
}

const HEAD = ["server", "requests/s", "lowest-highest", "p50 us", "p99 us", "p99.9 us"] as const;
const COSTS = ["CPU us/req", "peak MiB", "errors"] as const;
const NOTHING = "-";

/** From this share of the machine on, what other programs did is named below the table. */
const NOISE_SHARE = 0.1;

/** Renders one item's table with one ratio column per reference that has been measured. */
export function renderItem(result: ItemResult, references: readonly Reference[]): string {
  const measured = references.flatMap(({ serverId, heading }) => {
    const best = bestOf(result.rows, serverId);
    return best === null ? [] : [{ heading, best }];
  });
  const lines = [[...HEAD, ...COSTS, ...measured.map((reference) => reference.heading)]];
  const notes: string[] = [];
  for (const row of result.rows) {
    notes.push(...notesOn(row, result.item).map((note) => `- ${nameOf(row.entrant)}: ${note}`));
    if (row.rounds.length === 0) continue;
    const summary = summarise(row.rounds);
    const ratios = measured.map(({ best }) => (summary.requestsPerSecond / best).toFixed(2));
    lines.push([nameOf(row.entrant), ...figures(summary), ...ratios]);
  }
  const parts = [`### ${result.item.title}`, alignColumns(lines)];
  if (notes.length > 0) parts.push(notes.join("\n"));
  return parts.join("\n\n");
}

/** What a reader has to know about a row besides its figures. */
function notesOn(row: Row, item: Item): string[] {
  const notes: string[] = [];
  if (row.fault !== null) notes.push(`left out, ${row.fault}`);
  if (row.rounds.length === 0) return notes;
  if (!row.keepsConnections && item.shape !== "closed")
    notes.push("it closes the connection after each answer");
  const { caveat, slotsCaveat } = row.entrant.server;
  if (caveat !== null) notes.push(caveat);
  if (slotsCaveat !== undefined && threadsOf[item.plan] > 1) notes.push(slotsCaveat);
  const others = summarise(row.rounds).otherCpuShare ?? 0;
  if (others >= NOISE_SHARE) {
    notes.push(`other programs used up to ${Math.round(others * 100)}% of the CPUs meanwhile`);
  }
  return notes;
}

/** The requests per second of a server's best variant; null when it was not measured. */
function bestOf(rows: readonly Row[], serverId: string): number | null {
  const figuresOfServer = rows
    .filter((row) => row.entrant.server.id === serverId && row.rounds.length > 0)
    .map((row) => summarise(row.rounds).requestsPerSecond);
  return figuresOfServer.length === 0 ? null : Math.max(...figuresOfServer);
}

function figures(summary: Summary): string[] {
  const cpu = summary.cpuMicrosPerRequest;
  const memory = summary.peakMemoryBytes;
  return [
    whole(summary.requestsPerSecond),
    `${whole(summary.slowestRequestsPerSecond)}-${whole(summary.fastestRequestsPerSecond)}`,
    whole(summary.p50Micros),
    whole(summary.p99Micros),
    whole(summary.p999Micros),
    cpu === null ? NOTHING : cpu.toFixed(1),
    memory === null ? NOTHING : whole(memory / 1024 / 1024),
    whole(summary.errors),
  ];
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A Markdown table: the first column to the left, figures to the right. */
function alignColumns(lines: readonly (readonly string[])[]): string {
  const head = lines[0] ?? [];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((line) => (line[column] ?? "").length)),
  );
  const pad = (line: readonly string[]): string => {
    const cells = line.map((cell, column) => {
      const width = widths[column] ?? 0;
      return column === 0 ? cell.padEnd(width) : cell.padStart(width);
    });
    return `| ${cells.join(" | ")} |`;
  };
  const rule = widths.map((width, column) => "-".repeat(column === 0 ? width : width - 1));
  const ruleCells = rule.map((dashes, column) => (column === 0 ? dashes : `${dashes}:`));
  return [pad(head), `| ${ruleCells.join(" | ")} |`, ...lines.slice(1).map(pad)].join("\n");
}
