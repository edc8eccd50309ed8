import assert from "node:assert/strict";
import { Socket } from "node:net";
import { type TestContext, test } from "node:test";

import type { WorkerExit } from "../../src/workers/nursery.ts";
import { WorkerEndings } from "../../src/workers/worker-endings.ts";
import { WorkerHandle } from "../../src/workers/worker-handle.ts";

const PID = 42;
const EXIT: WorkerExit = {
  worker: 1,
  pid: PID,
  status: 0,
  startedNumber: 0,
  outboxOrigin: 0,
  outbox: Buffer.alloc(0),
};
/** Longer than a HELLO is waited for. */
const LONG_MS = 60_000;

interface Fixture {
  readonly endings: WorkerEndings;
  readonly worker: WorkerHandle;
  /** What was asked of the nursery, and what was told, in order. */
  readonly told: string[];
  /** The nursery that forked the worker has died. */
  readonly losesNursery: () => void;
}

function fixture(): Fixture {
  const told: string[] = [];
  let hasNursery = true;
  const endings = new WorkerEndings(
    {
      isParentOf: () => hasNursery,
      kill: (pid) => told.push(`kill ${pid}`),
      release: (pid) => told.push(`release ${pid}`),
    },
    {
      onEnded: ({ pid }, exit) => told.push(`${pid} ended ${exit?.status ?? "somehow"}`),
      onEndedUnseen: ({ pid }) => told.push(`${pid} ended unseen`),
    },
  );
  const worker = new WorkerHandle(new Socket(), PID, 1, {
    onReady: () => {},
    onBootFailed: () => {},
    onRoom: () => {},
    onHandedBack: () => {},
    onLog: () => {},
    onWorn: () => {},
    onLinkEnd: () => {},
  });
  return { endings, worker, told, losesNursery: () => (hasNursery = false) };
}

function withoutTime(t: TestContext): (ms: number) => void {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  return (ms) => t.mock.timers.tick(ms);
}

test("a worker has ended when its report and the end of its link have come", () => {
  const { endings, worker, told } = fixture();
  worker.ready = true;
  endings.noteExit(worker, EXIT);
  assert.ok(worker.processEnded && !worker.ready, "nothing is written to it any more");
  assert.deepEqual(told, ["release 42"]);
  endings.noteLinkEnd(worker);
  assert.deepEqual(told, ["release 42", "42 ended 0"]);
});

test("a link that ends before the report was cut by us: the process is killed, and its report awaited", () => {
  const { endings, worker, told } = fixture();
  endings.noteLinkEnd(worker);
  assert.deepEqual(told, ["kill 42"]);
  endings.noteExit(worker, EXIT);
  assert.deepEqual(told, ["kill 42", "release 42", "42 ended 0"]);
});

test("wire §6.3: without a nursery that reports, a worker has ended when its link has", () => {
  const { endings, worker, told, losesNursery } = fixture();
  losesNursery();
  endings.noteLinkEnd(worker);
  assert.deepEqual(told, ["release 42", "42 ended somehow"]);
});

test("wire §6.3: when the nursery dies the reports that were waited for will not come", () => {
  const { endings, worker, told, losesNursery } = fixture();
  endings.noteLinkEnd(worker);
  losesNursery();
  endings.noteNurseryEnd();
  endings.noteNurseryEnd();
  assert.deepEqual(told, ["kill 42", "release 42", "42 ended somehow"]);
});

test("a report that comes before the HELLO is kept for it, and the end of the link is awaited", (t) => {
  const wait = withoutTime(t);
  const { endings, worker, told } = fixture();
  endings.noteExit(undefined, EXIT);
  endings.noteGreeted(worker);
  assert.ok(worker.processEnded);
  wait(LONG_MS);
  assert.deepEqual(told, ["release 42"]);
  endings.noteLinkEnd(worker);
  assert.deepEqual(told, ["release 42", "42 ended 0"]);
});

test("who has died and says no HELLO has ended unseen, once", (t) => {
  const wait = withoutTime(t);
  const { endings, worker, told } = fixture();
  endings.noteExit(undefined, EXIT);
  assert.deepEqual(told, ["release 42"]);
  wait(LONG_MS);
  assert.deepEqual(told, ["release 42", "42 ended unseen"]);
  endings.noteGreeted(worker);
  assert.ok(!worker.processEnded, "another process has the number by then");
});
