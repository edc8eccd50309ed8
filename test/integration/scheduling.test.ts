/** Who waits for whom: a request never waits behind another one while someone could run it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { valuesOf } from "../support/answer.ts";
import {
  type LifeServer,
  frontHasRead,
  lifeRequest,
  withLifeServer,
} from "../support/life-server.ts";
import { until } from "../support/server-processes.ts";

const FAST = 50;
/** Long enough for all fast requests on a slow machine, when none of them waits for it. */
const SLOW_MS = 1_500;

/** Opens connections and answers once on each, so that what is sent on them later arrives at once. */
async function openClients(life: LifeServer, count: number) {
  const clients = await Promise.all(Array.from({ length: count }, life.client));
  for (const client of clients) {
    client.send(lifeRequest("/work?id=warm"));
    await client.answer();
  }
  return clients;
}

/** Makes the server believe that its application is fast, so that it sends requests ahead. */
async function warmUp(life: LifeServer): Promise<void> {
  const clients = await openClients(life, 16);
  for (let round = 0; round < 60; round++) {
    for (const client of clients) client.send(lifeRequest("/work?id=warm"));
    await Promise.all(clients.map((client) => client.answer()));
  }
}

for (const [name, args] of [
  ["two workers", ["--workers", "2"]],
  ["one worker with four threads", ["--threads", "4"]],
  ["two workers with two threads", ["--workers", "2", "--threads", "2"]],
] as const) {
  for (const history of ["a new server", "a server that answered fast so far"] as const) {
    test(`${name}, ${history}: no fast request waits for a slow one`, async () => {
      await withLifeServer(args, async (life) => {
        if (history !== "a new server") await warmUp(life);
        const [slow, ...fast] = await openClients(life, FAST + 1);
        let slowHasEnded = false;
        slow!.send(lifeRequest(`/work?id=slow&ms=${SLOW_MS}`));
        const slowAnswer = slow!.answer().then((answer) => {
          slowHasEnded = true;
          return answer;
        });
        for (const [index, client] of fast.entries()) {
          client.send(lifeRequest(`/work?id=${index}`));
        }
        for (const [index, client] of fast.entries()) {
          assert.ok((await client.answer()).text.startsWith(`${index} `));
        }
        assert.equal(slowHasEnded, false);
        assert.match((await slowAnswer).text, /^slow /);
      });
    });
  }
}

test("a burst that turns slow: what one worker got ahead is shared among all of them", async () => {
  await withLifeServer(["--workers", "2", "--threads", "2"], async (life) => {
    await warmUp(life);
    const clients = await openClients(life, 8);
    life.tell();
    const began = performance.now();
    for (const client of clients) client.send(lifeRequest("/turn?ms=500&id=a"));
    const workers = new Map<string, number>();
    for (const client of clients) {
      const { text } = await client.answer();
      const pid = text.split(" ").at(-1)!;
      workers.set(pid, (workers.get(pid) ?? 0) + 1);
    }
    // Two rounds of four at once; one after the other they would take four seconds.
    assert.ok(performance.now() - began < 1_900, `${performance.now() - began} ms`);
    assert.deepEqual([...workers.values()], [4, 4]);
  });
});

test("requests that wait are started in the order they came", async () => {
  await withLifeServer([], async (life) => {
    const clients = await Promise.all(Array.from({ length: 12 }, life.client));
    for (const [index, client] of clients.entries()) {
      client.send(lifeRequest(`/work?id=${index}&ms=${index === 0 ? 300 : 5}`));
      if (index === 0) await life.noted("0");
    }
    await Promise.all(clients.map((client) => client.answer()));
    assert.deepEqual(
      life.started(),
      clients.map((_, index) => String(index)),
    );
  });
});

test("RFC 9110 §15.6.4: a full queue is answered with 503 and Retry-After, and nothing of it is started", async () => {
  await withLifeServer(["--queue-size", "2"], async (life) => {
    const running = await life.client();
    running.send(lifeRequest("/work?id=running&ms=500"));
    await life.noted("running");
    const clients = await Promise.all(Array.from({ length: 5 }, life.client));
    for (const client of clients) client.send(lifeRequest("/work?id=more"));
    const answers = await Promise.all(clients.map((client) => client.answer()));
    const refused = answers.filter(({ status }) => status === 503);
    assert.equal(refused.length, 3);
    for (const answer of refused) assert.deepEqual(valuesOf(answer, "retry-after"), ["1"]);
    assert.equal(answers.filter(({ status }) => status === 200).length, 2);
    assert.equal((await running.answer()).status, 200);
    assert.deepEqual(life.started(), ["running", "more", "more"]);
  });
});

test("RFC 9110 §15.6.4: who waits longer than --request-queue-timeout gets 503 and Retry-After and is never started", async () => {
  await withLifeServer(["--request-queue-timeout", "0.3"], async (life) => {
    const running = await life.client();
    running.send(lifeRequest("/wait?id=running"));
    await life.noted("running");
    const clients = await Promise.all(Array.from({ length: 3 }, life.client));
    for (const client of clients) client.send(lifeRequest("/work?id=late"));
    for (const client of clients) {
      const answer = await client.answer();
      assert.equal(answer.status, 503);
      assert.deepEqual(valuesOf(answer, "retry-after"), ["1"]);
      assert.match(answer.text, /^503 Service Unavailable\nRequest ID: \S+\n$/);
    }
    await life.server.waitForLog(/\[WARNING\] 127\.0\.0\.1 request=\S+: 503 queue-timeout$/m);
    life.tell();
    assert.equal((await running.answer()).status, 200);
    const next = await life.client();
    next.send(lifeRequest("/work?id=next"));
    assert.equal((await next.answer()).status, 200);
    assert.deepEqual(life.started(), ["running", "next"]);
  });
});

test("Retry-After is as long as those who wait have waited", async () => {
  await withLifeServer(["--queue-size", "1"], async (life) => {
    const [running, waiting] = [await life.client(), await life.client()];
    running.send(lifeRequest("/wait?id=running"));
    await life.noted("running");
    waiting.send(lifeRequest("/work?id=waiting"));
    await until(15_000, async () => {
      const client = await life.client();
      client.send(lifeRequest("/work?id=more"));
      const [seconds] = valuesOf(await client.answer(), "retry-after");
      return seconds === "2" ? null : `Retry-After: ${seconds}`;
    });
    life.tell();
    assert.equal((await waiting.answer()).status, 200);
    assert.deepEqual(life.started(), ["running", "waiting"]);
  });
});

test("a request whose client goes while it waits is never started", async () => {
  await withLifeServer([], async (life) => {
    const running = await life.client();
    running.send(lifeRequest("/work?id=running&ms=500"));
    await life.noted("running");
    const [leaving, staying] = [await life.client(), await life.client()];
    leaving.send(lifeRequest("/work?id=leaves"));
    await frontHasRead(life);
    leaving.socket.resetAndDestroy();
    staying.send(lifeRequest("/work?id=stays"));
    assert.match((await staying.answer()).text, /^stays /);
    assert.match((await running.answer()).text, /^running /);
    assert.deepEqual(life.started(), ["running", "stays"]);
  });
});

test("a request that was sent ahead to a busy worker is not started when its client has gone", async () => {
  await withLifeServer([], async (life) => {
    await warmUp(life);
    const [slow, leaving, staying] = await openClients(life, 3);
    // In one go: the worker gets both before it is known that the first one is slow.
    slow!.send(lifeRequest("/work?id=slow&ms=500"));
    leaving!.send(lifeRequest("/work?id=leaves"));
    await life.noted("slow");
    await frontHasRead(life);
    leaving!.socket.resetAndDestroy();
    staying!.send(lifeRequest("/work?id=stays"));
    assert.match((await staying!.answer()).text, /^stays /);
    assert.match((await slow!.answer()).text, /^slow /);
    assert.deepEqual(
      life.started().filter((id) => id !== "warm"),
      ["slow", "stays"],
    );
  });
});
