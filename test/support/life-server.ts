/**
 * A real server that runs `test/apps/process/life.py` in a temporary folder of its own, for tests
 * of processes and connections. After each use nothing may be left: no process, no folder.
 */
import assert from "node:assert/strict";
import { appendFileSync, chownSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { RawClient } from "./raw-client.ts";
import { ServerFolder, until } from "./server-processes.ts";
import { type RunningServer, type StartOptions, startServer } from "./server.ts";

export const LIFE_APP: readonly string[] = ["--chdir", "test/apps/process", "life"];

export interface LifeServer {
  readonly server: RunningServer;
  readonly folder: ServerFolder;
  /** Ids of the requests that the application has started, and what it noted else, in order. */
  readonly started: () => string[];
  /** Resolves when the application has noted the text. */
  readonly noted: (text: string) => Promise<void>;
  /** Makes the file that some behaviours wait for. */
  readonly tell: () => void;
  readonly untell: () => void;
  /** Kills the front with SIGKILL: nothing is asked of its end then. */
  readonly killFront: () => void;
  /** A connection, closed at the end of the test. */
  readonly client: () => Promise<RawClient>;
}

export interface LifeOptions {
  /** Default: `LIFE_APP`. */
  readonly app?: readonly string[];
  /** Whose the folder is, by number of user and group. Default: of who runs the test. */
  readonly folderOwner?: number;
}

/**
 * Starts the server, uses it, stops it with TERM and sees that it left in order; `use` may have
 * ended it itself.
 */
export async function withLifeServer(
  args: readonly string[],
  use: (fixture: LifeServer) => Promise<void>,
  options: StartOptions & LifeOptions = {},
): Promise<void> {
  const folder = new ServerFolder();
  const owner = options.folderOwner;
  if (owner !== undefined) chownSync(folder.path, owner, owner);
  const log = join(folder.path, "started");
  const slowFile = join(folder.path, "slow");
  const clients: RawClient[] = [];
  const env = { TMPDIR: folder.path, STARTED_LOG: log, SLOW_FILE: slowFile, ...options.env };
  let server: RunningServer | null = null;
  let killed = false;
  try {
    const started = await startServer([...args, ...(options.app ?? LIFE_APP)], { ...options, env });
    server = started;
    const notes = (): string[] =>
      existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
    await use({
      server: started,
      folder,
      started: notes,
      noted: (text) => until(8_000, () => (notes().includes(text) ? null : `no note "${text}"`)),
      tell: () => appendFileSync(slowFile, ""),
      untell: () => rmSync(slowFile),
      killFront: () => {
        killed = true;
        process.kill(started.pid, "SIGKILL");
      },
      client: async () => {
        const client = await RawClient.open(started.port);
        clients.push(client);
        return client;
      },
    });
    for (const client of clients) client.destroy();
    if (!killed && isAlive(started.pid)) {
      const ended = await started.stop();
      assert.equal(ended.code, 0, ended.stderr);
      assert.deepEqual(await folder.allGone(1_000), []);
    }
  } finally {
    for (const client of clients) client.destroy();
    if (server !== null && !killed && isAlive(server.pid)) process.kill(server.pid, "SIGKILL");
    folder.remove();
  }
}

/** Whether a child of this process, or another one that was not reaped, has this number. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** A request for the application: GET, or POST with a body when one is given. */
export function lifeRequest(target: string, body: string | null = null): string {
  return body === null
    ? `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`
    : `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** One request on a connection of its own; the content of its answer. */
export async function askLife(address: number | string, target: string): Promise<string> {
  const client = await RawClient.open(address);
  try {
    client.send(lifeRequest(target));
    return (await client.answer()).text;
  } finally {
    client.destroy();
  }
}

/** The process ids that the application answers with: its worker and that one's parent. */
export async function askPids(client: RawClient): Promise<{ worker: number; parent: number }> {
  client.send(lifeRequest("/pids"));
  const { status, text } = await client.answer();
  assert.equal(status, 200, text);
  const [worker, parent] = text.split(" ").map(Number);
  return { worker: worker!, parent: parent! };
}

/**
 * Resolves when the front has read all that was sent to it before: it has answered, by itself, a
 * request that came later.
 */
export async function frontHasRead(life: LifeServer): Promise<void> {
  const client = await life.client();
  client.send("not a request\r\n\r\n");
  assert.equal((await client.answer()).status, 400);
}
