import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { encodeBodyFile } from "../../src/wire/body-file.ts";
import { Flag, MAX_NUMBER, MAX_PAYLOAD_BYTES } from "../../src/wire/frame.ts";
import { FrameWriter } from "../../src/wire/frame-writer.ts";
import { requestFramePlainly } from "../plain/frames.ts";
import { FROM_FRONT, type FrontVector } from "./vectors.ts";

/** Where the specification has each frame of the front. */
const sections: Readonly<Record<FrontVector["type"], string>> = {
  constants: "wire §4.1",
  request: "wire §4.2",
  body: "wire §4.3",
  cancel: "wire §4.4",
  credit: "wire §4.5",
  fileReply: "wire §4.6",
  clientEnded: "wire §4.7",
  timeout: "wire §4.8",
};

for (const { name, bytes, vector } of FROM_FRONT) {
  test(`${sections[vector.type]}: ${name} is written as its golden frame`, () => {
    const writer = new FrameWriter();
    write(writer, vector);
    assertBytes(Buffer.concat(writer.take()), bytes);
  });
}

test("wire §1.3: all golden frames, written one after the other, follow each other", () => {
  const writer = new FrameWriter();
  for (const { vector } of FROM_FRONT) write(writer, vector);
  assertBytes(Buffer.concat(writer.take()), Buffer.concat(FROM_FRONT.map(({ bytes }) => bytes)));
});

const sequence = fc.array(fc.record({ frame: fc.nat(FROM_FRONT.length - 1), take: fc.boolean() }), {
  maxLength: 60,
});

test("wire §1.3: whenever frames are taken, nothing is lost, repeated or written over", () => {
  fc.assert(
    fc.property(sequence, (steps) => {
      const writer = new FrameWriter();
      const taken: Buffer[] = [];
      for (const { frame, take } of steps) {
        write(writer, FROM_FRONT[frame]!.vector);
        assert.equal(writer.isEmpty, false);
        if (take) taken.push(...writer.take());
      }
      taken.push(...writer.take());
      assert.equal(writer.isEmpty, true);
      // Compared at the end: pieces taken early must still be what they were.
      assertBytes(
        Buffer.concat(taken),
        Buffer.concat(steps.map(({ frame }) => FROM_FRONT[frame]!.bytes)),
      );
    }),
    { seed: 1, numRuns: 60 },
  );
});

test("wire §4.2: property: requests of any size, taken at any time, are the bytes of the plain twin", () => {
  const request = fc.record({
    number: fc.integer({ min: 1, max: MAX_NUMBER }),
    fragment: fc.uint8Array({ maxLength: 600 }),
    slots: fc.string({ unit: fc.constantFrom("a", "\0", "\xff"), maxLength: 300 }),
    // Around the size from which on a body is sent from where it lies, and small ones.
    bodyBytes: fc.oneof(
      fc.constant(-1),
      fc.nat(100),
      fc.integer({ min: 16_380, max: 16_390 }),
      fc.integer({ min: 90_000, max: 100_000 }),
    ),
    flags: fc.constantFrom(0, Flag.extra, Flag.bodyFollows),
    takes: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(request, { maxLength: 20 }), (requests) => {
      const writer = new FrameWriter();
      const taken: Buffer[] = [];
      const plain = requests.map(({ number, fragment, slots, bodyBytes, flags, takes }) => {
        const body = bodyBytes < 0 ? null : Buffer.alloc(bodyBytes, number & 0xff);
        writer.request(number, fragment, slots, body, flags);
        if (takes) taken.push(...writer.take());
        return requestFramePlainly(number, fragment, slots, body, flags);
      });
      taken.push(...writer.take());
      assertBytes(Buffer.concat(taken), Buffer.concat(plain));
    }),
    { seed: 10, numRuns: 100 },
  );
});

test("a writer that was given nothing is empty and has nothing to take", () => {
  const writer = new FrameWriter();
  assert.equal(writer.isEmpty, true);
  assert.deepEqual(writer.take(), []);
});

test("requests of a usual size leave in one piece", () => {
  const writer = new FrameWriter();
  for (const { vector } of FROM_FRONT.slice(0, 10)) write(writer, vector);
  assert.equal(writer.take().length, 1);
});

test("a large body is sent from where it lies", () => {
  const body = Buffer.alloc(64 * 1024, "x");
  const writer = new FrameWriter();
  writer.request(1, Buffer.from("1"), "GET\0/\0\0/\0\0", body, 0);
  writer.body(2, body, true);
  const [, first, , second] = writer.take();
  for (const piece of [first, second]) {
    assert.equal(piece?.buffer, body.buffer);
    assert.equal(piece?.length, body.length);
  }
});

test("wire §2.2: a payload of 2^30 bytes is sent, one byte more is refused", () => {
  const writer = new FrameWriter();
  // Never touched, so the system gives no memory for it.
  const most = new Uint8Array(MAX_PAYLOAD_BYTES);
  writer.body(1, most, false);
  assert.deepEqual(
    writer.take().map(({ length }) => length),
    [12, MAX_PAYLOAD_BYTES],
  );
  const more = Buffer.from(new Uint8Array(MAX_PAYLOAD_BYTES + 1).buffer);
  assert.throws(() => writer.body(1, more, false), RangeError);
  const fragment = Buffer.from("1");
  assert.throws(() => writer.request(1, fragment, "", more.subarray(9), 0), RangeError);
  assert.equal(writer.isEmpty, true, "what was refused must leave nothing behind");
});

test("wire §2.3: a number that 4 bytes can't hold is refused", () => {
  const writer = new FrameWriter();
  const tooLarge = MAX_NUMBER + 1;
  assert.throws(() => writer.request(tooLarge, Buffer.from("1"), "", null, 0), RangeError);
  assert.throws(() => writer.body(tooLarge, Buffer.from("x"), false), RangeError);
  assert.throws(() => writer.cancel(tooLarge), RangeError);
  assert.throws(() => writer.credit(tooLarge, 1), RangeError);
  assert.equal(writer.isEmpty, true);
});

test("wire §4.1 and §2.5: an id beyond 65535 and texts that the wire can't hold are refused", () => {
  const writer = new FrameWriter();
  for (const id of [0, 65536]) assert.throws(() => writer.constants(id, ["A", "b"]), RangeError);
  for (const value of ["€", "a\0b"]) {
    assert.throws(() => writer.constants(1, ["SERVER_NAME", value]), RangeError);
  }
  assert.equal(writer.isEmpty, true);
});

test("wire §4.5: credit that 4 bytes can't hold is refused", () => {
  const writer = new FrameWriter();
  for (const bytes of [-1, 2 ** 32]) assert.throws(() => writer.credit(1, bytes), RangeError);
  assert.equal(writer.isEmpty, true);
});

function write(writer: FrameWriter, vector: FrontVector): void {
  switch (vector.type) {
    case "constants":
      return writer.constants(vector.id, vector.entries);
    case "request": {
      const { number, fragment, slots, extra, bodyFile } = vector;
      const body = bodyFile === null ? vector.body : encodeBodyFile(bodyFile.bytes, bodyFile.path);
      const flags =
        (extra === null ? 0 : Flag.extra) |
        (body === null ? Flag.bodyFollows : 0) |
        (bodyFile === null ? 0 : Flag.bodyInFile);
      const texts = extra === null ? slots : [...slots, ...extra];
      const encoded = Buffer.from(fragment.join("\0"), "latin1");
      return writer.request(number, encoded, texts.join("\0"), body, flags);
    }
    case "body":
      return writer.body(vector.number, vector.data, vector.last);
    case "cancel":
      return writer.cancel(vector.number);
    case "credit":
      return writer.credit(vector.number, vector.bytes);
    case "fileReply":
      return writer.fileReply(vector.number, vector.taken);
    case "clientEnded":
      return writer.clientEnded(vector.number);
    case "timeout":
      return writer.timeout(vector.number);
  }
}

/** As assert.deepEqual, which takes seconds to show the difference of two large buffers. */
function assertBytes(actual: Buffer, expected: Buffer): void {
  assert.equal(actual.length, expected.length);
  if (actual.equals(expected)) return;
  const at = actual.findIndex((byte, i) => byte !== expected[i]);
  const around = (bytes: Buffer): string => bytes.subarray(at - 8, at + 24).toString("hex");
  assert.equal(around(actual), around(expected), `they differ from byte ${at} on`);
}
