// What a connection costs that has had an answer and waits: resident memory of the front with many of them
// open. The system's own memory for a socket isn't in it.

import { setTimeout as delay } from "node:timers/promises";

import { Client } from "./client.ts";
import { residentBytes } from "./role-times.ts";
import { withServer } from "./scale-server.ts";

const CONNECTIONS = 10_000;
const AT_ONCE = 50;
/** Connections that come and go before: what the first ones make the heap grow by is not theirs. */
const WARM_UP = 2_000;
const SETTLE_MS = 5_000;
const ROUNDS = 3;

export async function idleConnections(root: string): Promise<void> {
  const args = ["--max-connections", "12000", "--max-connections-per-address", "12000"];
  args.push("--keep-alive", "600", "--workers", "1");
  console.log(
    `${CONNECTIONS.toLocaleString("en-US")} idle connections, each after one answer; a new server for each row.\n`,
  );
  console.log(
    "| front before, MiB | with them, MiB | KiB for each | one more is answered in, ms |",
  );
  console.log("| ---: | ---: | ---: | ---: |");
  for (let round = 0; round < ROUNDS; round++) {
    await withServer(root, { app: "hello:app", args }, async ({ port, roles }) => {
      const { front } = roles();
      for (const client of await openAll(port, WARM_UP)) client.end();
      await delay(SETTLE_MS);
      const before = residentBytes(front);
      const clients = await openAll(port, CONNECTIONS);
      await delay(SETTLE_MS);
      const after = residentBytes(front);
      const start = performance.now();
      await clients[0]!.ask();
      const askedMs = performance.now() - start;
      for (const client of clients) client.end();
      const mib = [before, after].map((bytes) => (bytes / 2 ** 20).toFixed(1));
      const each = (after - before) / CONNECTIONS / 1024;
      console.log(`| ${mib.join(" | ")} | ${each.toFixed(1)} | ${askedMs.toFixed(1)} |`);
    });
  }
}

async function openAll(port: number, count: number): Promise<Client[]> {
  const clients: Client[] = [];
  for (let opened = 0; opened < count; opened += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - opened) }, async () => {
      const client = await Client.open(port);
      await client.ask();
      return client;
    });
    clients.push(...(await Promise.all(some)));
  }
  return clients;
}
