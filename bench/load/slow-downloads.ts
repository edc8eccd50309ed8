/**
 * Does a slow download disturb anybody? The latency of hello on a server with one worker, alone and
 * beside 50 clients that read a file of 100 MiB at 20 KiB/s each, alternating in one run.
 *
 *     node dist/bench/load/slow-downloads.js
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type Socket, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const CLIENTS = 50;
const FILE_BYTES = 100 * 1024 * 1024;
const BYTES_PER_TICK = 2 * 1024;
const TICK_MS = 100;
const ROUNDS = 3;
const HELLO_PER_ROUND = 2_000;
const START_MS = 20_000;

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** A client that takes a little, ten times a second. */
class SlowReader {
  readonly #socket: Socket;
  readonly #timer: NodeJS.Timeout;
  bytes = 0;

  constructor(port: number) {
    // Else the system takes megabytes for it at once.
    const options = { port, host: "127.0.0.1", highWaterMark: BYTES_PER_TICK };
    this.#socket = connect(options);
    this.#socket.on("error", () => {});
    this.#socket.write("GET /file HTTP/1.1\r\nHost: a\r\n\r\n");
    this.#timer = setInterval(() => {
      const piece = this.#socket.read(BYTES_PER_TICK) as Buffer | null;
      this.bytes += piece?.length ?? 0;
    }, TICK_MS);
  }

  get isConnected(): boolean {
    return !this.#socket.destroyed && !this.#socket.readableEnded;
  }

  end(): void {
    clearInterval(this.#timer);
    this.#socket.destroy();
  }
}

/** Latencies of requests that follow each other on one connection, in milliseconds. */
async function helloLatencies(port: number): Promise<number[]> {
  const socket = connect(port, "127.0.0.1").setNoDelay();
  let answered: () => void = () => {};
  socket.on("data", () => answered());
  const latencies: number[] = [];
  for (let i = 0; i < HELLO_PER_ROUND; i++) {
    const began = performance.now();
    await new Promise<void>((resolve) => {
      answered = resolve;
      socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    });
    latencies.push(performance.now() - began);
  }
  socket.destroy();
  return latencies;
}

function shown(name: string, latencies: number[]): string {
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): string =>
    `${((sorted[Math.floor(sorted.length * share)] ?? 0) * 1000).toFixed(0)} us`;
  return `${name}: p50 ${at(0.5)}, p99 ${at(0.99)}, ${sorted.length} requests\n`;
}

async function startServer(
  folder: string,
): Promise<{ port: number; readonly end: () => Promise<void> }> {
  const path = join(folder, "file");
  writeFileSync(path, Buffer.alloc(FILE_BYTES, "x"));
  const args = ["bin/wizgy.js", "--bind", "127.0.0.1:0", "--chdir", "bench/apps", "download"];
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, DOWNLOAD_FILE: path },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const closed = new Promise<void>((resolve) => child.on("close", () => resolve()));
  const port = await new Promise<number>((resolve, reject) => {
    let text = "";
    const timer = setTimeout(() => reject(new Error(`not started: ${text}`)), START_MS);
    child.stderr.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      const match = /127\.0\.0\.1:(\d+)\n[^]*Ctrl-C/.exec(text);
      if (match === null) return;
      clearTimeout(timer);
      resolve(Number(match[1]));
    });
  });
  const end = (): Promise<void> => {
    child.kill("SIGINT");
    return closed;
  };
  return { port, end };
}

const folder = mkdtempSync(join(tmpdir(), "wizgy-bench-"));
try {
  const { port, end } = await startServer(folder);
  await helloLatencies(port); // Warm-up.
  const alone: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    alone.push(...(await helloLatencies(port)));
    const readers: SlowReader[] = [];
    for (let i = 0; i < CLIENTS; i++) {
      readers.push(new SlowReader(port));
      // One after the other: all at once they would hold up this process, which measures.
      await new Promise((resolve) => setTimeout(resolve, TICK_MS / CLIENTS));
    }
    while (readers.some(({ bytes }) => bytes === 0)) {
      await new Promise((resolve) => setTimeout(resolve, TICK_MS));
    }
    beside.push(...(await helloLatencies(port)));
    const connected = readers.filter(({ isConnected }) => isConnected).length;
    process.stdout.write(`round ${round + 1}: ${connected} of ${CLIENTS} still downloading\n`);
    for (const reader of readers) reader.end();
  }
  process.stdout.write(shown("hello alone          ", alone));
  process.stdout.write(shown("beside slow downloads", beside));
  await end();
} finally {
  rmSync(folder, { recursive: true });
}
