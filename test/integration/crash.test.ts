/**
 * What a worker's sudden end means for the requests around it (wire §6): the ones it was running
 * are lost, every other one is answered, and nothing is run twice.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { lifeRequest, withLifeServer } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";

const CONCURRENT = 64;

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
  return lifeRequest(target, id.endsWith("p") ? `body-${id}` : null);
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
    await withLifeServer([], async ({ server, started }) => {
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
  await withLifeServer([], async ({ server, started }) => {
    const outcome = await ask(server.port, "/exit-after-head", "a");
    assert.deepEqual([outcome.status, outcome.text, outcome.complete], [200, "begun", false]);
    assertAnswered(await ask(server.port, "/work", "b"));
    assert.deepEqual(started(), ["a", "b"]);
  });
});

test("wire §6.2: with threads, at most as many requests are lost as were running", async () => {
  await withLifeServer(["--threads", "4"], async ({ server, started }) => {
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
  await withLifeServer(["--threads", "2"], async ({ server, client, noted }) => {
    const [first, second] = [await client(), await client()];
    try {
      second.send(requestText("/work", "warm"));
      const pid = Number((await second.answer()).text.split(" ").at(-1));
      first.send(requestText("/close?ms=100", "a"));
      await noted("a");
      // While the front stands still: a new request arrives, then the answer, then the death.
      process.kill(server.pid, "SIGSTOP");
      second.send(requestText("/work", "b"));
      await noted("closed a");
      process.kill(pid, "SIGKILL");
      process.kill(server.pid, "SIGCONT");
      assertAnswered({ id: "a", ...(await first.answer()) });
      assertAnswered({ id: "b", ...(await second.answer()) });
    } finally {
      process.kill(server.pid, "SIGCONT");
    }
  });
});

for (const threads of [1, 4]) {
  test(`wire §6.2: kill -9 under load, ${threads} threads: no more than the running requests are lost`, async () => {
    await withLifeServer(["--threads", String(threads)], async ({ server, started }) => {
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

test("a worker that dies at boot again and again is replaced with growing delays, and requests wait", async () => {
  await withLifeServer(
    [],
    async ({ server, client, tell, untell, noted }) => {
      const asking = await client();
      asking.send(lifeRequest("/work?id=a"));
      const pid = Number((await asking.answer()).text.split(" ").at(-1));
      tell();
      process.kill(pid, "SIGKILL");
      await server.waitForLog(/worker \d+ ended with signal SIGKILL .*; another one starts now\./);
      asking.send(lifeRequest("/work?id=waits"));
      await server.waitForLog(
        /worker \d+ ended with exit code 5 before it was ready; another one starts in 0\.1 s\./,
      );
      await server.waitForLog(
        /worker \d+ ended with exit code 5 before it was ready; another one starts in 0\.2 s\./,
      );
      const answered = asking.answer();
      await Promise.race([answered, noted("boot 4")]);
      untell();
      const { status, text } = await answered;
      assert.equal(status, 200, text);
    },
    { app: ["--chdir", "test/apps/process", "dies_at_boot"] },
  );
});
