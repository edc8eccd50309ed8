/** Frames to and from a worker: written into one slab and read in place, beside memory and objects for each of them. */
import { Flag } from "../../src/wire/frame.ts";
import { FrameReader } from "../../src/wire/frame-reader.ts";
import { FrameWriter } from "../../src/wire/frame-writer.ts";
import { answerFrame, readFramesPlainly, requestFramePlainly } from "../../test/plain/frames.ts";
import { compare } from "./compare.ts";

/** Frames that share a system call. */
const BATCH = 32;
const FRAGMENT = Buffer.from(`1\0SERVER_PROTOCOL\0HTTP/1.1\0${"HTTP_X\0value\0".repeat(30)}`);
const SLOTS = "GET\0/shop/items/7\0page=2\0/shop/items/7?page=2\x00127.0.0.1\x0050000";
const HEAD = "200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 200\r\n";

compare(
  `frame codec: a REQUEST of ${20 + FRAGMENT.length + SLOTS.length} bytes, ${BATCH} in one piece`,
  3_200,
  [
    {
      name: "into a slab",
      run: (count) => {
        const writer = new FrameWriter();
        let pieces = 0;
        for (let i = 1; i <= count; i++) {
          writer.request(i, FRAGMENT, SLOTS, null, 0);
          if (i % BATCH === 0) pieces += writer.take().length;
        }
        return pieces;
      },
    },
    {
      name: "plain",
      run: (count) => {
        let frames: Buffer[] = [];
        let bytes = 0;
        for (let i = 1; i <= count; i++) {
          frames.push(requestFramePlainly(i, FRAGMENT, SLOTS, null, 0));
          if (i % BATCH !== 0) continue;
          bytes += Buffer.concat(frames).length;
          frames = [];
        }
        return bytes;
      },
    },
  ],
);

const answers = Buffer.concat(
  Array.from({ length: BATCH }, (_, i) =>
    answerFrame(i + 1, 200, Flag.last, HEAD, 200, Buffer.alloc(200, "x")),
  ),
);

compare("frame codec: an ANSWER with 200 bytes of body", 3_200, [
  {
    name: "in place",
    run: (count) => {
      const reader = new FrameReader();
      let sum = 0;
      for (let i = 0; i < count; i += BATCH) {
        reader.push(answers);
        while (reader.next()) sum += reader.number + reader.end - reader.start;
      }
      return sum;
    },
  },
  {
    name: "plain",
    run: (count) => {
      let sum = 0;
      for (let i = 0; i < count; i += BATCH) {
        for (const { number, payload } of readFramesPlainly(answers))
          sum += number + payload.length;
      }
      return sum;
    },
  },
]);
