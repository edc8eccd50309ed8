/** Workers that die at boot again and again: fewer and fewer are started, and the server stays up. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { RawClient } from "../support/raw-client.ts";
import { lifeRequest } from "../support/life-server.ts";
import { until } from "../support/server-processes.ts";
import type { Abuse } from "./abuse.ts";
import { WORKERS } from "./standing-server.ts";

/** The pause between two starts may have grown to half a minute. */
const BOUND_MS = 90_000;
/** The first death is followed by a start at once. */
const FEWEST = 3;

async function ask(port: number, path: string): Promise<number> {
  const client = await RawClient.open(port);
  client.send(lifeRequest(path));
  const { status } = await client.answer();
  client.destroy();
  return status;
}

export const bootAbuses: readonly Abuse[] = [
  {
    title: "workers that die at boot again and again",
    args: [],
    shortSize: 5,
    fullSize: 12,
    unit: "deaths",
    run: async ({ port, life }, deaths) => {
      const size = Math.max(FEWEST, deaths);
      const { server, folder } = life;
      const boots = (): number => life.started().filter((note) => note === "boot").length;
      const file = join(folder.path, "slow.boot");
      const logged = server.stderr().length;
      writeFileSync(file, "");
      const before = boots();
      // One worker is left, and serves.
      assert.equal(await ask(port, "/exit"), 502);
      const dead = (count: number): Promise<void> =>
        until(BOUND_MS, () => (boots() - before >= count ? null : `${boots() - before} boots`));
      await until(BOUND_MS, async () => {
        assert.equal(await ask(port, "/hello"), 200);
        return boots() - before >= Math.floor(size / 2) ? null : `${boots() - before} boots`;
      });
      // None is left: requests wait.
      assert.equal(await ask(port, "/exit"), 502);
      const waits = await RawClient.open(port);
      waits.send(lifeRequest("/hello"));
      await dead(size);
      assert.equal(waits.receivedBytes, 0);
      rmSync(file);
      await until(BOUND_MS, () => (waits.receivedBytes > 0 ? null : "no worker comes back"));
      assert.equal((await waits.answer()).status, 200);
      waits.destroy();
      // The nursery is one of the processes.
      await until(BOUND_MS, () =>
        folder.processes().length === WORKERS + 1 ? null : "not all workers are back",
      );
      const log = server.stderr().slice(logged);
      assert.match(
        log,
        /worker \d+ ended with exit code 5 before it was ready; another one starts in [\d.]+ s\./,
      );
      const lines = log.split("\n").length - 1;
      assert.ok(lines <= size * 2 + 10, `${lines} lines are logged:\n${log}`);
    },
  },
];
