import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import zlib from "node:zlib";

import { AnswerEncoder, type EncoderOwner } from "../../src/listen/answer-encoder.ts";
import { pieceOf } from "../../src/listen/answer-body.ts";
import { encoders } from "../../src/listen/encoders.ts";

interface Recorded extends EncoderOwner {
  readonly pieces: Buffer[];
  readonly ended: Promise<void>;
  readonly failed: Promise<Error>;
  tookBytes: number;
  /** Resolves when so many bytes have been taken. */
  took(bytes: number): Promise<void>;
}

function recorder(): Recorded {
  const pieces: Buffer[] = [];
  let end = (): void => {};
  let fail: (error: Error) => void = () => {};
  let look = (): void => {};
  const owner: Recorded = {
    pieces,
    tookBytes: 0,
    ended: new Promise((resolve) => (end = resolve)),
    failed: new Promise((resolve) => (fail = resolve)),
    took: (bytes) =>
      new Promise((resolve) => {
        look = () => {
          if (owner.tookBytes >= bytes) resolve();
        };
        look();
      }),
    encoded: (piece) => void pieces.push(piece),
    encoderTook: (bytes) => {
      owner.tookBytes += bytes;
      look();
    },
    encoderEnded: () => end(),
    encoderFailed: (error) => fail(error),
  };
  return owner;
}

const decoders = {
  gzip: () => zlib.createGunzip(),
  br: () => zlib.createBrotliDecompress(),
  zstd: () => (zlib as unknown as { createZstdDecompress(): zlib.Gunzip }).createZstdDecompress(),
};

for (const [coding, encoder] of encoders) {
  test(`${coding}: each piece can be decoded before the next one is there`, async () => {
    const owner = recorder();
    const answer = new AnswerEncoder(owner, encoder.openStream());
    const decoder = decoders[coding]();
    let text = "";
    decoder.on("data", (piece: Buffer) => (text += piece.toString()));
    let sent = "";
    for (let number = 0; number < 5; number++) {
      const piece = `data: ${number} ${"x".repeat(number * 100)}\n\n`;
      sent += piece;
      answer.add(pieceOf(Buffer.from(piece)));
      await owner.took(sent.length);
      for (const encoded of owner.pieces.splice(0)) decoder.write(encoded);
      while (text !== sent) await once(decoder, "data");
    }
    answer.end();
    await owner.ended;
    const closed = once(decoder, "close");
    for (const encoded of owner.pieces) decoder.write(encoded);
    decoder.end();
    await closed;
    assert.equal(text, sent);
  });

  test(`${coding}: what was added is what is decoded, in order, and is counted`, async () => {
    const owner = recorder();
    const answer = new AnswerEncoder(owner, encoder.openStream());
    const memory = Buffer.alloc(90_000);
    const expected: Buffer[] = [];
    let bytes = 0;
    for (let number = 0; number < 40; number++) {
      const size = (number * 7919) % memory.length;
      memory.fill(`piece ${number} `);
      expected.push(Buffer.from(memory.subarray(10, 10 + size)));
      // The same memory each time, as when a link's buffer is used again.
      answer.add({ bytes: memory, start: 10, end: 10 + size, keep: () => assert.fail("kept") });
      bytes += size;
    }
    assert.equal(answer.pendingBytes, bytes);
    answer.end();
    await owner.ended;
    assert.equal(owner.tookBytes, bytes);
    assert.equal(answer.pendingBytes, 0);
    const decoder = decoders[coding]();
    const decoded: Buffer[] = [];
    decoder.on("data", (piece: Buffer) => decoded.push(piece));
    decoder.end(Buffer.concat(owner.pieces));
    await once(decoder, "end");
    assert.ok(Buffer.concat(decoded).equals(Buffer.concat(expected)));
  });

  test(`${coding}: what is released says nothing more, and frees its stream`, async () => {
    const owner = recorder();
    const stream = encoder.openStream();
    const closed = once(stream, "close");
    const answer = new AnswerEncoder(owner, stream);
    answer.add(pieceOf(Buffer.alloc(200_000)));
    answer.add(pieceOf(Buffer.alloc(200_000)));
    answer.release();
    answer.end();
    answer.add(pieceOf(Buffer.alloc(1)));
    await closed;
    assert.equal(owner.tookBytes, 0);
    assert.equal(owner.pieces.length, 0);
  });

  test(`${coding}: an answer without content is a valid one`, async () => {
    const owner = recorder();
    const answer = new AnswerEncoder(owner, encoder.openStream());
    answer.end();
    await owner.ended;
    const decoder = decoders[coding]();
    decoder.resume();
    decoder.end(Buffer.concat(owner.pieces));
    await once(decoder, "end");
  });
}

test("an encoder that fails is told once", async () => {
  const owner = recorder();
  const stream = zlib.createGzip();
  const answer = new AnswerEncoder(owner, stream);
  answer.add(pieceOf(Buffer.alloc(100)));
  stream.destroy(new Error("no memory"));
  assert.equal((await owner.failed).message, "no memory");
  answer.end();
});
