/** Applications that hang where no exception reaches them: the process is replaced, its other requests are not lost. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { isAlive } from "../../support/life-server.ts";
import { until } from "../../support/server-processes.ts";
import { ask, withHangingServer, workerOf } from "./hanging.ts";

for (const [how, path, threads] of [
  ["catches whatever is raised and goes on", "/never-mind", 1],
  ["is in C code that holds the interpreter", "/hold-interpreter", 1],
  ["is in C code that holds the interpreter", "/hold-interpreter", 3],
] as const) {
  test(`wire §4.8: an application that ${how}: 504, another worker, then the process is killed, ${threads} threads`, async () => {
    await withHangingServer(["--threads", String(threads)], async (life) => {
      const before = await workerOf(life);
      const { answer } = await ask(life, `${path}?id=x`);
      assert.equal((await answer()).status, 504);
      await life.server.waitForLog(
        /is not free of request=\S+ GET \S+ and gets no more requests; another one takes its place/,
      );
      assert.notEqual(await workerOf(life), before);
      await life.server.waitForLog(
        /was not free of request=\S+ GET \S+ 3 s after its time was up \(--timeout-grace\) and is killed/,
      );
      await until(5_000, () => (isAlive(before) ? "the worker lives" : null));
    });
  });
}

test("where C code holds the interpreter the stacks are written nevertheless", async () => {
  await withHangingServer([], async (life) => {
    assert.equal((await (await ask(life, "/hold-interpreter?id=x")).answer()).status, 504);
    await life.server.waitForLog(/It does not answer: C code may be holding the interpreter/);
    await life.server.waitForLog(/File ".*hanging\.py", line \d+ in do_hold_interpreter/);
  });
});

test("wire §6.2: requests that a hanging worker had not started run elsewhere", async () => {
  await withHangingServer(["--threads", "4"], async (life) => {
    const before = await workerOf(life);
    const hanging = await ask(life, "/hold-interpreter?id=x");
    await life.noted("start x");
    // It gets these, and can't start them.
    const others = await Promise.all(["a", "b", "c"].map((id) => ask(life, `/work?id=${id}`)));
    assert.equal((await hanging.answer()).status, 504);
    for (const { answer } of others) {
      const { status, text } = await answer();
      assert.equal(status, 200, text);
      assert.notEqual(Number(text.split(" ").at(-1)), before);
    }
    const starts = life.started().filter((note) => /^start [abc]$/.test(note));
    assert.deepEqual(starts.toSorted(), ["start a", "start b", "start c"]);
  });
});

test("the requests of the other threads finish before the process is killed", async () => {
  await withHangingServer(["--threads", "3"], async (life) => {
    const before = await workerOf(life);
    const hanging = await ask(life, "/never-mind?id=x");
    await life.noted("start x");
    // Its last block comes when the worker has been told to leave.
    const other = await ask(life, "/steps?ms=300");
    assert.equal((await hanging.answer()).status, 504);
    const { status, text, complete } = await other.answer();
    assert.deepEqual([status, text, complete], [200, "01234567", true]);
    await until(8_000, () => (isAlive(before) ? "the worker lives" : null));
  });
});

test("two hung requests under load: 504 to both, their stacks in the log, nobody else hurt", async () => {
  const args = ["--workers", "2", "--threads", "2", "--timeout", "3"];
  await withHangingServer(args, async (life) => {
    let done = false;
    let answered = 0;
    const load = Array.from({ length: 8 }, async (_, number) => {
      const client = await life.client();
      for (let round = 0; !done; round++) {
        const id = `${number}-${round}`;
        client.send(`GET /work?ms=2&id=${id} HTTP/1.1\r\nHost: a\r\n\r\n`);
        const { status, text } = await client.answer();
        assert.equal(status, 200, text);
        assert.ok(text.startsWith(`${id}  `), `${id} got ${text}`);
        answered++;
      }
    });
    const hung = await Promise.all([ask(life, "/sleep?id=x"), ask(life, "/lock?id=y")]);
    try {
      for (const { answer, sentAtMs } of hung) {
        assert.equal((await answer()).status, 504);
        assert.ok(performance.now() - sentAtMs >= 2_999, "too early");
      }
      const before = answered;
      await until(8_000, () => (answered > before + 200 ? null : "the load stands still"));
    } finally {
      done = true;
      await Promise.all(load);
    }
    await life.server.waitForLog(/its thread was here[^]*time\.sleep\(HANG_SECONDS\)/);
    await life.server.waitForLog(/its thread was here[^]*lock\.acquire\(timeout=HANG_SECONDS\)/);
    const twice = life.started().filter((note, at, all) => all.indexOf(note) !== at);
    assert.deepEqual(twice, []);
  });
});
