/** Memory for bodies: taken from the pool and given back, beside memory that is made for each. */
import { BufferPool } from "../../src/base/buffer-pool.ts";
import { compare } from "./compare.ts";

const KIB = 1024;
/** Bodies that are in memory at a time. */
const OPEN = 64;

/** Takes memory for a body, writes into it, and lets go of the oldest one. */
function turn(take: () => Buffer, give: (buffer: Buffer) => void): (count: number) => unknown {
  const open: Buffer[] = Array.from({ length: OPEN }, take);
  return (count) => {
    for (let i = 0; i < count; i++) {
      give(open[i % OPEN]!);
      const buffer = take();
      buffer[0] = i;
      open[i % OPEN] = buffer;
    }
    return open;
  };
}

for (const size of [8 * KIB, 64 * KIB, 512 * KIB]) {
  const pool = new BufferPool(64 * 1024 * KIB);
  const pooled = turn(
    () => pool.take(size),
    (buffer) => pool.give(buffer),
  );
  const anew = turn(
    () => Buffer.allocUnsafeSlow(size),
    () => {},
  );
  compare(`buffer pool: memory for a body of ${size / KIB} KiB, collections included`, 5_000, [
    { name: "pool", run: pooled },
    { name: "plain: made anew", run: anew },
  ]);
}
