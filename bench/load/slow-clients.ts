// Who is disturbed by slow clients? Throughput and p99 of hello beside clients that send or read
// slowly, against the same server without them. Each figure is also given as a ratio to the unloaded run.
//
//     node scripts/bench-slow-clients.mjs [--servers wizgy,gunicorn,...] [--seconds N] [--large]
//
// Last comes the memory of a connection that has had its answer and does nothing: 500 of them, which still
// shows what a server takes once for many of them.
//
// --large: 5,000 clients that send a byte a second and 500 that read 1 KiB a second, and 5,000 idle ones.
// The limit of open files must allow it (ulimit -n 20000).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";

import type { Item } from "./items.ts";
import { type RunningServer, killStartedServers, startFor } from "./server-process.ts";
import { type Server, servers } from "./servers.ts";
import { type SlowCrowd, SlowClients } from "./slow-crowd.ts";
import { NoReport, runWrk } from "./wrk.ts";

const CONNECTIONS = 16;
/** Until the slow ones have connected and stand where they hurt. */
const SETTLE_MS = 1_500;
/** 500 answers of 5 MiB have to be made first: that is work, and not what is measured. */
const LARGE_SETTLE_MS = 10_000;

/** Fewer connections show less of what a server takes once for all of them. */
const SHORT_IDLE = 500;
const LARGE_IDLE = 5_000;

interface Case {
  readonly name: string;
  readonly crowd: SlowCrowd;
}

const NOBODY: SlowCrowd = { uploads: 0, heads: 0, readers: 0 };

const shortCases: readonly Case[] = [
  { name: "nobody", crowd: NOBODY },
  { name: "200 uploads of 1 byte/s", crowd: { ...NOBODY, uploads: 200 } },
  { name: "200 heads of 1 byte/s", crowd: { ...NOBODY, heads: 200 } },
  { name: "50 readers of 5 MiB", crowd: { ...NOBODY, readers: 50 } },
  { name: "all of them", crowd: { uploads: 200, heads: 200, readers: 50 } },
];

const largeCases: readonly Case[] = [
  { name: "nobody", crowd: NOBODY },
  {
    name: "5,000 of 1 byte/s, 500 readers",
    crowd: { uploads: 2500, heads: 2500, readers: 500 },
  },
];

const item: Item = {
  id: "slow",
  title: "slow clients",
  app: "slow:app",
  connections: CONNECTIONS,
  requestBodyBytes: 0,
  shape: "kept",
  expectedBody: "Hello World!",
  plan: "two",
  hasCeiling: false,
};

/** Runs the bench; prints a table. @returns the exit code. */
export async function main(argv: readonly string[], root: string): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      servers: { type: "string", default: "wizgy,granian,gunicorn,uwsgi" },
      seconds: { type: "string", default: "2" },
      large: { type: "boolean", default: false },
    },
  });
  const chosen = values.servers.split(",");
  process.once("exit", killStartedServers);
  process.once("SIGINT", () => process.exit(130));
  const cases = values.large ? largeCases : shortCases;
  process.stdout.write("| server | beside | requests/s | of unloaded | p99 ms | RSS MiB |\n");
  process.stdout.write("| --- | --- | --: | --: | --: | --: |\n");
  for (const server of servers.filter(({ id }) => chosen.includes(id))) {
    await measure(server, cases, Number(values.seconds), root);
    await weighIdle(server, values.large ? LARGE_IDLE : SHORT_IDLE, root);
  }
  return 0;
}

function start(server: Server, root: string): Promise<RunningServer> {
  const places = { root, environment: join(root, ".venv-bench") };
  return startFor(server, places, item, 2);
}

async function measure(
  server: Server,
  cases: readonly Case[],
  seconds: number,
  root: string,
): Promise<void> {
  let unloaded = 0;
  for (const { name, crowd } of cases) {
    // A new server for each case: what the one before has left behind must not count.
    const running = await start(server, root);
    const clients = new SlowClients(running.port, crowd);
    await delay(crowd.readers > 100 ? LARGE_SETTLE_MS : SETTLE_MS);
    const load = {
      port: running.port,
      connections: CONNECTIONS,
      requestBodyBytes: 0,
      shape: "kept" as const,
      seconds,
    };
    // Who is not even let in beside the slow ones has no answer at all.
    const report = await runWrk(root, load).catch((error: unknown) => {
      if (error instanceof NoReport) return null;
      throw error;
    });
    const good = report === null ? 0 : Math.max(0, report.requests - report.badStatuses);
    const rate = report === null ? 0 : (good / report.durationMicros) * 1e6;
    if (unloaded === 0) unloaded = rate;
    const cells = [
      server.title,
      name,
      rate.toFixed(0),
      `${((100 * rate) / unloaded).toFixed(0)}%`,
      report === null || good === 0 ? "-" : (report.p99Micros / 1000).toFixed(1),
      memoryMib(running).toFixed(0),
    ];
    process.stdout.write(`| ${cells.join(" | ")} |\n`);
    clients.end();
    await running.stop();
  }
}

/** What a connection costs that has had its answer and waits for nothing. */
async function weighIdle(server: Server, count: number, root: string): Promise<void> {
  const running = await start(server, root);
  await runWrk(root, {
    port: running.port,
    connections: 16,
    requestBodyBytes: 0,
    shape: "kept" as const,
    seconds: 1,
  });
  const before = memoryMib(running);
  const clients = new SlowClients(running.port, { ...NOBODY, idle: count });
  const kept = await clients.kept(count);
  const kib = ((memoryMib(running) - before) * 1024) / kept;
  const told =
    kept < count ? `only ${kept} of ${count} idle ones are kept` : `${kept} idle connections`;
  const cost = kept === 0 ? "" : `: ${kib.toFixed(1)} KiB each`;
  process.stdout.write(`| ${server.title} | ${told}${cost} | | | | |\n`);
  clients.end();
  await running.stop();
}

/** Of all processes of the server. */
function memoryMib(running: RunningServer): number {
  let sum = 0;
  for (const { pid } of running.tree()) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      sum += Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      // It has ended in the meantime.
    }
  }
  return sum;
}
