/**
 * wsgi.input under every reading pattern, for each way in which a body can reach the application,
 * in both framings, at the sizes where buffers end. The model is an io.BytesIO of the same bytes,
 * which the application reads in the same steps (test/apps/pep3333/body.py).
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, describe, test } from "node:test";

import * as fc from "fast-check";

import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";
import { chunked, makeBody } from "./body-maker.ts";
import { json } from "./expectations.ts";
import { appsFolder, isOurs } from "./target.ts";

const TITLE = 'PEP 3333 "Input and Error Streams"';

/** How a body reaches the application. */
const ways: Readonly<Record<string, readonly string[]>> = {
  "from memory": ["--request-buffer", "4m"],
  "from a file": ["--request-buffer", "1k"],
  "while it comes": ["--no-request-buffering"],
};

const MIB = 1024 * 1024;
const sizes = [0, 1, 65_535, 65_536, 65_537, MIB];

const patterns = [
  "r,r,r1,l,n,L,i",
  "r-1,r-1",
  "rN,rN",
  "r0,r1,r2,r3,r65530,r1,r1,r1,r1,r1,r",
  "r65536,r65536,r65536,r",
  "r2000000,r1,r",
  "l,l,l,r10,l,r",
  "l0,l1,l100000,l-1,l7,r",
  "L,L,r",
  "L1,L300,r5,L100000,L",
  "i,i,r",
  "n,n,r1,n,l,L",
  "r70000,l,i",
  "r10",
  "l",
  "r0",
];

/** Chunk sizes that cut at, before and behind every buffer. */
const nasty = [1, 2, 1000, 65_537, 3, 16_384, 65_535, 1, 1];

type FramingName = "Content-Length" | "chunked";

function head(target: string, framing: string): string {
  return `POST ${target} HTTP/1.1\r\nHost: t\r\n${framing}\r\n\r\n`;
}

/** Sends the body, has it read, and gives what the model says about it: "same". */
async function compare(
  client: RawClient,
  seed: number,
  body: Buffer,
  steps: string,
  chunkSizes: readonly number[] | null,
): Promise<string> {
  const target = `/model?seed=${seed}&size=${body.length}&steps=${steps}`;
  if (chunkSizes === null) {
    client.send(head(target, `Content-Length: ${body.length}`));
    client.send(body);
  } else {
    client.send(head(target, "Transfer-Encoding: chunked"));
    client.send(chunked(body, chunkSizes));
  }
  return json<string>(await client.answer());
}

for (const [way, flags] of isOurs ? Object.entries(ways) : []) {
  describe(`wsgi.input ${way}`, () => {
    let server: RunningServer;
    before(async () => {
      server = await startServer(["--chdir", appsFolder, ...flags, "body:application"]);
    });
    after(async () => {
      await server.stop();
    });

    /** A body that was not read to its end may end the connection: each pattern has its own. */
    async function onOwnConnection<T>(run: (client: RawClient) => Promise<T>): Promise<T> {
      const client = await RawClient.open(server.port);
      try {
        return await run(client);
      } finally {
        client.destroy();
      }
    }

    for (const framing of ["Content-Length", "chunked"] satisfies FramingName[]) {
      for (const size of sizes) {
        test(`${TITLE}: ${size} bytes, ${framing}, read ${way} like an io.BytesIO`, async () => {
          const body = makeBody(size, size);
          for (const steps of patterns) {
            const chunkSizes = framing === "chunked" ? nasty : null;
            const result = await onOwnConnection((client) =>
              compare(client, size, body, steps, chunkSizes),
            );
            assert.equal(result, "same", steps);
          }
        });
      }
    }

    test(`${TITLE}: a body that was read to its end leaves the connection usable, ${way}`, async () => {
      await onOwnConnection(async (client) => {
        for (const size of [1, 65_537, MIB]) {
          const body = makeBody(7, size);
          assert.equal(await compare(client, 7, body, "r,r", null), "same");
          assert.equal(await compare(client, 7, body, "i,r", nasty), "same");
        }
      });
    });

    test(`${TITLE}: any mixture of reads is like an io.BytesIO's, ${way}`, async () => {
      const count = fc.oneof(fc.integer({ min: 0, max: 600 }), fc.constantFrom(65_535, 65_536));
      const step = fc.oneof(
        fc.constantFrom("r", "r-1", "rN", "l", "l-1", "L", "i", "n", "n"),
        fc.tuple(fc.constantFrom("r", "r", "l", "l", "L"), count).map(([m, n]) => `${m}${n}`),
      );
      const example = fc.record({
        seed: fc.integer({ min: 0, max: 9 }),
        size: fc.oneof(
          fc.integer({ min: 0, max: 3_000 }),
          fc.integer({ min: 65_000, max: 140_000 }),
        ),
        steps: fc.array(step, { minLength: 1, maxLength: 20 }),
        chunkSizes: fc.option(
          fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(4_096, 65_536)), {
            minLength: 1,
            maxLength: 5,
          }),
        ),
      });
      const property = fc.asyncProperty(example, async ({ seed, size, steps, chunkSizes }) => {
        const body = makeBody(seed, size);
        const result = await onOwnConnection((client) =>
          compare(client, seed, body, steps.join(","), chunkSizes),
        );
        assert.equal(result, "same");
      });
      await fc.assert(property, { seed: 3333, numRuns: 150, interruptAfterTimeLimit: 30_000 });
    });

    if (way === "from memory") return;

    for (const framing of ["Content-Length", "chunked"] satisfies FramingName[]) {
      test(`${TITLE}: 300 MiB arrive unchanged, ${framing}, ${way}`, async () => {
        await onOwnConnection(async (client) => {
          const blocks = 300;
          const sha = createHash("sha256");
          const isChunked = framing === "chunked";
          const field = isChunked
            ? "Transfer-Encoding: chunked"
            : `Content-Length: ${blocks * MIB}`;
          client.send(head("/digest?read=1048576", field));
          const block = makeBody(300, MIB);
          for (let i = 0; i < blocks; i++) {
            block.writeUInt32LE(i);
            const copy = Buffer.from(block);
            sha.update(copy);
            if (isChunked) client.send(`${MIB.toString(16)}\r\n`);
            await client.sendAll(copy);
            if (isChunked) client.send("\r\n");
          }
          if (isChunked) client.send("0\r\n\r\n");
          assert.deepEqual(json(await client.answer()), [blocks * MIB, sha.digest("hex")]);
        });
      });
    }
  });
}
