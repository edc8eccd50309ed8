/** --workers LEAST..MOST: the number of workers follows the load, and no request notices. */
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type LifeServer,
  askPids,
  isAlive,
  lifeRequest,
  withLifeServer,
} from "../../support/life-server.ts";
import { startLoad } from "../../support/load.ts";
import { runCommand } from "../../support/server.ts";
import { until } from "../../support/server-processes.ts";

const BOUND_MS = 30_000;
const QUICK = ["--worker-idle-timeout", "1"] as const;

function wanted(life: LifeServer, text: string): Promise<string> {
  return life.server.waitForLog(new RegExp(text.replace(/[.()]/g, "\\$&")));
}

for (const preload of [[], ["--preload"]]) {
  test(`requests wait: workers come up to the most; afterwards they leave down to the least ${preload.join("")}`, async () => {
    await withLifeServer(["--workers", "1..3", ...QUICK, ...preload], async (life) => {
      const load = await startLoad(life, { connections: 6, ms: 50 });
      await wanted(life, "3 workers are wanted now");
      while (load.workers().size < 3) await load.further(20);
      assert.deepEqual(await load.stop(), []);
      const all = [...load.workers()];
      await wanted(life, "1 worker is wanted now: the others are enough (--workers 1..3)");
      await until(BOUND_MS, () => {
        const count = all.filter(isAlive).length;
        return count === 1 ? null : `${count} workers live`;
      });
      assert.doesNotMatch(life.server.stderr(), /\[(ERROR|WARNING)\]/);
      const client = await life.client();
      assert.ok(all.includes((await askPids(client)).worker));
    });
  });
}

test("a worker with a request does not leave, an idle one does", async () => {
  await withLifeServer(["--workers", "1..3", ...QUICK], async (life) => {
    const clients = await Promise.all(Array.from({ length: 4 }, life.client));
    for (const [index, client] of clients.entries()) {
      client.send(lifeRequest(`/wait?id=${index}`));
    }
    // Workers have come for the second request and the third, and have them.
    await life.noted("2");
    life.tell();
    const pids = new Set<number>();
    for (const client of clients) pids.add(Number((await client.answer()).text.split("  ")[1]));
    assert.equal(pids.size, 3);
    life.untell();
    const [busy] = clients;
    busy!.send(lifeRequest("/wait?id=long"));
    await life.noted("long");
    await wanted(life, "2 workers are wanted now: the others are enough");
    await until(BOUND_MS, () => {
      const count = [...pids].filter(isAlive).length;
      return count === 2 ? null : `${count} workers live`;
    });
    life.tell();
    const pid = Number((await busy!.answer()).text.split("  ")[1]);
    assert.ok(isAlive(pid));
  });
});

test("HUP: the new generation has as many workers as the load has asked for", async () => {
  await withLifeServer(["--workers", "1..3"], async (life) => {
    const load = await startLoad(life, { connections: 6, ms: 50 });
    await wanted(life, "3 workers are wanted now");
    while (load.workers().size < 3) await load.further(20);
    process.kill(life.server.pid, "SIGHUP");
    await wanted(life, "3 new workers serve");
    assert.deepEqual(await load.stop(), []);
  });
});

test("TTIN and TTOU move both ends of the range", async () => {
  await withLifeServer(["--workers", "1..2", ...QUICK], async (life) => {
    process.kill(life.server.pid, "SIGTTIN");
    await wanted(life, "2 workers are wanted now.");
    const load = await startLoad(life, { connections: 6, ms: 50 });
    await wanted(life, "(--workers 2..3)");
    while (load.workers().size < 3) await load.further(20);
    assert.deepEqual(await load.stop(), []);
    await wanted(life, "2 workers are wanted now: the others are enough (--workers 2..3)");
    process.kill(life.server.pid, "SIGTTOU");
    await wanted(life, "1 worker is wanted now.");
  });
});

for (const text of ["0..2", "3..2", "2..", "..4", "2..1025", "1...3", "auto..4"]) {
  test(`--workers ${text} is refused`, async () => {
    const { code, stderr } = await runCommand(["--workers", text, "app"]);
    assert.equal(code, 1);
    assert.match(stderr, /It takes a whole number from 1 to 1024, two such as 2\.\.8, or auto\./);
  });
}
