// Many clients come at once to a server that has had nothing to do: how long until each of them has its answer?
//
//     npm run build && node dist/bench/load/burst.js [--servers wizgy,gunicorn,...] [--clients N] [--rounds N]
//
// Each client has a connection of its own, sends one request and waits for the end of the connection. The clients
// are in this process, and what they cost is in every figure.

import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";

import type { Item } from "./items.ts";
import { killStartedServers, startFor } from "./server-process.ts";
import { type Server, servers } from "./servers.ts";
import { median } from "./spread.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n";
/** Between two bursts, so that everything sleeps again. */
const IDLE_MS = 1_000;
/** A client that has no answer by then has failed. */
const LIMIT_MS = 5_000;

const item: Item = {
  id: "burst",
  title: "a burst from idle",
  app: "hello:app",
  connections: 1,
  requestBodyBytes: 0,
  shape: "closed",
  expectedBody: "Hello, world!",
  plan: "two",
  hasCeiling: false,
};

/**
 * So many clients come at once.
 * @returns milliseconds until each had its answer, the quickest first; who had none is left out.
 */
export async function burst(port: number, clients: number): Promise<number[]> {
  const beganMs = performance.now();
  const asked = Array.from({ length: clients }, () =>
    ask(port).then((ok) => [ok, performance.now()] as const),
  );
  const ended = await Promise.all(asked);
  return ended
    .flatMap(([ok, atMs]) => (ok ? [atMs - beganMs] : []))
    .toSorted((one, other) => one - other);
}

/** Whether it was answered with 200, and to its end. */
function ask(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let text = "";
    socket.setEncoding("latin1").on("data", (piece: string) => (text += piece));
    socket.on("connect", () => socket.write(REQUEST));
    socket.on("end", () =>
      resolve(/^HTTP\/1\.[01] 200 /.test(text) && text.endsWith(item.expectedBody)),
    );
    socket.on("error", () => resolve(false));
    socket.on("close", () => resolve(false));
    socket.setTimeout(LIMIT_MS, () => socket.destroy());
  });
}

async function measure(
  server: Server,
  clients: number,
  rounds: number,
  root: string,
): Promise<void> {
  const places = { root, environment: join(root, ".venv-bench") };
  const running = await startFor(server, places, item, 2);
  try {
    // The first one pays for what is loaded with the first request.
    await burst(running.port, clients);
    const all: number[][] = [];
    for (let round = 0; round < rounds; round++) {
      await delay(IDLE_MS);
      all.push(await burst(running.port, clients));
    }
    const failed = all.reduce((sum, times) => sum + clients - times.length, 0);
    const cells = [0, 0.5, 0.99, 1].map((part) => {
      const found = all.flatMap((times) => times[Math.round((times.length - 1) * part)] ?? []);
      return found.length === 0 ? "-" : median(found).toFixed(1);
    });
    process.stdout.write(`| ${[server.title, ...cells, failed].join(" | ")} |\n`);
  } finally {
    await running.stop();
  }
}

/** Runs the bench; prints a table. */
async function main(argv: readonly string[], root: string): Promise<void> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      servers: { type: "string", default: "wizgy,granian,fastpysgi,bjoern,uwsgi,gunicorn" },
      clients: { type: "string", default: "256" },
      rounds: { type: "string", default: "15" },
    },
  });
  const chosen = values.servers.split(",");
  process.once("exit", killStartedServers);
  process.once("SIGINT", () => process.exit(130));
  process.stdout.write("| server, 2 workers | first, ms | half | 99% | last | failed |\n");
  process.stdout.write("| --- | --: | --: | --: | --: | --: |\n");
  for (const server of servers.filter(({ id }) => chosen.includes(id))) {
    await measure(server, Number(values.clients), Number(values.rounds), root);
  }
}

if (process.argv[1] === import.meta.filename) {
  await main(process.argv.slice(2), join(import.meta.dirname, "..", "..", ".."));
}
