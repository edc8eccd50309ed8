import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { type FileSystem, OpenFile } from "../../src/files/sendable-file.ts";

/** A disk of one file, and a target that takes what it is given when the test says so. */
class Bench {
  content: Buffer;
  closed = 0;
  readError: Error | null = null;
  readonly taken: Buffer[] = [];
  readonly progress: number[] = [];
  readonly ends: (string | null)[] = [];
  #takes: ((error?: Error | null) => void) | null = null;
  #reads: (() => void) | null = null;
  readonly file: OpenFile;

  constructor(content: Buffer, offset: number, bytes: number) {
    this.content = content;
    this.file = new OpenFile(5, offset, bytes, this.#system());
  }

  #system(): FileSystem {
    const read = (
      fd: number,
      into: Buffer,
      at: number,
      length: number,
      position: number,
      done: (error: Error | null, count: number) => void,
    ): void => {
      assert.equal(fd, 5);
      assert.equal(this.closed, 0);
      this.#reads = () => {
        const piece = this.content.subarray(position, position + length);
        piece.copy(into, at);
        done(this.readError, piece.length);
      };
    };
    const close = (fd: number): void => {
      assert.equal(fd, 5);
      this.closed++;
    };
    return { read, close } as unknown as FileSystem;
  }

  send(): this {
    const target = {
      write: (data: Buffer, done: (error?: Error | null) => void) => {
        this.taken.push(Buffer.from(data));
        this.#takes = done;
      },
    };
    this.file.send(
      target,
      (bytes) => this.progress.push(bytes),
      (error) => this.ends.push(error === null ? null : error.message),
    );
    return this;
  }

  /** Lets the disk answer. False: nothing is read. */
  read(): boolean {
    const reads = this.#reads;
    this.#reads = null;
    reads?.();
    return reads !== null;
  }

  /** Lets the target take what it has. */
  take(error?: Error): void {
    const takes = this.#takes;
    this.#takes = null;
    takes?.(error);
  }
}

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => i % 251));

test("all of the part is sent, and the file is closed once", () => {
  const bench = new Bench(content, 7, 299_000).send();
  while (bench.read()) bench.take();
  assert.ok(Buffer.concat(bench.taken).equals(content.subarray(7, 299_007)));
  assert.equal(
    bench.progress.reduce((sum, bytes) => sum + bytes, 0),
    299_000,
  );
  assert.deepEqual([bench.ends, bench.closed], [[null], 1]);
});

test("nothing is read while the target has not taken the piece before", () => {
  const bench = new Bench(content, 0, content.length).send();
  assert.equal(bench.read(), true);
  assert.equal(bench.read(), false);
  bench.take();
  assert.equal(bench.read(), true);
});

test("a file that became shorter, and one that can't be read, end with an error that says so", () => {
  const shorter = new Bench(content, 0, content.length).send();
  shorter.read();
  shorter.content = content.subarray(0, 1000);
  shorter.take();
  shorter.read();
  assert.match(shorter.ends[0] ?? "", /became shorter: \d+ bytes are missing/);
  const broken = new Bench(content, 0, content.length).send();
  broken.readError = new Error("EIO");
  broken.read();
  assert.deepEqual(broken.ends, ["EIO"]);
  assert.deepEqual([shorter.closed, broken.closed], [1, 1]);
});

test("released while it is read: it is closed when the disk has answered, and nobody is told", () => {
  const bench = new Bench(content, 0, content.length).send();
  bench.file.release();
  assert.equal(bench.closed, 0);
  bench.read();
  assert.deepEqual([bench.closed, bench.taken.length, bench.ends], [1, 0, []]);
});

test("released while the target has a piece: it is closed at once, whatever becomes of the piece", () => {
  const bench = new Bench(content, 0, content.length).send();
  bench.read();
  bench.file.release();
  bench.file.release();
  assert.equal(bench.closed, 1);
  bench.take(new Error("the connection was closed"));
  assert.deepEqual([bench.read(), bench.ends], [false, []]);
});

test("for a client that keeps up the next piece is read while the one before is written", (context) => {
  standStill(context);
  const large = Buffer.from(Array.from({ length: 2_500_000 }, (_, i) => (i * 3) % 253));
  const bench = new Bench(large, 0, large.length).send();
  bench.read();
  bench.take();
  // It was quick: the second piece is larger, and a third is read before that one is taken.
  assert.equal(bench.read(), true);
  assert.equal(bench.read(), true);
  assert.equal(bench.read(), false);
  while (bench.ends.length === 0) {
    bench.take();
    bench.read();
  }
  assert.ok(Buffer.concat(bench.taken).equals(large));
  const sizes = bench.taken.map(({ length }) => length);
  assert.deepEqual(sizes.slice(0, 3), [64 * 1024, 512 * 1024, 512 * 1024]);
  assert.deepEqual([bench.ends, bench.closed], [[null], 1]);
});

test("large buffers come back, also from a client that goes in the middle", (context) => {
  standStill(context);
  const large = Buffer.alloc(3_000_000, "x");
  // More often than there are buffers.
  for (let round = 0; round < 200; round++) {
    const bench = new Bench(large, 0, large.length).send();
    for (const step of ["read", "take", "read", "read"] as const) bench[step]();
    assert.equal(bench.taken[1]?.length, 512 * 1024, `round ${round}`);
    bench.file.release();
    bench.take(new Error("the connection was closed"));
  }
});

test("a client that gets slow goes back to small pieces", (context) => {
  let nowMs = 0;
  context.mock.method(performance, "now", () => nowMs);
  const large = Buffer.alloc(3_000_000, "x");
  const bench = new Bench(large, 0, large.length).send();
  bench.read();
  bench.take();
  bench.read();
  nowMs += 1_000;
  bench.take();
  // What was read ahead is written, and then nothing is read ahead any more.
  bench.read();
  nowMs += 1_000;
  bench.take();
  assert.equal(bench.read(), true);
  assert.equal(bench.read(), false);
  assert.equal(bench.taken.at(-1)?.length, 64 * 1024);
  bench.file.release();
});

/** A machine that pauses must not make a quick client look slow. */
function standStill(context: TestContext): void {
  context.mock.method(performance, "now", () => 0);
}
