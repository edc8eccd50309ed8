import assert from "node:assert/strict";
import { test } from "node:test";

import { FiledBody } from "../../src/listen/filed-body.ts";
import { StreamedBody } from "../../src/listen/streamed-body.ts";
import { Job, type WorkerLike } from "../../src/pool/job.ts";
import { HeldFile } from "./held-files.ts";

const KIB = 1024;

/** What was put off within a turn is done. */
const later = (): Promise<void> => new Promise(setImmediate);

function filed(bytes: number) {
  const content = Buffer.from(Array.from({ length: bytes }, (_, at) => at % 251));
  const file = new HeldFile();
  file.content = content;
  const sent: Buffer[] = [];
  const state = { ended: false, error: "" };
  const job = new QuietJob();
  job.worker = {
    sendBody: (_: Job, data: Buffer, last: boolean) => {
      sent.push(Buffer.from(data));
      state.ended = last;
    },
  } as unknown as WorkerLike;
  const source = new FiledBody(file, bytes, (error) => (state.error = error.message));
  const body = new StreamedBody(job, source);
  source.sendTo(body);
  return { content, file, sent, state, body };
}

test("wire §7.2: nothing is read from the file before the worker asks", async () => {
  const { file, body } = filed(10);
  await later();
  assert.equal(file.readsWaiting, 0);
  body.want(1);
  await later();
  assert.equal(file.readsWaiting, 1);
});

test("wire §7.2: the worker gets all of the file, as much at a time as it asks for", async () => {
  for (const wanted of [1000, 64 * KIB, 1024 * KIB]) {
    const { file, body, sent, state, content } = filed(300 * KIB + 7);
    for (let turn = 0; !state.ended && turn < 1000; turn++) {
      body.want(wanted);
      await later();
      file.finishAll();
    }
    assert.deepEqual(Buffer.concat(sent), content);
    assert.ok(sent.every(({ length }) => length <= wanted));
  }
});

test("a worker that asks for little at a time does not bring the whole file into memory", async () => {
  const { file, body, sent } = filed(1024 * KIB);
  let reads = 0;
  for (let turn = 0; turn < 20; turn++) {
    body.want(10);
    await later();
    reads += file.readsWaiting;
    file.finishAll();
  }
  assert.equal(Buffer.concat(sent).length, 200);
  assert.ok(reads <= 3, `${reads} pieces of 64 KiB were read for 200 bytes`);
});

test("a file that can't be read is told once, and nothing follows", async () => {
  const { file, body, sent, state } = filed(10);
  file.fail(new Error("no disk"));
  body.want(10);
  await later();
  file.finishAll();
  assert.equal(state.error, "no disk");
  await later();
  assert.equal(file.readsWaiting, 0);
  assert.deepEqual(sent, []);
});

class QuietJob extends Job {
  describe(): string {
    return "request";
  }
  onAnswer(): void {}
  onBlock(): void {}
  onAbort(): void {}
  onWant(): void {}
  onFile(): void {}
  onEarlyHints(): void {}
  onLost(): void {}
  onTimeout(): void {}
  progress(): number {
    return 0;
  }
}
