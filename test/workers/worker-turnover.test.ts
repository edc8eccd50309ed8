import assert from "node:assert/strict";
import { test } from "node:test";

import { type WorkerPlace, WorkerPlaces } from "../../src/workers/worker-places.ts";
import { WorkerTurnover } from "../../src/workers/worker-turnover.ts";

/** A generation without processes: the test says when workers come, are ready and go. */
class Stage {
  readonly places: WorkerPlaces = new WorkerPlaces();
  readonly workers: Map<number, { isIdle: boolean }> = new Map();
  readonly log: string[] = [];
  /** Places for which a worker was asked, in order. */
  readonly wanted: WorkerPlace[] = [];
  /** Workers that were told to leave, in order. */
  readonly unwanted: number[] = [];
  readonly turnover: WorkerTurnover;

  /** @param pids - of workers that serve. */
  constructor(pids: readonly number[], isShared = pids.length > 1) {
    this.turnover = new WorkerTurnover(
      this.places,
      this.workers,
      isShared,
      { write: (_, text) => this.log.push(text) },
      {
        onWanted: (place) => {
          this.ask(place);
          this.wanted.push(place);
        },
        onUnwanted: ({ pid }) => this.unwanted.push(pid),
      },
    );
    for (const pid of pids) {
      this.fork(this.ask(this.places.add(null)), pid);
      this.ready(pid);
    }
  }

  /** The nursery is asked for a worker. */
  ask(place: WorkerPlace): WorkerPlace {
    place.pid = -1;
    place.isAlone = !this.turnover.isShared;
    return place;
  }

  /** The nursery says who is in the place. */
  fork(place: WorkerPlace, pid: number): boolean {
    place.pid = pid;
    return this.turnover.noteForked(place);
  }

  ready(pid: number): void {
    this.workers.set(pid, { isIdle: true });
    this.turnover.noteReady(pid);
  }

  /** A worker that was told to leave has ended. */
  left(pid: number): void {
    this.workers.delete(pid);
    this.places.remove(this.places.of(pid)!);
    this.turnover.replaceNext();
  }

  /** Who serves, and was not told to leave. */
  get serving(): number[] {
    return [...this.places].filter((p) => p.isServing && !p.isLeaving).map(({ pid }) => pid);
  }
}

test("a worn worker leaves when its successor is ready, and the next one has its turn when it has left", () => {
  const stage = new Stage([11, 12]);
  stage.turnover.replace(11, "has lived long");
  stage.turnover.replace(12, "has lived long");
  assert.deepEqual(stage.log, [
    "worker 11 has lived long; another one takes its place.",
    "worker 12 has lived long; another one takes its place.",
  ]);
  assert.equal(stage.wanted.length, 1);
  assert.ok(!stage.fork(stage.wanted[0]!, 21), "it boots");
  assert.deepEqual(stage.unwanted, []);
  stage.ready(21);
  assert.deepEqual(stage.unwanted, [11]);
  assert.equal(stage.wanted.length, 1, "11 has not left yet");
  stage.left(11);
  assert.equal(stage.wanted.length, 2);
  stage.fork(stage.wanted[1]!, 22);
  stage.ready(22);
  stage.left(12);
  assert.deepEqual(stage.serving, [21, 22]);
});

test("a worker that is ready before it is known where it belongs takes its place, worn or not", () => {
  const stage = new Stage([11]);
  stage.turnover.replace(11, "has lived long");
  stage.ready(21);
  stage.turnover.replace(21, "has had 1 requests");
  assert.deepEqual(stage.unwanted, []);
  assert.ok(stage.fork(stage.wanted[0]!, 21), "nobody waits for it to boot");
  assert.deepEqual(stage.unwanted, [11]);
  stage.left(11);
  assert.equal(stage.log.at(-1), "worker 21 has had 1 requests; another one takes its place.");
  assert.equal(stage.wanted[1]?.replaces?.pid, 21);
});

test("more are wanted: they come at once; fewer: the oldest leave", () => {
  const stage = new Stage([11, 12]);
  stage.turnover.resize(4);
  assert.equal(stage.wanted.length, 2);
  assert.deepEqual(stage.unwanted, []);
  stage.turnover.resize(1);
  assert.deepEqual(stage.unwanted, [11, 12, -1], "one was asked for, and is not needed");
  assert.equal(stage.places.lasting().length, 1);
});

test("who leaves needs no successor: the one that boots for it leaves, too, and one without a process is forgotten", () => {
  const stage = new Stage([11, 12]);
  stage.turnover.replace(11, "has lived long");
  stage.fork(stage.wanted[0]!, 21);
  stage.turnover.resize(1);
  stage.ready(21);
  assert.deepEqual(stage.unwanted, [21, 11], "each of them once");
  const other = new Stage([11, 12]);
  other.turnover.replace(11, "has lived long");
  other.places.empty(other.wanted[0]!);
  other.turnover.resize(1);
  assert.deepEqual(other.unwanted, [11]);
  assert.equal(other.places.size, 2);
});

test("an idle worker leaves, the youngest first; where none is idle nobody does", () => {
  const stage = new Stage([11, 12, 13]);
  stage.workers.get(13)!.isIdle = false;
  assert.ok(stage.turnover.shrink());
  assert.ok(stage.turnover.shrink());
  assert.ok(!stage.turnover.shrink());
  assert.deepEqual(stage.unwanted, [12, 11]);
});

test("PEP 3333 environ Variables: who was told that it is the only process is replaced when there are more", () => {
  const stage = new Stage([11]);
  stage.turnover.resize(1);
  assert.ok(!stage.turnover.isShared);
  stage.turnover.resize(2);
  assert.ok(stage.turnover.isShared);
  assert.deepEqual(stage.log, [
    "worker 11 is not the only one any more; another one takes its place.",
  ]);
  assert.deepEqual(
    stage.wanted.map(({ replaces }) => replaces?.pid ?? null),
    [null, 11],
  );
  const told = new Stage([11], true);
  told.turnover.resize(2);
  assert.deepEqual(told.log, []);
  assert.equal(told.wanted.length, 1);
});

test("PEP 3333 environ Variables: who boots as the only process when more are wanted is replaced when it is ready", () => {
  for (const isConnected of [true, false]) {
    const stage = new Stage([]);
    const first = stage.ask(stage.places.add(null));
    if (isConnected) stage.workers.set(11, { isIdle: true });
    stage.fork(first, 11);
    stage.turnover.resize(2);
    assert.deepEqual(stage.log, [], "it may yet fail");
    const [second] = stage.wanted;
    stage.fork(second!, 12);
    stage.ready(12);
    assert.deepEqual(stage.log, [], "it was told of others");
    stage.ready(11);
    assert.deepEqual(stage.log, [
      "worker 11 is not the only one any more; another one takes its place.",
    ]);
    stage.fork(stage.wanted[1]!, 13);
    stage.ready(13);
    assert.deepEqual([stage.unwanted, stage.wanted.length], [[11], 2]);
  }
});

test("when a generation ends nobody comes by order any more", () => {
  const stage = new Stage([11, 12]);
  stage.turnover.end();
  stage.turnover.replace(11, "has lived long");
  stage.turnover.resize(3);
  stage.turnover.resize(1);
  assert.deepEqual([stage.log, stage.wanted, stage.unwanted], [[], [], []]);
});
