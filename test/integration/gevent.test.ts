/** --worker-class gevent: what is the same as with threads is in test/contract, test/pep3333 and timeout/. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";

import { noGevent } from "../support/gevent.ts";
import {
  type LifeServer,
  askPids,
  frontHasRead,
  isAlive,
  lifeRequest,
  withLifeServer,
} from "../support/life-server.ts";
import { startLoad } from "../support/load.ts";
import { runCommand } from "../support/server.ts";
import { until } from "../support/server-processes.ts";

const GREEN = ["-k", "gevent"] as const;
const WAITING = 300;
const BOUND_MS = 30_000;

/** Starts a request and resolves when the application has it; `answer` waits for the rest. */
async function begin(life: LifeServer, target: string, id: string) {
  const client = await life.client();
  client.send(lifeRequest(`${target}?id=${id}`));
  await life.noted(id);
  return client;
}

test("a Python without gevent is told to install it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-no-gevent-"));
  try {
    writeFileSync(join(folder, "gevent.py"), "raise ImportError(\"No module named 'gevent'\")\n");
    const env = { PYTHONPATH: folder };
    const args = [...GREEN, "--bind", "127.0.0.1:0", "--chdir", "test/apps/process", "life"];
    const { code, stderr } = await runCommand(args, { env });
    assert.equal(code, 4);
    assert.match(stderr, /--worker-class gevent needs gevent, which \S+ can't import/);
    assert.match(stderr, /pip install gevent/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const [word, sentence] of [
  ["eventlet", /It takes sync, gthread or gevent: eventlet is not developed any more/],
  ["gevent_wsgi", /It takes sync, gthread or gevent: gevent is meant/],
  ["threads", /It takes sync, gthread or gevent\.$/m],
] as const) {
  test(`--worker-class ${word} is refused, with what to use instead`, async () => {
    const { code, stderr } = await runCommand(["-k", word, "app"]);
    assert.equal(code, 1);
    assert.match(stderr, sentence);
  });
}

void describe("greenlets", { skip: noGevent }, () => {
  for (const preload of [[], ["--preload"]]) {
    test(`${WAITING} requests wait in one process at the same time ${preload.join("")}`, async () => {
      await withLifeServer([...GREEN, ...preload], async (life) => {
        const clients = await Promise.all(Array.from({ length: WAITING }, life.client));
        for (const [index, client] of clients.entries()) {
          client.send(lifeRequest(`/wait?id=${index}`));
        }
        // All are inside the application before any of them is answered.
        await until(BOUND_MS, () => {
          const count = life.started().length;
          return count === WAITING ? null : `${count} have started`;
        });
        life.tell();
        const answers = await Promise.all(clients.map((client) => client.answer()));
        const pids = new Set(answers.map(({ text }) => text.split(" ").at(-1)));
        assert.equal(pids.size, 1);
        for (const [index, { text }] of answers.entries()) {
          assert.ok(text.startsWith(`${index} `), text);
        }
      });
    });
  }

  test('PEP 3333 "Thread Support": wsgi.multithread is true', async () => {
    await withLifeServer([...GREEN], async (life) => {
      const client = await life.client();
      client.send(lifeRequest("/environ?key=wsgi.multithread"));
      assert.equal((await client.answer()).text, "True");
    });
  });

  test("wire §3.2: beyond --worker-connections a request runs on another worker, or waits", async () => {
    const args = [...GREEN, "--workers", "2", "--worker-connections", "2"];
    await withLifeServer(args, async (life) => {
      const running = [];
      for (const id of ["a", "b", "c", "d"]) running.push(await begin(life, "/wait", id));
      const fifth = await life.client();
      fifth.send(lifeRequest("/work?id=e"));
      await frontHasRead(life);
      assert.ok(!life.started().includes("e"));
      life.tell();
      const texts = await Promise.all(running.map(async (client) => (await client.answer()).text));
      const pids = texts.map((text) => text.split(" ").at(-1));
      for (const pid of pids) assert.equal(pids.filter((other) => other === pid).length, 2);
      assert.equal((await fifth.answer()).status, 200);
    });
  });

  test("wire §5.12: a request that is over keeps its slot while close() runs", async () => {
    const args = [...GREEN, "--worker-connections", "1", "--timeout", "60"];
    await withLifeServer(args, async (life) => {
      const first = await begin(life, "/wait-in-close", "x");
      assert.equal((await first.answer()).text, "x");
      const second = await life.client();
      second.send(lifeRequest("/work?id=y"));
      await frontHasRead(life);
      assert.ok(!life.started().includes("y"));
      life.tell();
      assert.match((await second.answer()).text, /^y /);
      assert.ok(life.started().indexOf("closed x") < life.started().indexOf("y"));
    });
  });

  test("wire §7.1: an answer that nobody reads stops one greenlet, and no other", async () => {
    const small = ["--response-buffer", "64k", "--response-temp-limit", "0"];
    await withLifeServer([...GREEN, ...small], async (life) => {
      const reader = await life.client();
      reader.socket.pause();
      reader.send(lifeRequest("/endless?id=e"));
      await life.noted("e");
      const other = await life.client();
      for (let count = 0; count < 20; count++) {
        other.send(lifeRequest("/work?id=w"));
        assert.match((await other.answer()).text, /^w /);
      }
      reader.destroy();
      // wire §4.4: the greenlet that waited for credit is told that its client has gone.
      await life.noted("closed e");
    });
  });

  test("wire §4.8: a greenlet that never lets go is ended with its process; what was not started runs elsewhere", async () => {
    const times = ["--timeout", "2", "--timeout-grace", "2"];
    await withLifeServer([...GREEN, ...times], async (life) => {
      const stubborn = await begin(life, "/stubborn", "s");
      const behind = await life.client();
      behind.send(lifeRequest("/work?id=b"));
      assert.equal((await stubborn.answer()).status, 504);
      assert.match((await behind.answer()).text, /^b /);
      assert.equal(life.started().filter((id) => id === "b").length, 1);
      await life.server.waitForLog(/is not free of .*\/stubborn/);
    });
  });

  test("--max-requests and HUP under load: every answer is right", async () => {
    const args = [...GREEN, "--workers", "2", "--max-requests", "100"];
    await withLifeServer(args, async (life) => {
      const load = await startLoad(life, { connections: 16, ms: 2 });
      await load.further(500);
      process.kill(life.server.pid, "SIGHUP");
      await life.server.waitForLog(/Reloaded in/);
      await load.further(500);
      assert.deepEqual(await load.stop(), []);
      assert.ok(load.workers().size > 2);
      assert.doesNotMatch(life.server.stderr(), /\[(ERROR|WARNING)\]/);
    });
  });

  test("TERM: requests that wait are finished first", async () => {
    await withLifeServer([...GREEN], async (life) => {
      const clients = [];
      for (const id of ["a", "b", "c"]) clients.push(await begin(life, "/wait", id));
      const stopped = life.server.stop();
      await life.server.waitForLog(/Stopping \(SIGTERM\)/);
      life.tell();
      for (const client of clients) assert.equal((await client.answer()).status, 200);
      assert.equal((await stopped).code, 0);
    });
  });

  test("TERM to the worker: what it runs is finished, what comes next runs in its successor", async () => {
    await withLifeServer([...GREEN], async (life) => {
      const { worker } = await askPids(await life.client());
      const running = await begin(life, "/wait", "a");
      process.kill(worker, "SIGTERM");
      const next = await life.client();
      next.send(lifeRequest("/work?id=n"));
      life.tell();
      assert.match((await running.answer()).text, new RegExp(` ${worker}$`));
      assert.match((await next.answer()).text, /^n /);
      await until(BOUND_MS, () => (isAlive(worker) ? "the worker lives" : null));
    });
  });

  test("wire §1.2: kill -9 of the front while greenlets wait and one computes leaves no process", async () => {
    await withLifeServer([...GREEN, "--workers", "2"], async (life) => {
      for (const id of ["a", "b"]) await begin(life, "/wait", id);
      await begin(life, "/spin", "c");
      life.killFront();
      assert.deepEqual(await life.folder.allGone(BOUND_MS), []);
    });
  });

  test("a process that a greenlet forks does not come back as a worker", async () => {
    await withLifeServer([...GREEN], async (life) => {
      const waiting = await begin(life, "/wait", "w");
      const client = await life.client();
      client.send(lifeRequest("/fork?id=f"));
      assert.equal((await client.answer()).text, "f parent");
      life.tell();
      assert.match((await waiting.answer()).text, /^w /);
      assert.equal(life.started().filter((id) => id === "f").length, 1);
    });
  });

  test("lines of greenlets to wsgi.errors are not mixed", async () => {
    await withLifeServer([...GREEN], async (life) => {
      const clients = [];
      for (const id of ["one", "two"]) clients.push(await begin(life, "/half-lines", id));
      life.tell();
      for (const client of clients) assert.equal((await client.answer()).status, 200);
      await life.server.waitForLog(/^one begins, one ends$/m);
      await life.server.waitForLog(/^two begins, two ends$/m);
    });
  });
});
