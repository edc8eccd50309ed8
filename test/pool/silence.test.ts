import assert from "node:assert/strict";
import { test } from "node:test";

import type { Job } from "../../src/pool/job.ts";
import { Silence, type SilenceLimits } from "../../src/pool/silence.ts";
import { NotedJob } from "./jobs.ts";

const LIMITS: SilenceLimits = { timeoutMs: 1000, slowMs: 400 };

class Worker {
  threads = 1;
  readonly jobs: Map<number, Job> = new Map();
  readonly held: Map<number, Job | null> = new Map();
  readonly #silence: Silence;

  constructor(limits: SilenceLimits = LIMITS) {
    this.#silence = new Silence(limits);
  }

  start(number: number): NotedJob {
    const job = new NotedJob(`job ${number}`);
    this.jobs.set(number, job);
    return job;
  }

  /** "kind number silentMs" of what is found. */
  look(nowMs: number): string[] {
    return this.#silence
      .look(this, nowMs)
      .map(({ kind, number, silentMs }) => `${kind} ${number} ${silentMs}`);
  }
}

test("a request that produces nothing is slow, then its time is up, each told once", () => {
  const worker = new Worker();
  worker.start(1);
  const told = [0, 399, 400, 800, 999, 1000, 1500, 2500].map((nowMs) => worker.look(nowMs));
  assert.deepEqual(told, [[], [], ["slow 1 400"], [], [], ["timeout 1 1000"], [], []]);
});

test("what is produced starts the time anew, and a request that has produced something isn't slow", () => {
  const worker = new Worker();
  const job = worker.start(1);
  worker.look(0);
  job.progressed = 200;
  assert.deepEqual(worker.look(900), []);
  assert.deepEqual(worker.look(1800), []);
  assert.deepEqual(worker.look(1900), ["timeout 1 1000"]);
});

test("a request that waits for its client has all its time after that", () => {
  const worker = new Worker();
  const job = worker.start(1);
  job.progressed = -1;
  for (const nowMs of [0, 1000, 5000]) assert.deepEqual(worker.look(nowMs), []);
  job.progressed = 0;
  assert.deepEqual(worker.look(5100), []);
  assert.deepEqual(worker.look(6099), ["slow 1 999"]);
  assert.deepEqual(worker.look(6100), ["timeout 1 1000"]);
});

test("wire §3.2: only as many requests can be running as there are threads", () => {
  const worker = new Worker();
  worker.threads = 2;
  for (const number of [1, 2, 3]) worker.start(number);
  worker.look(0);
  assert.deepEqual(worker.look(1000), ["timeout 1 1000", "timeout 2 1000"]);
  // The third one is started now, and its time begins.
  worker.jobs.delete(1);
  assert.deepEqual(worker.look(1100), []);
  assert.deepEqual(worker.look(2100), ["timeout 3 1000"]);
});

test("wire §5.12: a request that is over has its time as long as it keeps its thread", () => {
  const worker = new Worker();
  const job = worker.start(1);
  worker.start(2);
  worker.look(0);
  worker.jobs.delete(1);
  worker.held.set(1, job);
  assert.deepEqual(worker.look(900), []);
  assert.deepEqual(worker.look(1899), []);
  assert.deepEqual(worker.look(1900), ["timeout 1 1000"]);
});

test("a request that ended is forgotten", () => {
  const worker = new Worker();
  worker.start(1);
  worker.look(0);
  worker.jobs.delete(1);
  worker.look(500);
  worker.start(1);
  assert.deepEqual(worker.look(1200), []);
});

test("--timeout 0 and --slow-request-log 0: there is no such time", () => {
  for (const [limits, expected] of [
    [{ timeoutMs: 0, slowMs: 400 }, ["slow 1 9000"]],
    [{ timeoutMs: 1000, slowMs: 0 }, ["timeout 1 9000"]],
  ] as const) {
    const worker = new Worker(limits);
    worker.start(1);
    worker.look(0);
    assert.deepEqual(worker.look(9000), expected);
  }
});
