/** The front's end of a link, with a real socket and frames that a worker would send. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import type { Job } from "../../src/pool/job.ts";
import { Flag, FrontFrame, HEADER_BYTES, WorkerFrame } from "../../src/wire/frame.ts";
import { type WorkerEvents, WorkerHandle } from "../../src/workers/worker-handle.ts";
import { NotedJob } from "../pool/jobs.ts";

interface Fixture {
  readonly handle: WorkerHandle;
  /** The worker's end. */
  readonly worker: Socket;
  readonly told: string[];
  /** Numbers of the REQUEST frames that the worker has got. */
  readonly requests: () => number[];
  readonly frames: () => number[];
}

async function withHandle(
  use: (fixture: Fixture) => Promise<void> | void,
  bounds: readonly number[] = [],
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "wizgy-handle-"));
  const server = createServer();
  server.listen(join(folder, "link"));
  await once(server, "listening");
  const worker = connect({ path: join(folder, "link"), allowHalfOpen: true });
  const [socket] = (await once(server, "connection")) as [Socket];
  const received: Buffer[] = [];
  worker.on("data", (chunk: Buffer) => received.push(chunk));
  const told: string[] = [];
  const events: WorkerEvents = {
    onReady: () => told.push("ready"),
    onBootFailed: (_, failure) => told.push(`boot failed: ${Object.values(failure).join("|")}`),
    onRoom: () => told.push("room"),
    onHandedBack: (_, jobs: Job[]) => told.push(`back: ${jobs.map(String).join()}`),
    onLog: (_, job, status, text) => told.push(`log ${job?.describe() ?? "-"} ${status} ${text}`),
    onWorn: (_, requests) => told.push(`worn ${requests}`),
    onLinkEnd: () => told.push("link end"),
  };
  const [wornAt, maxNumber] = bounds;
  const handle = new WorkerHandle(socket, 42, 1, events, wornAt, maxNumber);
  socket.on("data", (chunk: Buffer) => handle.receive(chunk));
  handle.ready = true;
  const headers = (): Buffer[] => {
    const bytes = Buffer.concat(received);
    const found: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += HEADER_BYTES + bytes.readUInt32LE(at)) {
      found.push(bytes.subarray(at, at + HEADER_BYTES));
    }
    return found;
  };
  try {
    await use({
      handle,
      worker,
      told,
      frames: () => headers().map((header) => header[8]!),
      requests: () =>
        headers()
          .filter((header) => header[8] === FrontFrame.request)
          .map((header) => header.readUInt32LE(4)),
    });
  } finally {
    worker.destroy();
    socket.destroy();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function frame(type: number, number: number, payload: Buffer = Buffer.alloc(0), flags = 0): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt32LE(number, 4);
  header[8] = type;
  header[9] = flags;
  return Buffer.concat([header, payload]);
}

/** wire §5.4: an ANSWER of length 0. */
function answer(number: number): Buffer {
  const head = "200 OK\r\nContent-Length: 0\r\n";
  const payload = Buffer.alloc(12 + head.length);
  payload.writeUInt32LE(head.length, 0);
  payload.write(head, 12, "latin1");
  const bytes = frame(WorkerFrame.answer, number, payload, Flag.last);
  bytes.writeUInt16LE(200, 10);
  return bytes;
}

function numbers(...values: number[]): Buffer {
  const payload = Buffer.alloc(values.length * 4);
  for (const [index, value] of values.entries()) payload.writeUInt32LE(value, index * 4);
  return payload;
}

function job(name: string): NotedJob {
  const made = new NotedJob(name);
  made.content = {
    fragment: Buffer.from("1"),
    slots: "GET\0/\0\0/\0\0",
    hasExtra: false,
    body: null,
    bodyFollows: false,
    bodyInFile: false,
  };
  made.toString = () => name;
  return made;
}

/** Resolves when the worker's end has got something new. */
const arrival = (worker: Socket): Promise<unknown> => once(worker, "data");

test("wire §2.3: requests are numbered from 1, and each is on its way at once to an idle worker", async () => {
  await withHandle(async ({ handle, worker, requests }) => {
    const [first, second] = [job("a"), job("b")];
    handle.run(first, 0);
    handle.run(second, 0);
    assert.deepEqual([first.number, second.number], [1, 2]);
    while (requests().length < 2) await arrival(worker);
    assert.deepEqual(requests(), [1, 2]);
    assert.deepEqual([...handle.jobs.values()], [first, second]);
  });
});

test("wire §3.1: an answer with LAST ends its job and makes room; nothing else for that number counts", async () => {
  await withHandle(({ handle, told }) => {
    const first = job("a");
    handle.run(first, 0);
    handle.receive(answer(1));
    handle.receive(frame(WorkerFrame.block, 1, Buffer.from("late"), Flag.last));
    handle.receive(answer(7));
    assert.deepEqual([first.heard, told, handle.inFlight], [["answer"], ["room"], 0]);
  });
});

test("wire §3.3: for a cancelled job everything is dropped until its end", async () => {
  await withHandle(async ({ handle, worker, frames }) => {
    const gone = job("a");
    handle.run(gone, 0);
    handle.cancel(gone);
    handle.receive(frame(WorkerFrame.block, 1, Buffer.from("more")));
    assert.deepEqual(gone.heard, []);
    handle.receive(frame(WorkerFrame.block, 1, Buffer.from("end"), Flag.last));
    assert.deepEqual(gone.heard, ["abort"]);
    while (!frames().includes(FrontFrame.cancel)) await arrival(worker);
  });
});

test("wire §5.9: jobs that are handed back leave in their order, without an end", async () => {
  await withHandle(({ handle, told }) => {
    const jobs = ["a", "b", "c"].map(job);
    for (const each of jobs) handle.run(each, 0);
    handle.receive(frame(WorkerFrame.handback, 0, numbers(2, 3, 99)));
    assert.deepEqual(told, ["back: b,c"]);
    assert.deepEqual([...handle.jobs.keys()], [1]);
    assert.equal(handle.inFlight, 1);
    assert.deepEqual(jobs.map(({ heard }) => heard).flat(), []);
  });
});

test("wire §5.8: a line names its job, or nobody", async () => {
  await withHandle(({ handle, told }) => {
    handle.run(job("a"), 0);
    const line = frame(WorkerFrame.log, 1, Buffer.from("grüße"));
    line.writeUInt16LE(30, 10);
    handle.receive(line);
    handle.receive(frame(WorkerFrame.log, 0, Buffer.from("of no request")));
    assert.deepEqual(told, ["log a 30 grüße", "log - 0 of no request"]);
  });
});

test("wire §2.2: a worker that breaks the wire is cut off and told about", async () => {
  await withHandle(async ({ handle, worker, told }) => {
    const ended = once(worker, "end");
    handle.receive(frame(0x7f, 0));
    await ended;
    assert.match(told[0]!, /^log - 40 broke the wire: /);
    assert.equal(handle.ready, false);
    assert.equal(told.at(-1), "link end");
  });
});

test("wire §2.3: after its last number a worker gets nothing more, and leaves when all has ended", async () => {
  await withHandle(
    async ({ handle, worker }) => {
      const ended = once(worker, "end");
      handle.run(job("a"), 0);
      assert.equal(handle.ready, true);
      handle.run(job("b"), 0);
      assert.equal(handle.ready, false);
      handle.receive(answer(2));
      assert.equal(worker.readableEnded, false);
      handle.receive(answer(1));
      await ended;
    },
    [Infinity, 2],
  );
});

test("wire §2.3: a worker that is worn goes on, and still has a last number", async () => {
  await withHandle(
    async ({ handle, told, worker }) => {
      const ended = once(worker, "end");
      for (const name of ["a", "b", "c"]) {
        handle.run(job(name), 0);
        assert.equal(handle.ready, name !== "c", name);
      }
      assert.deepEqual(told, ["worn 2"]);
      for (const number of [1, 2, 3]) handle.receive(answer(number));
      await ended;
    },
    [2, 3],
  );
});

test("a worker that retires gets its answers in, and leaves with the last one", async () => {
  await withHandle(async ({ handle, worker }) => {
    const ended = once(worker, "end");
    const running = [job("a"), job("b")];
    for (const one of running) handle.run(one, 0);
    handle.retire();
    assert.equal(handle.ready, false);
    handle.receive(answer(1));
    assert.equal(worker.readableEnded, false);
    handle.receive(answer(2));
    await ended;
    assert.deepEqual(
      running.map(({ heard }) => heard),
      [["answer"], ["answer"]],
    );
  });
});

test("a worker that has nothing leaves at once when it retires", async () => {
  await withHandle(async ({ handle, worker }) => {
    const ended = once(worker, "end");
    handle.retire();
    await ended;
  });
});

test("wire §5.12: a request that is held keeps its place after its end, until its thread is free", async () => {
  await withHandle(({ handle, told }) => {
    const first = job("a");
    handle.run(first, 0);
    handle.receive(answer(1));
    handle.receive(frame(WorkerFrame.held, 1));
    handle.receive(frame(WorkerFrame.held, 1));
    assert.deepEqual([handle.inFlight, handle.held.get(1)], [1, first]);
    handle.receive(frame(WorkerFrame.held, 1, Buffer.alloc(0), Flag.last));
    handle.receive(frame(WorkerFrame.held, 1, Buffer.alloc(0), Flag.last));
    assert.deepEqual([handle.inFlight, handle.held.size, told], [0, 0, ["room", "room"]]);
  });
});

test("wire §4.8: TIMEOUT names the request", async () => {
  await withHandle(async ({ handle, worker, frames }) => {
    handle.run(job("a"), 0);
    handle.timeOut(1);
    while (!frames().includes(FrontFrame.timeout)) await arrival(worker);
    assert.deepEqual(frames(), [FrontFrame.request, FrontFrame.timeout]);
  });
});

test("wire §6.2: to a process that has ended nothing is written any more", async () => {
  await withHandle(async ({ handle, worker, told, frames }) => {
    const lost = job("a");
    handle.run(lost, 0);
    while (frames().length < 1) await arrival(worker);
    handle.processEnded = true;
    handle.grant(lost, 1000);
    handle.cancel(lost);
    // What it left is still read.
    worker.end(answer(1));
    while (!told.includes("link end")) await new Promise(setImmediate);
    assert.deepEqual(lost.heard, ["abort"]);
    assert.deepEqual(frames(), [FrontFrame.request]);
  });
});

test("wire §6.2: whether a worker has served shows in what it started and did not end", async () => {
  await withHandle(({ handle }) => {
    for (const name of ["a", "b", "c"]) handle.run(job(name), 0);
    assert.equal(handle.hasServed(1), false);
    handle.receive(answer(1));
    assert.equal(handle.hasServed(2), true);
  });
});
