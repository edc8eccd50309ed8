import assert from "node:assert/strict";
import { test } from "node:test";

import {
  type Serving,
  type StartUp,
  describeWorker,
  renderServing,
  renderStartUp,
  servedNames,
  sumServing,
} from "../../src/control/start-up.ts";

const START_UP: StartUp = {
  version: "1.2.3",
  app: "shop:app",
  python: "CPython 3.11.7",
  pythonOrigin: "the active virtual environment",
  workers: 1,
  mostWorkers: 1,
  each: "",
  config: null,
  addresses: ["http://127.0.0.1:8000"],
  fronts: 1,
};

test("the start-up block says what runs where, and ends with what to type next", () => {
  assert.equal(
    renderStartUp(START_UP),
    `wizgy 1.2.3 is serving shop:app
  at      http://127.0.0.1:8000
  python  CPython 3.11.7 (the active virtual environment)
  with    1 worker

Open http://127.0.0.1:8000 in a browser, or: curl -i http://127.0.0.1:8000/
Press Ctrl-C to stop. All options: wizgy --help`,
  );
});

test("workers, and what each of them has, are counted", () => {
  const lineOf = (workers: number, workerClass: "sync" | "gevent", threads: number): string => {
    const each = describeWorker({ workerClass, threads, workerConnections: 1000 });
    return renderStartUp({ ...START_UP, workers, mostWorkers: workers, each }).split("\n")[3]!;
  };
  assert.equal(lineOf(2, "sync", 1), "  with    2 workers");
  assert.equal(lineOf(2, "sync", 4), "  with    2 workers of 4 threads");
  assert.equal(lineOf(1, "gevent", 4), "  with    1 worker of 1000 greenlets");
  const range = renderStartUp({ ...START_UP, workers: 2, mostWorkers: 8, each: "4 threads" });
  assert.equal(range.split("\n")[3], "  with    2 to 8 workers of 4 threads");
});

test("the settings file is named", () => {
  const lines = renderStartUp({ ...START_UP, config: "wizgy.toml" }).split("\n");
  assert.equal(lines[4], "  config  wizgy.toml");
});

test("every address has a line; the first one is the one to try", () => {
  const addresses = ["http://[::1]:8000", "http://127.0.0.1:8000"];
  const lines = renderStartUp({ ...START_UP, addresses }).split("\n");
  assert.deepEqual(lines.slice(1, 3), [
    "  at      http://[::1]:8000",
    "  at      http://127.0.0.1:8000",
  ]);
  assert.ok(lines.at(-2)?.endsWith("curl -i http://[::1]:8000/"));
});

test("an address on every interface is tried on this machine's own", () => {
  for (const [address, own] of [
    ["http://0.0.0.0:8000", "http://127.0.0.1:8000"],
    ["https://[::]:8443", "https://[::1]:8443"],
  ] as const) {
    const block = renderStartUp({ ...START_UP, addresses: [address] });
    assert.ok(block.includes(`  at      ${address}\n`), "it stands as it was bound");
    assert.ok(block.includes(`Open ${own} in a browser, or: curl -i ${own}/\n`), block);
  }
});

test("a Unix socket is tried with the option of curl that reaches it", () => {
  const block = renderStartUp({ ...START_UP, addresses: ["unix:/run/shop.sock"] });
  assert.match(block, /curl --unix-socket \/run\/shop\.sock http:\/\/localhost\/$/m);
});

test("several fronts: their workers add up, and there is one block", () => {
  const part: Serving = { kind: "application", ...START_UP, each: "4 threads" };
  const sum = sumServing([
    { ...part, workers: 3 },
    { ...part, workers: 2 },
  ]);
  assert.match(renderServing(sum), /^ {2}with {4}5 workers of 4 threads behind 2 fronts$/m);
});

test("several fronts: the workers of each site add up", () => {
  const site = { app: "a", python: "p", state: "serving", host: null, path: "/" } as const;
  const part = (first: number, second: number): Serving => ({
    kind: "sites",
    version: "1",
    config: null,
    addresses: ["unix:/s"],
    fronts: 1,
    sites: [
      { ...site, name: "one", workers: first, mostWorkers: first },
      { ...site, name: "two", workers: second, mostWorkers: second + 1 },
    ],
  });
  const sum = sumServing([part(2, 1), part(1, 1)]);
  assert.equal(servedNames(sum), "one two");
  assert.match(
    renderServing(sum),
    /one: a \(3 workers, p\)\n {2}site {4}two: a \(2 to 4 workers, p\)\n {2}with {4}2 fronts$/m,
  );
});
