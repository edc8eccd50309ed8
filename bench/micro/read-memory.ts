/** Memory for reads of which views are passed on: used again when they are released, beside memory made anew for each read. */
import { type Lender, ReadMemory } from "../../src/base/read-memory.ts";
import { compare } from "./compare.ts";

const KIB = 1024;
/** Views that wait for their clients at a time. */
const WAITING = 2;

for (const size of [64 * KIB, 256 * KIB]) {
  const memory = new ReadMemory(size, 8);
  const waiting: Lender[] = [];
  compare(
    `read memory: a read of ${size / KIB} KiB that is passed on, collections included`,
    5_000,
    [
      {
        name: "used again",
        run: (count) => {
          for (let i = 0; i < count; i++) {
            memory.next()[0] = i;
            memory.lender.keep();
            waiting.push(memory.lender);
            if (waiting.length > WAITING) waiting.shift()?.release();
          }
          return waiting;
        },
      },
      {
        name: "plain: made anew",
        run: (count) => {
          const buffers: Buffer[] = [];
          for (let i = 0; i < count; i++) {
            const buffer = Buffer.allocUnsafeSlow(size);
            buffer[0] = i;
            buffers.push(buffer);
            if (buffers.length > WAITING) buffers.shift();
          }
          return buffers;
        },
      },
    ],
  );
}
