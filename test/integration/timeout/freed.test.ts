/** Applications that hang where an exception reaches them: the thread is free again, the process stays. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { noGevent } from "../../support/gevent.ts";
import { type LifeServer, lifeRequest } from "../../support/life-server.ts";
import { ask, withHangingServer, workerOf } from "./hanging.ts";

const GREENLETS = ["-k", "gevent"] as const;

for (const [how, path, place, what, args] of [
  ["sleeps", "/sleep", "time.sleep(HANG_SECONDS)", "1 thread", []],
  ["spins", "/spin", "while time.monotonic() < until:", "1 thread", []],
  ["waits for a lock", "/lock", "lock.acquire(timeout=HANG_SECONDS)", "1 thread", []],
  ["tries again after each Exception", "/retry", "time.sleep(0.1)", "1 thread", []],
  ["spins", "/spin", "while time.monotonic() < until:", "3 threads", ["--threads", "3"]],
  [
    "tries again after each Exception",
    "/retry",
    "time.sleep(0.1)",
    "3 threads",
    ["--threads", "3"],
  ],
  ["sleeps", "/sleep", "time.sleep(HANG_SECONDS)", "greenlets", GREENLETS],
  ["spins", "/spin", "while time.monotonic() < until:", "greenlets", GREENLETS],
  ["waits for a lock", "/lock", "lock.acquire(timeout=HANG_SECONDS)", "greenlets", GREENLETS],
  ["tries again after each Exception", "/retry", "time.sleep(0.1)", "greenlets", GREENLETS],
] as const) {
  const title = `wire §4.8: an application that ${how} is ended with 504 and its stack logged, ${what}`;
  const needsGevent = args === GREENLETS ? noGevent : false;
  test(title, { skip: needsGevent }, async () => {
    await withHangingServer([...args], async (life) => {
      const before = await workerOf(life);
      const { answer, sentAtMs } = await ask(life, `${path}?id=x`);
      const { status, text } = await answer();
      assert.equal(status, 504);
      const id = /^Request ID: (\S+)$/m.exec(text)?.[1];
      assert.ok(performance.now() - sentAtMs >= 999, "too early");
      await life.noted("end x");
      const line = `request=${id} GET ${path}\\?id=x worker=${before}: the application has produced`;
      await life.server.waitForLog(new RegExp(line));
      const where = new RegExp(`its \\w+ was here[^]*\\n +${place.replace(/[().]/g, "\\$&")}`);
      await life.server.waitForLog(where);
      // With threads another one may be waiting for its turn meanwhile; the process is the same.
      assert.equal(await workerOf(life), before);
      assert.doesNotMatch(life.server.stderr(), /threading\.py|wizgy_worker|is killed/);
    });
  });
}

test("its `finally` blocks run, and what is raised is not logged a second time", async () => {
  await withHangingServer([], async (life) => {
    assert.equal((await (await ask(life, "/sleep?id=x")).answer()).status, 504);
    await life.noted("finally x");
    await workerOf(life);
    assert.doesNotMatch(life.server.stderr(), /the application raised/);
  });
});

test("an answer that has begun is cut when the next block does not come", async () => {
  await withHangingServer([], async (life) => {
    const { status, text, complete } = await (await ask(life, "/midway?id=x")).answer();
    assert.deepEqual([status, text, complete], [200, "onetwo", false]);
    await life.noted("finally x");
    await workerOf(life);
  });
});

for (const path of ["/close", "/behind"]) {
  test(`wire §5.12: ${path}: the answer is complete at once, and the thread free after --timeout`, async () => {
    await withHangingServer([], async (life) => {
      const before = await workerOf(life);
      const { status, text, complete } = await (await ask(life, `${path}?id=x`)).answer();
      assert.deepEqual([status, text, complete], [200, "complete", true]);
      // It waits: the only thread is in the application.
      assert.equal(await workerOf(life), before);
      await life.server.waitForLog(/is over, but the application has kept its thread for/);
      if (path === "/close") await life.noted("closed x");
    });
  });
}

test("wire §5.12: a request that comes while close() runs long is run when it has returned", async () => {
  await withHangingServer(["--timeout", "30"], async (life) => {
    const pid = await workerOf(life);
    const { text } = await (await ask(life, "/slow-close?id=x&ms=700")).answer();
    assert.equal(text, `complete ${pid}`);
    const second = await ask(life, "/work?id=y");
    assert.equal((await second.answer()).status, 200);
    assert.ok(life.started().indexOf("closed x") < life.started().indexOf("start y"));
  });
});

test("each block starts the time anew: an answer may take longer than --timeout in all", async () => {
  await withHangingServer(["--timeout", "2"], async (life) => {
    const { status, text, complete } = await (await ask(life, "/steps?ms=300")).answer();
    assert.deepEqual([status, text, complete], [200, "01234567", true]);
  });
});

test("wire §7.1: the time that an application waits for a client who doesn't read does not count", async () => {
  const args = ["--threads", "2", "--response-temp-limit", "0", "--response-buffer", "16k"];
  await withHangingServer(args, async (life) => {
    const client = await life.client();
    client.socket.pause();
    client.send(lifeRequest("/large?id=x"));
    await longerThanTheTimeout(life);
    assert.ok(!life.started().includes("sent x"));
    client.socket.resume();
    await life.noted("sent x");
    assert.doesNotMatch(life.server.stderr(), /produced nothing/);
  });
});

test("the time that an application waits for the body that its client sends does not count", async () => {
  await withHangingServer(["--threads", "2", "--no-request-buffering"], async (life) => {
    const client = await life.client();
    client.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    await longerThanTheTimeout(life);
    client.send("world");
    const { status, text } = await client.answer();
    assert.deepEqual([status, text], [200, "10"]);
  });
});

test("an application that hangs behind a streamed body has its time from the body's end", async () => {
  await withHangingServer(["--no-request-buffering"], async (life) => {
    const client = await life.client();
    client.send("POST /read-and-hang HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhello");
    client.send("world");
    assert.equal((await client.answer()).status, 504);
  });
});

test("a request whose client has gone keeps no thread for longer, either", async () => {
  await withHangingServer([], async (life) => {
    const before = await workerOf(life);
    const client = await life.client();
    client.send(lifeRequest("/sleep?id=x"));
    await life.noted("start x");
    client.socket.resetAndDestroy();
    await life.noted("finally x");
    assert.equal(await workerOf(life), before);
  });
});

test("a request that runs long is logged while it runs, once", async () => {
  await withHangingServer(["--slow-request-log", "0.2"], async (life) => {
    const { answer } = await ask(life, "/sleep?id=x");
    await life.noted("start x");
    await life.server.waitForLog(
      / GET \/sleep\?id=x worker=\d+: has run for 0\.\d s without an answer/,
    );
    assert.ok(!life.started().includes("finally x"), "it had ended before it was logged");
    assert.equal((await answer()).status, 504);
    assert.equal(life.server.stderr().match(/without an answer/g)?.length, 1);
  });
});

/** Another request as a clock: its blocks are 300 ms apart and come for longer than --timeout. */
async function longerThanTheTimeout(life: LifeServer): Promise<void> {
  assert.equal((await (await ask(life, "/steps?ms=300")).answer()).complete, true);
}
