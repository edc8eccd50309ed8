import assert from "node:assert/strict";
import { test } from "node:test";

import { StreamedBody } from "../../src/listen/streamed-body.ts";
import { Job, type WorkerLike } from "../../src/pool/job.ts";

const KIB = 1024;

test("wire §7.2: nothing goes to the worker before it asks, not even the end of an empty body", () => {
  for (const content of ["", "hello"]) {
    const { body, job, sent } = stream();
    job.worker = workerThatNotes(sent);
    if (content !== "") body.add(Buffer.from(content));
    body.end();
    assert.deepEqual(sent, [], "the worker may not have begun, and would drop it");
    body.want(10);
    assert.deepEqual(sent, [`${content} last`]);
  }
});

test("wire §7.2: no more goes than was asked for; the end needs no more asking", () => {
  const { body, job, sent } = stream();
  job.worker = workerThatNotes(sent);
  body.add(Buffer.from("hello"));
  body.add(Buffer.from(" world"));
  body.want(3);
  assert.deepEqual(sent, ["hel"]);
  body.want(8);
  assert.deepEqual(sent, ["hel", "lo", " world"]);
  body.end();
  assert.deepEqual(sent, ["hel", "lo", " world", " last"]);
});

test("a body that is whole before it is handed on is taken in one piece", () => {
  const { body } = stream();
  body.add(Buffer.from("hello "));
  body.add(Buffer.from("world"));
  assert.equal(body.takeWhole()?.toString(), "hello world");
  assert.equal(stream().body.takeWhole(), null);
});

test("reading pauses when the application doesn't ask, and goes on when it does", () => {
  const { body, job, source } = stream();
  job.worker = workerThatNotes([]);
  body.add(Buffer.alloc(64 * KIB));
  assert.equal(source.paused, false);
  body.add(Buffer.alloc(2 * KIB));
  assert.equal(source.paused, true);
  body.want(KIB);
  assert.equal(source.paused, true, "still more than enough is held");
  body.want(64 * KIB);
  assert.equal(source.paused, false);
});

test("a piece is kept although the memory it came in is used again", () => {
  const { body, job, sent } = stream();
  job.worker = workerThatNotes(sent);
  const shared = Buffer.from("hello");
  body.add(shared);
  shared.fill("x");
  body.want(10);
  assert.deepEqual(sent, ["hello"]);
});

test("a body is awaited while the application has asked for more than has come", () => {
  const { body, job, sent } = stream();
  job.worker = workerThatNotes(sent);
  assert.equal(body.isAwaited, false);
  body.want(5);
  assert.equal(body.isAwaited, true);
  body.add(Buffer.from("hello"));
  assert.equal(body.isAwaited, false);
  body.want(5);
  body.end();
  assert.equal(body.isAwaited, false);
});

test("nothing is sent of a body whose client has gone", () => {
  const { body, job, sent } = stream();
  job.worker = workerThatNotes(sent);
  body.add(Buffer.from("hello"));
  body.release();
  body.want(10);
  assert.deepEqual(sent, []);
});

class SilentJob extends Job {
  onAnswer(): void {}
  onBlock(): void {}
  onAbort(): void {}
  onLost(): void {}
  onWant(): void {}
  onEarlyHints(): void {}
  onFile(): void {}
  onTimeout(): void {}
  progress(): number {
    return 0;
  }
  describe(): string {
    return "a job";
  }
}

function stream() {
  const job = new SilentJob();
  const source = {
    paused: false,
    pauseReading(): void {
      source.paused = true;
    },
    resumeReading(): void {
      source.paused = false;
    },
  };
  const sent: string[] = [];
  return { body: new StreamedBody(job, source), job, source, sent };
}

function workerThatNotes(sent: string[]): WorkerLike {
  return {
    sendBody: (_job, data, last) => {
      sent.push(Buffer.from(data).toString() + (last ? " last" : ""));
    },
    grant: () => assert.fail(),
    replyFile: () => assert.fail(),
    noteClientEnded: () => assert.fail(),
    pid: 0,
  };
}
