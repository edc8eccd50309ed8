import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { Flag, HEADER_BYTES, WorkerFrame } from "../../src/wire/frame.ts";
import { readFileOffer } from "../../src/wire/file-offer.ts";
import { FrameReader } from "../../src/wire/frame-reader.ts";
import { answerFrame, blockFrame, readFramesPlainly } from "../plain/frames.ts";
import { FROM_WORKER, type Golden, MALFORMED_FROM_WORKER, type WorkerVector } from "./vectors.ts";

const TYPES: readonly (readonly [string, number])[] = Object.entries(WorkerFrame);

for (const { name, bytes, vector } of FROM_WORKER) {
  test(`wire §5: ${name} is read from its golden frame`, () => {
    assert.deepEqual(readAll([bytes]), [vector]);
  });
}

test("wire §1.3: all golden frames in one piece are read one by one", () => {
  assert.deepEqual(
    readAll([concat(FROM_WORKER)]),
    FROM_WORKER.map(({ vector }) => vector),
  );
});

test("wire §1.3: all golden frames, byte by byte, say the same", () => {
  const bytes = concat(FROM_WORKER);
  const pieces = Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
  assert.deepEqual(merged(readAll(pieces)), merged(FROM_WORKER.map(({ vector }) => vector)));
});

const frames = fc.array(fc.constantFrom(...FROM_WORKER), { minLength: 1, maxLength: 12 });
const sizes = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 100_000 })),
  {
    minLength: 1,
    maxLength: 30,
  },
);

test("wire §1.3: frames in any order, cut anywhere, say the same", () => {
  fc.assert(
    fc.property(frames, sizes, (golden, cuts) => {
      const actual = readAll(cutInto(concat(golden), cuts));
      assert.deepEqual(merged(actual), merged(golden.map(({ vector }) => vector)));
    }),
    { seed: 2, numRuns: 150 },
  );
});

test("wire §5.4 and §5.5: property: answers and blocks read in place are those of the plain twin", () => {
  const data = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array));
  const number = fc.integer({ min: 1, max: 2 ** 32 - 1 });
  const flags = fc.constantFrom(0, Flag.last, Flag.last | Flag.date, Flag.server);
  const head = fc.string({ unit: fc.constantFrom("a", "\r\n", "\xff"), maxLength: 60 });
  const length = fc.oneof(fc.integer({ min: -1, max: 300 }), fc.constant(2 ** 53 - 1));
  const frame = fc.oneof(
    fc
      .tuple(number, fc.integer({ min: 200, max: 999 }), flags, head, length, data)
      .map((parts) => answerFrame(...parts)),
    fc.tuple(number, fc.constantFrom(0, Flag.last), data).map((parts) => blockFrame(...parts)),
  );
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 12 }), (list) => {
      const bytes = Buffer.concat(list);
      const reader = new FrameReader();
      reader.push(bytes);
      const read = readFramesPlainly(bytes).map((plain) => {
        assert.equal(reader.next(), true);
        const { type, status } = reader;
        const isAnswer = type === WorkerFrame.answer;
        const actual = {
          type,
          number: reader.number,
          flags: reader.flags,
          status,
          head: isAnswer ? bytes.toString("latin1", reader.headStart, reader.headEnd) : "",
          contentLength: isAnswer ? reader.contentLength : -1,
          payload: reader.payload(),
        };
        assert.deepEqual(actual, plain);
        return actual;
      });
      assert.equal(read.length, list.length);
      assert.equal(reader.next(), false);
    }),
    { seed: 11, numRuns: 300 },
  );
});

for (const { name, bytes } of MALFORMED_FROM_WORKER) {
  test(`wire §2.2: refused: ${name}`, () => {
    assert.throws(() => readAll([bytes]), RangeError);
    assert.throws(() => readAll(cutInto(bytes, [1])), RangeError);
    // Also behind a good frame, and with more bytes behind it that could be taken for its own.
    const good = FROM_WORKER[0]!.bytes;
    assert.throws(() => readAll([Buffer.concat([good, bytes, Buffer.alloc(64)])]), RangeError);
  });
}

test("wire §2.2: a frame of exactly 2^30 bytes is not refused", () => {
  const reader = new FrameReader();
  reader.push(Buffer.from("000000400100000085010000", "hex"));
  assert.equal(reader.next(), true);
  assert.deepEqual([reader.start, reader.end, reader.flags], [HEADER_BYTES, HEADER_BYTES, 0]);
  assert.equal(reader.next(), false);
});

test("wire §5.4: an ANSWER is shown when its head is complete, without LAST; the rest as BLOCKs", () => {
  const { bytes, vector } = find("answer: a whole answer");
  const bodyAt = bytes.length - vector.data.length;
  const reader = new FrameReader();
  reader.push(bytes.subarray(0, bodyAt - 1));
  assert.equal(reader.next(), false);
  reader.push(bytes.subarray(bodyAt - 1, bodyAt + 1));
  assert.equal(reader.next(), true);
  assert.deepEqual(seen(reader), { ...vector, last: false, data: vector.data.subarray(0, 1) });
  assert.equal(reader.next(), false);
  reader.push(bytes.subarray(bodyAt + 1));
  assert.equal(reader.next(), true);
  assert.deepEqual(seen(reader), {
    type: "block",
    number: vector.number,
    status: 0,
    last: true,
    data: vector.data.subarray(1),
  });
  assert.equal(reader.next(), false);
});

test("wire §5.4: the flags for Date and Server don't appear on the rest of a body", () => {
  const { bytes } = find("answer: a head with both, its body incomplete");
  const events = readAll(cutInto(bytes, [bytes.length - 1, 1]));
  assert.deepEqual(
    events.map(({ type, date, server }) => [type, date, server]),
    [
      ["answer", true, true],
      ["block", undefined, undefined],
    ],
  );
});

test("wire §5.5: the bytes of a BLOCK are shown as they come, LAST with the last of them", () => {
  const block = FROM_WORKER.find(({ name }) => name === "block: the last block")!;
  const pieces = cutInto(block.bytes, [HEADER_BYTES, 2, 3]);
  assert.deepEqual(
    readAll(pieces).map(({ data, last }) => [data.toString(), last]),
    [
      ["", false],
      ["th", false],
      ["ird", true],
    ],
  );
});

test("wire §5.5: a reader sees that the next block of an answer is here already", () => {
  const reader = new FrameReader();
  const block = find("block: the last block").bytes;
  const other = Buffer.from(block);
  other.writeUInt32LE(block.readUInt32LE(4) + 1, 4);
  reader.push(Buffer.concat([block, block, other, block.subarray(0, HEADER_BYTES - 1)]));
  const seenToContinue: boolean[] = [];
  while (reader.next()) seenToContinue.push(reader.continues());
  assert.deepEqual(seenToContinue, [true, false, false]);
});

test("wire §5.9: the numbers of a HANDBACK are read by their index", () => {
  const reader = new FrameReader();
  reader.push(find("handback: several requests").bytes);
  assert.equal(reader.next(), true);
  assert.deepEqual(
    [0, 1, 2].map((i) => reader.payloadNumber(i)),
    [7, 8, 2 ** 32 - 1],
  );
});

test("wire §1.3: frames are read out of memory that is used again, however they are cut", () => {
  const whole = concat(FROM_WORKER);
  for (const size of [1, 5, HEADER_BYTES, 100]) {
    const reader = new FrameReader();
    const memory = Buffer.alloc(size);
    const events: WorkerVector[] = [];
    for (const piece of cutInto(whole, [size])) {
      memory.set(piece);
      reader.push(memory.subarray(0, piece.length));
      while (reader.next()) events.push(seen(reader));
      reader.settle();
      memory.fill(0xee);
    }
    assert.deepEqual(merged(events), merged(FROM_WORKER.map(({ vector }) => vector)), `${size}`);
  }
});

test("a reader tells the lender of its bytes that a view was kept, and says who that is", () => {
  const reader = new FrameReader();
  let views = 0;
  const lender = { keep: () => void views++, release: () => void views-- };
  reader.push(find("handback: several requests").bytes, lender);
  reader.next();
  const first = reader.keep();
  reader.keep();
  assert.equal(views, 2);
  first.release();
  assert.equal(views, 1);
  reader.settle();
  reader.push(find("handback: several requests").bytes);
  reader.next();
  reader.keep().release();
  assert.equal(views, 1);
});

function find(name: string): Golden<WorkerVector> {
  const golden = FROM_WORKER.find((frame) => frame.name === name);
  assert.ok(golden, name);
  return golden;
}

function concat(golden: readonly Golden<WorkerVector>[]): Buffer {
  return Buffer.concat(golden.map(({ bytes }) => bytes));
}

/** Pieces of the given sizes, again and again until nothing is left. */
function cutInto(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = cuts[i % cuts.length]!;
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

/** Everything that a reader shows of the pieces. */
function readAll(pieces: readonly Buffer[]): WorkerVector[] {
  const reader = new FrameReader();
  const events: WorkerVector[] = [];
  for (const piece of pieces) {
    reader.push(piece);
    while (reader.next()) events.push(seen(reader));
  }
  return events;
}

function seen(reader: FrameReader): WorkerVector {
  const { type, number, status, flags } = reader;
  const common = {
    type: TYPES.find(([, code]) => code === type)?.[0] ?? `0x${type.toString(16)}`,
    number,
    status,
    last: (flags & Flag.last) !== 0,
  };
  const data = Buffer.from(reader.payload());
  if (type !== WorkerFrame.answer && type !== WorkerFrame.file) return { ...common, data };
  const file = type === WorkerFrame.file ? { offer: readFileOffer(reader) } : {};
  return {
    ...common,
    ...file,
    date: (flags & Flag.date) !== 0,
    server: (flags & Flag.server) !== 0,
    head: reader.bytes.toString("latin1", reader.headStart, reader.headEnd),
    contentLength: reader.contentLength,
    data,
  };
}

/** Neighbours of one body as one: where its bytes were cut is not part of what a worker says. */
function merged(events: readonly WorkerVector[]): WorkerVector[] {
  const result: { event: WorkerVector; pieces: Buffer[] }[] = [];
  for (const event of events) {
    const before = result.at(-1);
    const continues =
      event.type === "block" &&
      before !== undefined &&
      (before.event.type === "answer" || before.event.type === "block") &&
      !before.event.last &&
      before.event.number === event.number;
    if (continues) {
      before.event = { ...before.event, last: event.last };
      before.pieces.push(event.data);
    } else {
      result.push({ event, pieces: [event.data] });
    }
  }
  return result.map(({ event, pieces }) => ({ ...event, data: Buffer.concat(pieces) }));
}
