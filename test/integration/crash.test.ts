/**
 * What a worker's sudden end means for the requests around it (wire §6): the ones it was running
 * are lost, every other one is answered, and nothing is run twice.
 */
import assert from "node:assert/strict";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { RawClient } from "../support/raw-client.ts";
import { ServerFolder, until } from "../support/server-processes.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const APP = ["--chdir", "test/apps/process", "life"];
const CONCURRENT = 64;

interface Fixture {
  readonly server: RunningServer;
  readonly folder: ServerFolder;
  /** Ids of the requests that the application has started, in order. */
  started(): string[];
  /** Makes the file that some behaviours wait for. */
  tell(): void;
}

async function withServer(
  args: readonly string[],
  use: (fixture: Fixture) => Promise<void>,
): Promise<void> {
  const folder = new ServerFolder();
  const log = join(folder.path, "started");
  const slowFile = join(folder.path, "slow");
  const env = { TMPDIR: folder.path, STARTED_LOG: log, SLOW_FILE: slowFile };
  const server = await startServer([...args, ...APP], { env });
  try {
    await use({
      server,
      folder,
      started: () => (existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : []),
      tell: () => appendFileSync(slowFile, ""),
    });
    const ended = await server.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.deepEqual(await folder.allGone(1_000), []);
  } finally {
    await server.stop("SIGKILL");
    folder.remove();
  }
}

interface Outcome {
  readonly id: string;
  readonly status: number;
  readonly text: string;
  readonly complete: boolean;
}

/** One request on a connection of its own; every second one is a POST with a body. */
async function ask(port: number, path: string, id: string): Promise<Outcome> {
  const client = await RawClient.open(port);
  try {
    client.send(requestText(path, id));
    const { status, text, complete } = await client.answer();
    return { id, status, text, complete };
  } finally {
    client.destroy();
  }
}

function requestText(path: string, id: string): string {
  const target = `${path}${path.includes("?") ? "&" : "?"}id=${id}`;
  return id.endsWith("p")
    ? `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${id.length + 5}\r\n\r\nbody-${id}`
    : `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

function idAt(index: number): string {
  return index % 2 === 0 ? `r${index}` : `r${index}p`;
}

function assertAnswered(outcome: Outcome): void {
  const { id, status, text } = outcome;
  const body = id.endsWith("p") ? `body-${id}` : "";
  assert.equal(status, 200, `${id}: ${text}`);
  assert.ok(text.startsWith(`${id} ${body} `), `${id} got ${text}`);
}

function assertNoneTwice(started: readonly string[]): void {
  const twice = started.filter((id, index) => started.indexOf(id) !== index);
  assert.deepEqual(twice, []);
}

for (const [how, path, ending] of [
  ["os._exit()", "/exit", "exit code 7"],
  ["kill -9", "/kill", "signal SIGKILL"],
  ["a segmentation fault", "/segfault", "signal SIGSEGV"],
] as const) {
  test(`wire §6.2: ${how} in one of ${CONCURRENT} requests costs that one alone`, async () => {
    await withServer([], async ({ server, started }) => {
      const paths = Array.from({ length: CONCURRENT }, (_, i) => (i === 20 ? path : "/work?ms=1"));
      const outcomes = await Promise.all(paths.map((p, i) => ask(server.port, p, idAt(i))));
      for (const [index, outcome] of outcomes.entries()) {
        if (index === 20) assert.equal(outcome.status, 502);
        else assertAnswered(outcome);
      }
      assertNoneTwice(started());
      assert.equal(started().length, CONCURRENT);
      await server.waitForLog(new RegExp(`worker \\d+ ended with ${ending}`));
    });
  });
}

test("wire §6.2: an answer whose head was out is cut, and its request isn't run again", async () => {
  await withServer([], async ({ server, started }) => {
    const outcome = await ask(server.port, "/exit-after-head", "a");
    assert.deepEqual([outcome.status, outcome.text, outcome.complete], [200, "begun", false]);
    assertAnswered(await ask(server.port, "/work", "b"));
    assert.deepEqual(started(), ["a", "b"]);
  });
});

test("wire §6.2: with threads, at most as many requests are lost as were running", async () => {
  await withServer(["--threads", "4"], async ({ server, started }) => {
    const paths = Array.from({ length: CONCURRENT }, (_, i) => (i === 30 ? "/exit" : "/work?ms=3"));
    const outcomes = await Promise.all(paths.map((p, i) => ask(server.port, p, idAt(i))));
    const lost = outcomes.filter(({ status }) => status === 502);
    assert.ok(lost.length >= 1 && lost.length <= 4, `${lost.length} were lost`);
    assert.ok(lost.some(({ id }) => id === idAt(30)));
    for (const outcome of outcomes) if (!lost.includes(outcome)) assertAnswered(outcome);
    assertNoneTwice(started());
  });
});

test("wire §6.2: an answer that was written before the death arrives, whatever was sent to the dead worker", async () => {
  await withServer(["--threads", "2"], async ({ server, started }) => {
    const [first, second] = [await RawClient.open(server.port), await RawClient.open(server.port)];
    try {
      second.send(requestText("/work", "warm"));
      const pid = Number((await second.answer()).text.split(" ").at(-1));
      first.send(requestText("/close?ms=100", "a"));
      await until(5_000, () => (started().includes("a") ? null : "not started"));
      // While the front stands still: a new request arrives, then the answer, then the death.
      process.kill(server.pid, "SIGSTOP");
      second.send(requestText("/work", "b"));
      await until(5_000, () => (started().includes("closed a") ? null : "not answered"));
      process.kill(pid, "SIGKILL");
      process.kill(server.pid, "SIGCONT");
      assertAnswered({ id: "a", ...(await first.answer()) });
      assertAnswered({ id: "b", ...(await second.answer()) });
    } finally {
      process.kill(server.pid, "SIGCONT");
      first.destroy();
      second.destroy();
    }
  });
});

for (const threads of [1, 4]) {
  test(`wire §6.2: kill -9 under load, ${threads} threads: no more than the running requests are lost`, async () => {
    await withServer(["--threads", String(threads)], async ({ server, started }) => {
      const kills = 10;
      let killed = 0;
      let next = 0;
      let answeredByThisWorker = 0;
      let lastKilled = 0;
      const outcomes: Outcome[] = [];
      const keepAsking = async (): Promise<void> => {
        let client = await RawClient.open(server.port);
        while (killed < kills) {
          const id = idAt(next++);
          client.send(requestText("/work", id));
          const { status, text, complete } = await client.answer();
          outcomes.push({ id, status, text, complete });
          const pid = Number(text.split(" ").at(-1));
          if (status !== 200) {
            client.destroy();
            client = await RawClient.open(server.port);
          } else if (pid !== lastKilled && ++answeredByThisWorker > 200) {
            answeredByThisWorker = 0;
            lastKilled = pid;
            killed++;
            process.kill(pid, "SIGKILL");
          }
        }
        client.destroy();
      };
      await Promise.all(Array.from({ length: CONCURRENT }, keepAsking));
      const lost = outcomes.filter(({ status }) => status === 502);
      assert.ok(lost.length <= kills * threads, `${lost.length} lost in ${kills} kills`);
      for (const outcome of outcomes) if (outcome.status !== 502) assertAnswered(outcome);
      assertNoneTwice(started());
    });
  });
}
