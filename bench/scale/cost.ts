// What a request costs each half, in user and in system time, at 64 connections; and what follows from it:
// how many requests a second one core of a front can take, and how many workers that keep a core each busy
// it feeds.

import { microsPerTick } from "../load/process-tree.ts";
import { runWrk } from "../load/wrk.ts";
import { cpuOf, difference } from "./role-times.ts";
import { median, withServer } from "./scale-server.ts";

const CONNECTIONS = 64;
const WARM_UP_SECONDS = 2;
const SECONDS = 5;
const ROUNDS = 5;

const CASES = [
  { name: "hello", app: "hello:app", workers: 1 },
  { name: "Flask", app: "flask_hello:app", workers: 2 },
  { name: "Django", app: "django_hello:app", workers: 2 },
  { name: "Django, template and query", app: "django_page:app", workers: 2 },
] as const;

/** Microseconds of CPU time for a request. */
interface Cost {
  readonly frontUser: number;
  readonly frontSystem: number;
  readonly workerUser: number;
  readonly workerSystem: number;
}

export async function cost(root: string): Promise<void> {
  console.log(
    `CPU time for a request in microseconds; medians of ${ROUNDS} rounds of ${SECONDS} s, ${CONNECTIONS} connections.`,
  );
  console.log("\n| application | front user | front system | worker user | worker system |");
  console.log("| --- | ---: | ---: | ---: | ---: |");
  const costs: (readonly [string, Cost])[] = [];
  for (const { name, app, workers } of CASES) {
    const rounds: Cost[] = [];
    await withServer(root, { app, args: ["--workers", String(workers)] }, async (server) => {
      const load = {
        port: server.port,
        connections: CONNECTIONS,
        requestBodyBytes: 0,
        shape: "kept" as const,
      };
      await runWrk(root, { ...load, seconds: WARM_UP_SECONDS });
      const { front: frontPid, workers: workerPids } = server.roles();
      for (let round = 0; round < ROUNDS; round++) {
        const before = [cpuOf([frontPid]), cpuOf(workerPids)] as const;
        const { requests } = await runWrk(root, { ...load, seconds: SECONDS });
        const front = difference(cpuOf([frontPid]), before[0]);
        const worker = difference(cpuOf(workerPids), before[1]);
        const each = microsPerTick() / requests;
        rounds.push({
          frontUser: front.user * each,
          frontSystem: front.system * each,
          workerUser: worker.user * each,
          workerSystem: worker.system * each,
        });
      }
    });
    const of = (key: keyof Cost): number => median(rounds.map((round) => round[key]));
    const middle = {
      frontUser: of("frontUser"),
      frontSystem: of("frontSystem"),
      workerUser: of("workerUser"),
      workerSystem: of("workerSystem"),
    };
    costs.push([name, middle]);
    const cells = Object.values(middle).map((micros) => micros.toFixed(1));
    console.log(`| ${name} | ${cells.join(" | ")} |`);
  }
  console.log(
    "\n| application | a front's core, requests/s | a worker's core, requests/s | workers that a front feeds |",
  );
  console.log("| --- | ---: | ---: | ---: |");
  for (const [name, { frontUser, frontSystem, workerUser, workerSystem }] of costs) {
    const front = frontUser + frontSystem;
    const worker = workerUser + workerSystem;
    const speeds = [1e6 / front, 1e6 / worker].map((speed) =>
      (Math.round(speed / 100) * 100).toLocaleString("en-US"),
    );
    console.log(`| ${name} | ${speeds.join(" | ")} | ${(worker / front).toFixed(1)} |`);
  }
}
