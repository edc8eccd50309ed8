import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";

import * as fc from "fast-check";

import { SMALL_BODY_BYTES, pieceOf, writeBody } from "../../src/listen/answer-body.ts";

/** Around the sizes at which another way is taken: as text, as a buffer, as several views. */
const bytes = fc
  .oneof(
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: SMALL_BODY_BYTES - 2, max: SMALL_BODY_BYTES + 2 }),
    fc.integer({ min: 256 * 1024 - 2, max: 256 * 1024 + 2 }),
    fc.constant(600 * 1024),
  )
  .map((size) => Buffer.from(Array.from({ length: size }, (_, i) => (i * 7 + size) & 0xff)));

function read(socket: PassThrough): Buffer | null {
  return socket.read() as Buffer | null;
}

test("RFC 9112 §7.1: property: a piece of a body, small or large, is written as its plain twin, one buffer", () => {
  fc.assert(
    fc.property(bytes, fc.boolean(), fc.nat(20), (data, chunked, before) => {
      const socket = new PassThrough({ highWaterMark: 4 * 1024 * 1024 });
      const received = Buffer.concat([Buffer.alloc(before, "b"), data, Buffer.from("behind")]);
      const isSmall = data.length <= SMALL_BODY_BYTES;
      let views = 0;
      let released = 0;
      const lender = { keep: () => void views++, release: () => void released++ };
      const piece = { ...pieceOf(received), start: before, end: before + data.length };
      const keep = (): typeof lender => {
        lender.keep();
        return lender;
      };
      writeBody(socket, { ...piece, keep }, chunked);
      const size = Buffer.from(`${data.length.toString(16)}\r\n`);
      const plain = chunked ? Buffer.concat([size, data, Buffer.from("\r\n")]) : data;
      // Newer versions of Node give one buffer at a time.
      const pieces: Buffer[] = [];
      for (let next = read(socket); next !== null; next = read(socket)) pieces.push(next);
      assert.equal(Buffer.compare(Buffer.concat(pieces), plain), 0);
      // What is sent from where it lies must not be received over.
      assert.equal(views, isSmall ? 0 : 1);
      assert.equal(released, 0);
      socket.destroy();
    }),
    { seed: 12, numRuns: 60 },
  );
});
