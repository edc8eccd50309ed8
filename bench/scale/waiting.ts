// What becomes of a server when many more requests wait than it can run: the same application, of which each
// request takes 10 ms, with as many connections as there are threads, and with 1,000 waiting behind them.

import { setTimeout as delay } from "node:timers/promises";

import { microsPerTick } from "../load/process-tree.ts";
import { runWrk } from "../load/wrk.ts";
import { cpuOf, residentBytes } from "./role-times.ts";
import { withServer } from "./scale-server.ts";

const THREADS = 8;
const WARM_UP_SECONDS = 2;
const SECONDS = 12;
const OPENING_MS = 3_000;
const WINDOW_MS = 8_000;

export async function waiting(root: string): Promise<void> {
  const args = ["--workers", "1", "--threads", String(THREADS)];
  console.log(`One worker with ${THREADS} threads, an application that waits 10 ms.\n`);
  console.log(
    "| requests that wait | requests/s | p50, ms | p99, ms | front, CPU us a request | front, MiB | errors |",
  );
  console.log("| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
  for (const behind of [0, 100, 1000]) {
    await withServer(root, { app: "waits:app", args }, async ({ port, roles }) => {
      const { front } = roles();
      const load = {
        port,
        connections: THREADS + behind,
        requestBodyBytes: 0,
        shape: "kept" as const,
        timeoutSeconds: 10,
      };
      await runWrk(root, { ...load, seconds: WARM_UP_SECONDS });
      const run = runWrk(root, { ...load, seconds: SECONDS });
      // Neither the opening of the connections nor their end is a cost of waiting.
      await delay(OPENING_MS);
      const before = cpuOf([front]);
      await delay(WINDOW_MS);
      const after = cpuOf([front]);
      const report = await run;
      const perSecond = (report.requests * 1e6) / report.durationMicros;
      const ticks = after.user + after.system - before.user - before.system;
      const errors =
        report.timeouts + report.badStatuses + report.readErrors + report.connectErrors;
      const cells = [
        behind.toLocaleString("en-US"),
        Math.round(perSecond).toLocaleString("en-US"),
        (report.p50Micros / 1000).toFixed(1),
        (report.p99Micros / 1000).toFixed(1),
        ((ticks * microsPerTick()) / ((perSecond * WINDOW_MS) / 1000)).toFixed(0),
        (residentBytes(front) / 2 ** 20).toFixed(1),
        String(errors),
      ];
      console.log(`| ${cells.join(" | ")} |`);
    });
  }
}
