// Static files beside nginx, in one run: a file of 1 KiB and one of 10 MiB, in turns.
//
//     npm run build && node dist/bench/load/static-files.js [ROUNDS] [SECONDS]
//
// Needs wrk and nginx on PATH. nginx runs with one worker and with two, sendfile on and no access log. All
// files are in the system's cache. The figures are medians over the rounds; in brackets the lowest and
// the highest. The ratio is taken in each round, between neighbours in time, and its median given.

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { nginxCommand } from "./nginx.ts";
import { killStartedServers, startServer } from "./server-process.ts";
import { ratioOf, shown } from "./spread.ts";
import { runWrk } from "./wrk.ts";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..", "..", "..");
const [rounds = 5, seconds = 2] = process.argv.slice(2).map(Number);

const files = [
  { name: "1 KiB", path: "f/small.txt", bytes: 1024, connections: 64, unit: "requests/s" },
  { name: "10 MiB", path: "f/large.bin", bytes: 10 * 1024 * 1024, connections: 4, unit: "MiB/s" },
] as const;

type Measured = (typeof files)[number];

const folder = mkdtempSync(join(tmpdir(), "wizgy-bench-"));
// Started as root, the workers of nginx are somebody else.
chmodSync(folder, 0o755);
mkdirSync(join(folder, "f"));
for (const { path, bytes } of files) writeFileSync(join(folder, path), Buffer.alloc(bytes, "x"));

const servers = [
  { name: "wizgy", command: wizgy },
  { name: "nginx, 1 worker", command: (port: number) => nginx(port, 1) },
  { name: "nginx, 2 workers", command: (port: number) => nginx(port, 2) },
] as const;

function wizgy(port: number): readonly string[] {
  const mount = ["--static", `/f=${folder}/f`, "--chdir", "bench/apps"];
  return [process.execPath, "bin/wizgy.js", "--bind", `127.0.0.1:${port}`, ...mount, "hello:app"];
}

function nginx(port: number, workers: number): readonly string[] {
  const server = `server { listen 127.0.0.1:${port}; location /f/ { alias ${folder}/f/; } }`;
  return nginxCommand(folder, `nginx-${workers}`, workers, server);
}

async function measure(port: number, file: Measured): Promise<number> {
  const { path, connections, bytes } = file;
  const load = { port, path, connections, requestBodyBytes: 0, shape: "kept", seconds } as const;
  const report = await runWrk(root, load);
  if (report.badStatuses + report.connectErrors + report.readErrors > 0) {
    throw new Error(`errors: ${JSON.stringify(report)}`);
  }
  const perSecond = (report.requests / report.durationMicros) * 1e6;
  return file.unit === "MiB/s" ? (perSecond * bytes) / 2 ** 20 : perSecond;
}

process.once("exit", killStartedServers);
try {
  const running = [];
  for (const { command } of servers) running.push(await startServer(command, root, "SIGINT"));
  for (const file of files) {
    const figures: number[][] = servers.map(() => []);
    for (const { port } of running) await measure(port, file); // Warm-up.
    for (let round = 0; round < rounds; round++) {
      for (const [index, { port }] of running.entries()) {
        figures[index]?.push(await measure(port, file));
      }
    }
    const [ours = []] = figures;
    process.stdout.write(`\n${file.name}, ${file.connections} connections, ${file.unit}\n`);
    for (const [index, { name }] of servers.entries()) {
      const theirs = figures[index] ?? [];
      const against = index === 0 ? "" : `; wizgy has ${ratioOf(ours, theirs).toFixed(2)} of it`;
      process.stdout.write(`  ${name}: ${shown(theirs)}${against}\n`);
    }
  }
  for (const server of running) await server.stop();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
