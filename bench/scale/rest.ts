// CPU time of a server that has nothing to do, and of one that gets ten requests a second on one connection.

import { setTimeout as delay } from "node:timers/promises";

import { microsPerTick } from "../load/process-tree.ts";
import { Client } from "./client.ts";
import { type CpuTicks, cpuOf, difference } from "./role-times.ts";
import { type ScaleServer, withServer } from "./scale-server.ts";

const SECONDS = 30;
const REQUESTS_PER_SECOND = 10;
/** What the start has left behind is done by then; V8 collects it about ten seconds later, which takes 50 ms. */
const SETTLE_MS = 20_000;

const SETUPS = [
  { name: "1 worker, 1 thread", args: ["--workers", "1", "--threads", "1"] },
  { name: "2 workers, 8 threads", args: ["--workers", "2", "--threads", "8"] },
] as const;

export async function rest(root: string): Promise<void> {
  console.log(
    `Share of a core over ${SECONDS} s each; a clock tick is ${(microsPerTick() / 1e4 / SECONDS).toFixed(3)}%.\n`,
  );
  console.log("| server | load | front | workers and nursery |");
  console.log("| --- | --- | ---: | ---: |");
  for (const { name, args } of SETUPS) {
    await withServer(root, { app: "hello:app", args }, async (server) => {
      await delay(SETTLE_MS);
      tell(name, "none", await during(server, () => delay(SECONDS * 1000)));
      const client = await Client.open(server.port);
      const load = await during(server, () => askSteadily(client));
      client.end();
      tell(name, `${REQUESTS_PER_SECOND} requests/s`, load);
    });
  }
}

async function askSteadily(client: Client): Promise<void> {
  const start = performance.now();
  for (let i = 0; i < SECONDS * REQUESTS_PER_SECOND; i++) {
    await delay(Math.max(0, start + (i * 1000) / REQUESTS_PER_SECOND - performance.now()));
    await client.ask();
  }
}

async function during(
  server: ScaleServer,
  what: () => Promise<void>,
): Promise<[CpuTicks, CpuTicks]> {
  const { front, workers } = server.roles();
  const before = [cpuOf([front]), cpuOf(workers)] as const;
  await what();
  return [difference(cpuOf([front]), before[0]), difference(cpuOf(workers), before[1])];
}

function tell(name: string, load: string, [front, workers]: [CpuTicks, CpuTicks]): void {
  const share = ({ user, system }: CpuTicks): string =>
    `${(((user + system) * microsPerTick()) / 1e4 / SECONDS).toFixed(2)}%`;
  console.log(`| ${name} | ${load} | ${share(front)} | ${share(workers)} |`);
}
