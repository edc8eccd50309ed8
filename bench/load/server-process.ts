// A server while the bench runs it: started on a free loopback port, waited for until it accepts a
// connection, stopped with everything it started. Nothing may outlive the bench: what does not end
// when asked is killed, and when the bench itself is told to end, its servers go first.

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { isAlive, MARK_NAME, readTree, type ProcessStat } from "./process-tree.ts";
import type { Item } from "./items.ts";
import type { BenchPlaces, Server } from "./servers.ts";
import { tellingLine } from "./telling-line.ts";

/** A server that accepts connections. */
export interface RunningServer {
  readonly port: number;
  /** Its live processes. */
  tree(): ProcessStat[];
  /** Ends it and all its processes. Resolves to how many had to be killed. */
  stop(): Promise<number>;
}

/** A server that did not start: the message is one line, `output` the end of what it wrote. */
export class StartFault extends Error {
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;
const POLL_MS = 20;
const KEPT_OUTPUT_CHARS = 2_000;

/** A started server: what it takes to find all of its processes again. */
interface Started {
  readonly child: ChildProcess;
  readonly mark: string;
}

const all = new Set<Started>();

/** Starts a server for the application of an item; see `startServer`. */
export function startFor(
  server: Server,
  places: BenchPlaces,
  item: Item,
  workers: number,
): Promise<RunningServer> {
  return startServer(
    (port) => server.command(places, { port, item, workers }),
    join(places.root, "bench", "apps"),
    server.stopSignal,
  );
}

/**
 * Starts a server and waits until it accepts a connection.
 *
 * @throws StartFault when it ends first, or has not accepted one after 20 seconds.
 */
export async function startServer(
  command: (port: number) => readonly string[],
  cwd: string,
  stopSignal: NodeJS.Signals,
): Promise<RunningServer> {
  const port = await freePort();
  const [file = "", ...args] = command(port);
  const mark = randomUUID();
  const child = spawn(file, args, {
    cwd,
    env: { ...plainEnvironment(cwd), [MARK_NAME]: mark },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const started = { child, mark };
  all.add(started);
  const output = keepOutput(child);
  let fault: Error | null = null;
  child.once("error", (error) => (fault = error));

  const limit = Date.now() + START_LIMIT_MS;
  while (!(await accepts(port))) {
    const hasEnded = fault !== null || child.exitCode !== null || child.signalCode !== null;
    if (hasEnded || Date.now() > limit) {
      await stop(started, "SIGKILL");
      const why = hasEnded ? "it ended" : "no connection accepted in time";
      const wrote = fault === null ? output() : String(fault);
      throw new StartFault(`${why}: ${tellingLine(wrote)}`, wrote.trim());
    }
    await delay(POLL_MS);
  }
  return { port, tree: () => treeOf(started), stop: () => stop(started, stopSignal) };
}

/** Kills every server that still runs, at once: for the end of the bench itself. */
export function killStartedServers(): void {
  for (const started of all) {
    for (const member of treeOf(started)) kill(member.pid);
    started.child.kill("SIGKILL");
  }
}

function treeOf({ child, mark }: Started): ProcessStat[] {
  return child.pid === undefined ? [] : readTree(child.pid, mark);
}

async function stop(started: Started, signal: NodeJS.Signals): Promise<number> {
  const { child } = started;
  const tree = treeOf(started);
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
    const ended = once(child, "exit");
    child.kill(signal);
    await Promise.race([ended, delay(STOP_LIMIT_MS, undefined, { ref: false })]);
  }
  const killed = await endWhatIsLeft(started, tree);
  all.delete(started);
  return killed;
}

/** Children may take a moment longer than their parent; after that they are killed. */
async function endWhatIsLeft(started: Started, before: readonly ProcessStat[]): Promise<number> {
  const left = (): ProcessStat[] => {
    const known = new Set(before.map((member) => member.pid));
    const newer = treeOf(started).filter((member) => !known.has(member.pid));
    return [...before, ...newer].filter(isAlive);
  };
  const graceEnds = Date.now() + 1_000;
  while (left().length > 0 && Date.now() < graceEnds) await delay(POLL_MS);
  const remaining = left();
  for (const member of remaining) kill(member.pid);
  const limit = Date.now() + STOP_LIMIT_MS;
  while (left().length > 0 && Date.now() < limit) await delay(POLL_MS);
  return remaining.length;
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended by itself.
  }
}

/** Variables that steer servers (PORT, WEB_CONCURRENCY, GRANIAN_...) must not come from the shell. */
function plainEnvironment(pythonPath: string): NodeJS.ProcessEnv {
  const plain: NodeJS.ProcessEnv = { PYTHONPATH: pythonPath };
  for (const name of ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH"]) {
    const value = process.env[name];
    if (value !== undefined) plain[name] = value;
  }
  return plain;
}

/** Reads what the server prints, so that it never blocks on a full pipe, and keeps the end of it. */
function keepOutput(child: ChildProcess): () => string {
  let kept = "";
  const add = (text: string): void => {
    kept = (kept + text).slice(-KEPT_OUTPUT_CHARS);
  };
  child.stdout?.setEncoding("utf8").on("data", add);
  child.stderr?.setEncoding("utf8").on("data", add);
  return () => kept;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
