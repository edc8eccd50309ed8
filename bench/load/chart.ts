// The chart of the README: a few items, a bar for each server, as an SVG that needs no script and
// reads on light and dark backgrounds.

import type { ItemResult } from "./rounds.ts";
import { ceiling, servers } from "./servers.ts";
import { summarise } from "./summary.ts";

const SHOWN = ["hello-c1", "hello-c64", "flask-hello", "django-page"];

const WIDTH = 760;
const NAME_WIDTH = 170;
const BAR_HEIGHT = 16;
const BAR_STEP = 20;
const TITLE_HEIGHT = 34;
/** Right of the longest bar, for its figure. */
const FIGURE_WIDTH = 80;

interface Bar {
  readonly title: string;
  readonly isOurs: boolean;
  readonly requestsPerSecond: number;
}

/** Draws the chart. Items that were not measured are left out. */
export function renderChart(results: readonly ItemResult[]): string {
  const parts: string[] = [];
  let y = 0;
  for (const id of SHOWN) {
    const result = results.find(({ item }) => item.id === id);
    const bars = result === undefined ? [] : barsOf(result);
    if (result === undefined || bars.length === 0) continue;
    parts.push(`<text class="title" x="0" y="${y + 22}">${escape(result.item.title)}</text>`);
    y += TITLE_HEIGHT;
    const most = Math.max(...bars.map((bar) => bar.requestsPerSecond));
    for (const bar of bars) {
      parts.push(renderBar(bar, y, most));
      y += BAR_STEP;
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 10}" role="img" aria-label="Requests per second of Wizgy and other WSGI servers">
<style>
  text { font: 12px sans-serif; fill: #24292f; }
  .title { font-size: 14px; font-weight: bold; }
  .name { text-anchor: end; }
  .bar { fill: #9aa4af; }
  .ours { fill: #2f81f7; }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .bar { fill: #6e7681; } }
</style>
${parts.join("\n")}
</svg>
`;
}

function barsOf(result: ItemResult): Bar[] {
  const bars = servers.flatMap(({ id, title }): Bar[] => {
    if (id === ceiling.id) return [];
    const speeds = result.rows
      .filter(({ entrant, rounds }) => entrant.server.id === id && rounds.length > 0)
      .map(({ rounds }) => summarise(rounds).requestsPerSecond);
    if (speeds.length === 0) return [];
    return [{ title, isOurs: id === "wizgy", requestsPerSecond: Math.max(...speeds) }];
  });
  return bars.toSorted((one, other) => other.requestsPerSecond - one.requestsPerSecond);
}

function renderBar(bar: Bar, y: number, most: number): string {
  const full = WIDTH - NAME_WIDTH - FIGURE_WIDTH;
  const width = ((bar.requestsPerSecond / most) * full).toFixed(1);
  const textY = y + BAR_HEIGHT - 4;
  const figure = Math.round(bar.requestsPerSecond).toLocaleString("en-US");
  const figureX = (NAME_WIDTH + Number(width) + 6).toFixed(1);
  return (
    `<text class="name" x="${NAME_WIDTH - 8}" y="${textY}">${escape(bar.title)}</text>` +
    `<rect class="${bar.isOurs ? "ours" : "bar"}" x="${NAME_WIDTH}" y="${y}" width="${width}" height="${BAR_HEIGHT}" rx="2"/>` +
    `<text x="${figureX}" y="${textY}">${figure}</text>`
  );
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
}
