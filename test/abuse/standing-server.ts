/**
 * A real server that is about to be abused, and what is left of the abuse afterwards: descriptors,
 * temporary files (also ones without a name), sockets and timers, memory, worker slots, places in the
 * queue and the share of memory that bodies may take.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { type LifeServer, lifeRequest, withLifeServer } from "../support/life-server.ts";
import { until } from "../support/server-processes.ts";
import type { Held } from "./probe.ts";

const ABUSED_APP: readonly string[] = ["--chdir", "test/apps/process", "abused"];

/** Few, so that a slot or a place that leaks is missed at once. */
export const WORKERS: number = 2;
const THREADS = 3;
const QUEUE_SIZE = 20;
const BUFFER_TOTAL_BYTES = 1024 * 1024;
/** Sizes of bodies, and what the application finds them in. */
const BODIES = [
  [BUFFER_TOTAL_BYTES - 64 * 1024, /^BytesIO$/],
  [BUFFER_TOTAL_BYTES + 64 * 1024, /^BufferedReader$/],
] as const;

/** Lingering connections take two seconds, and the machine may be busy. */
const SETTLE_MS = 20_000;

/** Above the pool's SLOW_MS. */
const QUEUE_ONLY_MS = 20;

/** "memory back within 10%", and what any process's heap moves by itself. */
const MEMORY_FACTOR = 1.1;
const MEMORY_NOISE_BYTES = 512 * 1024;
/** What the allocator keeps for the next time differs from round to round by this. */
const RESIDENT_NOISE_BYTES = 64 * 1024 * 1024;

/** What the server holds at rest. Sizes are bytes. */
export interface Remains {
  readonly frontDescriptors: number;
  readonly workerDescriptors: number;
  readonly temporaryFiles: readonly string[];
  readonly resources: Readonly<Record<string, number>>;
  readonly liveBytes: number;
  readonly frontResidentBytes: number;
  readonly workerResidentBytes: number;
}

export interface StandingServer {
  readonly life: LifeServer;
  readonly port: number;
  /** What is held now. */
  remains(): Promise<Remains>;
  /** Waits until nothing is held that was not held before; gives what is. */
  settled(before: Remains): Promise<Remains>;
  /** All slots of the workers, places in the queue and memory for bodies are free: they are taken, and given back. */
  assertAllIsFree(): Promise<void>;
}

export interface StandingOptions {
  readonly args?: readonly string[];
  readonly app?: readonly string[];
  readonly openFiles?: number;
}

/** Starts the server, uses it and sees that it leaves in order. */
export async function withStandingServer(
  options: StandingOptions,
  use: (standing: StandingServer) => Promise<void>,
): Promise<void> {
  const args = [
    ...["--workers", String(WORKERS), "--threads", String(THREADS)],
    ...["--queue-size", String(QUEUE_SIZE), "--buffer-total", String(BUFFER_TOTAL_BYTES)],
    ...(options.args ?? []),
  ];
  const probe = fileURLToPath(new URL("probe.js", import.meta.url));
  const folder = mkdtempSync(join(tmpdir(), "wizgy-abuse-"));
  const probePath = join(folder, "probe");
  const env = { NODE_OPTIONS: `--import=file://${probe}`, ABUSE_PROBE: probePath };
  const app = options.app ?? ABUSED_APP;
  const keeps = !args.includes("--no-request-buffering") && !args.includes("--request-buffer");
  try {
    await withLifeServer(args, (life) => use(new Standing(life, probePath, keeps)), {
      env,
      app,
      ...(options.openFiles === undefined ? {} : { openFiles: options.openFiles }),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

class Standing implements StandingServer {
  readonly life: LifeServer;
  readonly #probePath: string;
  readonly #keepsBodies: boolean;
  #probes = 0;

  /** @param keepsBodies - of `BODIES` the smaller one stays in memory. */
  constructor(life: LifeServer, probePath: string, keepsBodies: boolean) {
    this.life = life;
    this.#keepsBodies = keepsBodies;
    this.#probePath = probePath;
  }

  get port(): number {
    return this.life.server.port;
  }

  async remains(): Promise<Remains> {
    const { server, folder } = this.life;
    const { liveBytes, resources } = await askProbe(this.#probePath);
    const workers = folder.processes().map(({ pid }) => pid);
    return {
      frontDescriptors: descriptors(server.pid).length,
      workerDescriptors: workers.reduce((sum, pid) => sum + descriptors(pid).length, 0),
      temporaryFiles: [
        ...descriptors(server.pid).filter(isTemporary),
        ...workers.flatMap(descriptors).filter(isTemporary),
        ...readdirSync(folder.path).filter((name) => isTemporary(`/${name}`)),
      ],
      resources,
      liveBytes,
      frontResidentBytes: residentBytes(server.pid),
      workerResidentBytes: workers.reduce((sum, pid) => sum + residentBytes(pid), 0),
    };
  }

  async settled(before: Remains): Promise<Remains> {
    const deadline = performance.now() + SETTLE_MS;
    for (;;) {
      const now = await this.remains();
      const isAtRest =
        now.frontDescriptors <= before.frontDescriptors &&
        now.workerDescriptors <= before.workerDescriptors &&
        now.temporaryFiles.length === 0 &&
        sum(now.resources) <= sum(before.resources);
      if (isAtRest || performance.now() > deadline) return now;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async assertAllIsFree(): Promise<void> {
    if (this.#keepsBodies) await this.#assertMemoryIsFree();
    const { life } = this;
    const round = ++this.#probes;
    const slots = WORKERS * THREADS;
    const ids = Array.from({ length: slots }, (_, index) => `probe${round}-${index}`);
    const holders = await Promise.all(
      ids.map(async (id) => {
        const client = await life.client();
        client.send(lifeRequest(`/hold?id=${id}`));
        return client;
      }),
    );
    await until(SETTLE_MS, () => {
      const notes = new Set(life.started());
      const missing = ids.filter((id) => !notes.has(id));
      return missing.length === 0 ? null : `${missing.length} of ${slots} slots are not free`;
    });
    // A worker that has just begun may still be sent a request ahead; not after this.
    await new Promise((resolve) => setTimeout(resolve, QUEUE_ONLY_MS));
    // Each place of the queue is taken; one request more finds none.
    const waiters = await Promise.all(
      Array.from({ length: QUEUE_SIZE + 1 }, async (_, index) => {
        const client = await life.client();
        client.send(lifeRequest(`/echo?id=waits${round}-${index}`));
        return client;
      }),
    );
    const answers = waiters.map((client) => client.answer());
    assert.equal((await Promise.race(answers)).status, 503, "more than --queue-size wait");
    life.tell();
    answers.push(...holders.map((client) => client.answer()));
    const statuses = (await Promise.all(answers)).map(({ status }) => status);
    life.untell();
    for (const client of [...holders, ...waiters]) client.destroy();
    const served = statuses.filter((status) => status === 200).length;
    assert.equal(served, slots + QUEUE_SIZE, `statuses ${statuses.join(" ")}`);
  }

  /** A body of nearly all the memory for bodies stays in memory, and a larger one does not. */
  async #assertMemoryIsFree(): Promise<void> {
    const client = await this.life.client();
    for (const [bytes, expected] of BODIES) {
      client.send(lifeRequest("/input", "x".repeat(bytes)));
      assert.match((await client.answer()).text, expected, `${bytes} bytes`);
    }
    client.destroy();
  }
}

/** Nothing is left of the abuse that lies between the two. */
export function assertNothingLeft(before: Remains, after: Remains): void {
  const shown = `\nbefore ${JSON.stringify(before)}\nafter  ${JSON.stringify(after)}`;
  assert.deepEqual(after.temporaryFiles, [], `temporary files are left${shown}`);
  assert.ok(after.frontDescriptors <= before.frontDescriptors, `descriptors, front${shown}`);
  assert.ok(after.workerDescriptors <= before.workerDescriptors, `descriptors, workers${shown}`);
  for (const [kind, count] of Object.entries(after.resources)) {
    assert.ok(count <= (before.resources[kind] ?? 0), `${kind} is left${shown}`);
  }
  const mayLive = before.liveBytes * MEMORY_FACTOR + MEMORY_NOISE_BYTES;
  assert.ok(after.liveBytes <= mayLive, `memory that can be reached${shown}`);
}

/** A second round of the same abuse takes no more memory than the first. */
export function assertNoGrowth(first: Remains, second: Remains): void {
  const shown = `\nfirst  ${JSON.stringify(first)}\nsecond ${JSON.stringify(second)}`;
  for (const key of ["frontResidentBytes", "workerResidentBytes"] as const) {
    const may = first[key] * MEMORY_FACTOR + RESIDENT_NOISE_BYTES;
    assert.ok(second[key] <= may, `${key} grows from round to round${shown}`);
  }
}

function askProbe(path: string): Promise<Held> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = "";
    socket.setEncoding("utf8").on("data", (piece: string) => (text += piece));
    socket.on("error", reject);
    socket.on("end", () => resolve(JSON.parse(text) as Held));
    socket.write("?");
  });
}

/** What the process's descriptors lead to. */
function descriptors(pid: number): string[] {
  return readdirSync(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${fd}`)];
    } catch {
      return []; // Closed in the meantime.
    }
  });
}

function isTemporary(path: string): boolean {
  return /\/wizgy-\d+-[0-9a-f]+\.tmp/.test(path);
}

function residentBytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) * 1024;
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}
