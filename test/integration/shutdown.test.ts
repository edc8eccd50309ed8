/**
 * How a server ends. TERM: it finishes what it has, INT and QUIT: at once; in each case with exit
 * code 0 and no process left, which the fixture looks after.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { valuesOf } from "../support/answer.ts";
import { type LifeServer, isAlive, lifeRequest, withLifeServer } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";
import { spawnImporting } from "../support/server-processes.ts";

/** Stops the server, sees that all is gone, and returns what it wrote. */
async function stopWith(life: LifeServer, signal: NodeJS.Signals): Promise<string> {
  const ended = await life.server.stop(signal);
  assert.equal(ended.code, 0, ended.stderr);
  assert.deepEqual(await life.folder.allGone(1_000), []);
  return ended.stderr;
}

test("TERM: running and waiting requests get their whole answers, and connections end after them", async () => {
  await withLifeServer(["--workers", "2"], async (life) => {
    const clients = await Promise.all(Array.from({ length: 8 }, life.client));
    for (const [index, client] of clients.entries()) {
      client.send(lifeRequest(`/work?ms=150&id=${index}`, `body ${index}`));
    }
    await life.noted("0");
    const stopped = stopWith(life, "SIGTERM");
    for (const [index, client] of clients.entries()) {
      const answer = await client.answer();
      assert.equal(answer.status, 200, answer.text);
      assert.ok(answer.text.startsWith(`${index} body ${index} `), answer.text);
      assert.deepEqual(valuesOf(answer, "connection"), ["close"]);
      assert.equal(await client.ended(), "");
    }
    await stopped;
  });
});

test("TERM: an answer that is streaming is streamed to its end", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send(lifeRequest("/stream-slowly?ms=1000"));
    await client.partialAnswer("1\n");
    const stopped = stopWith(life, "SIGTERM");
    const { text, complete } = await client.answer();
    assert.equal(text, "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
    assert.ok(complete);
    await stopped;
  });
});

test("TERM: a request whose body is on its way is finished", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send("POST /work?id=a HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo");
    const other = await life.client();
    const stopped = stopWith(life, "SIGTERM");
    await other.ended();
    client.send("dy");
    assert.match((await client.answer()).text, /^a body /);
    await stopped;
  });
});

test("TERM: idle connections are closed at once, and new ones are refused", async () => {
  await withLifeServer([], async (life) => {
    const fresh = await life.client();
    const used = await life.client();
    used.send(lifeRequest("/work?id=a"));
    await used.answer();
    const busy = await life.client();
    busy.send(lifeRequest("/work?id=b&ms=1000"));
    await life.noted("b");
    const stopped = stopWith(life, "SIGTERM");
    assert.deepEqual([await fresh.ended(), await used.ended()], ["", ""]);
    await assert.rejects(RawClient.open(life.server.port), { code: "ECONNREFUSED" });
    assert.ok(!busy.hasEnded);
    assert.match((await busy.answer()).text, /^b /);
    await stopped;
  });
});

test("TERM under load: no request that was sent before it stays without its answer", async () => {
  for (let round = 0; round < 3; round++) {
    await withLifeServer(["--workers", "2"], async (life) => {
      let stopping = false;
      let answered = 0;
      let enough: () => void = () => {};
      const loaded = new Promise<void>((resolve) => (enough = resolve));
      const keepAsking = async (client: RawClient, number: number): Promise<void> => {
        for (let count = 0; !stopping; count++) {
          const id = `${number}-${count}`;
          client.send(lifeRequest(`/work?id=${id}`, id));
          const { status, text, complete } = await client.answer();
          assert.deepEqual([status, complete], [200, true], `${id}: ${text}`);
          assert.ok(text.startsWith(`${id} ${id} `), text);
          if (++answered === 1000) enough();
        }
      };
      const clients = await Promise.all(Array.from({ length: 32 }, life.client));
      const asking = Promise.all(clients.map(keepAsking));
      await loaded;
      stopping = true;
      // Connections that the server may not even have accepted yet.
      const late = await Promise.all(Array.from({ length: 8 }, life.client));
      for (const client of late) client.send(lifeRequest("/work?id=late"));
      const stopped = stopWith(life, "SIGTERM");
      for (const client of late) assert.match((await client.answer()).text, /^late /);
      await asking;
      await stopped;
    });
  }
});

test("TERM: what still runs after --graceful-timeout is cut, and the log says how much", async () => {
  await withLifeServer(["--graceful-timeout", "0.5", "--threads", "2"], async (life) => {
    const clients = await Promise.all(Array.from({ length: 3 }, life.client));
    for (const [index, client] of clients.entries()) {
      client.send(lifeRequest(`${index === 2 ? "/work?ms=60000&" : "/spin?"}id=${index}`));
    }
    await life.noted("1");
    await life.client();
    const log = await stopWith(life, "SIGTERM");
    assert.match(log, /3 requests did not end within 0\.5 s \(--graceful-timeout\) and are cut\./);
    for (const client of clients) assert.equal(await client.ended(), "");
  });
});

for (const signal of ["SIGINT", "SIGQUIT"] as const) {
  test(`${signal.slice(3)}: the server ends at once, whatever runs`, async () => {
    await withLifeServer([], async (life) => {
      const client = await life.client();
      client.send(lifeRequest("/work?id=a&ms=60000"));
      await life.noted("a");
      const began = performance.now();
      const log = await stopWith(life, signal);
      assert.ok(performance.now() - began < 3_000);
      assert.match(log, /1 request is cut\./);
      assert.equal(await client.ended(), "");
    });
  });
}

test("a second TERM makes a graceful end a quick one", async () => {
  await withLifeServer([], async (life) => {
    const [busy, idle] = [await life.client(), await life.client()];
    busy.send(lifeRequest("/work?id=a&ms=60000"));
    await life.noted("a");
    process.kill(life.server.pid, "SIGTERM");
    await idle.ended();
    assert.ok(isAlive(life.server.pid));
    const began = performance.now();
    await stopWith(life, "SIGTERM");
    assert.ok(performance.now() - began < 3_000);
    assert.equal(await busy.ended(), "");
  });
});

test("TERM: a thread of the application that never ends does not keep the server", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send(lifeRequest("/thread"));
    await client.answer();
    const began = performance.now();
    await stopWith(life, "SIGTERM");
    assert.ok(performance.now() - began < 4_500);
  });
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  test(`${signal.slice(3)} while the application is imported ends the server`, async () => {
    const { pid, folder, ended } = await spawnImporting("hangs_at_boot");
    try {
      process.kill(pid, signal);
      assert.equal((await ended).code, 0);
      assert.deepEqual(await folder.allGone(1_000), []);
    } finally {
      folder.remove();
    }
  });
}

test("Python's development mode (PYTHONDEVMODE) has nothing to say about the server itself", async () => {
  await withLifeServer(
    ["--workers", "2", "--threads", "2"],
    async (life) => {
      const client = await life.client();
      client.send(lifeRequest("/work?ms=1&id=1", "body"));
      assert.equal((await client.answer()).status, 200);
      assert.doesNotMatch(await stopWith(life, "SIGTERM"), /Warning|Traceback/);
    },
    { env: { PYTHONDEVMODE: "1" } },
  );
});
