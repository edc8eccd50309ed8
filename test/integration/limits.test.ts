/** Each limit on a request, as it is set on the command line, and the status of the answer beyond it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { withLifeServer } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";

const HOST = "Host: a\r\n";
const CHUNKED = `POST /work?id=a HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`;

/** What is just allowed, what is one too many, and the status of that. */
const limits: readonly (readonly [
  args: readonly string[],
  allowed: string,
  beyond: string,
  status: number,
])[] = [
  [
    ["--limit-request-line", "100"],
    `GET /work?id=${"a".repeat(100 - "GET /work?id= HTTP/1.1".length)} HTTP/1.1\r\n${HOST}\r\n`,
    `GET /work?id=${"a".repeat(101 - "GET /work?id= HTTP/1.1".length)} HTTP/1.1\r\n${HOST}\r\n`,
    414,
  ],
  [
    ["--limit-request-fields", "3"],
    `GET /work?id=a HTTP/1.1\r\n${HOST}A: 1\r\nB: 2\r\n\r\n`,
    `GET /work?id=a HTTP/1.1\r\n${HOST}A: 1\r\nB: 2\r\nC: 3\r\n\r\n`,
    431,
  ],
  ...["--limit-request-field-size", "--limit-request-field_size"].map(
    (flag) =>
      [
        [flag, "64"],
        `GET /work?id=a HTTP/1.1\r\n${HOST}A: ${"x".repeat(61)}\r\n\r\n`,
        `GET /work?id=a HTTP/1.1\r\n${HOST}A: ${"x".repeat(62)}\r\n\r\n`,
        431,
      ] as const,
  ),
  [
    ["--limit-request-head", "128"],
    `GET /work?id=a HTTP/1.1\r\n${HOST}A: ${"x".repeat(128 - 25 - 9 - 7)}\r\n\r\n`,
    `GET /work?id=a HTTP/1.1\r\n${HOST}A: ${"x".repeat(129 - 25 - 9 - 7)}\r\n\r\n`,
    431,
  ],
  [
    ["--limit-request-body", "4"],
    `POST /work?id=a HTTP/1.1\r\n${HOST}Content-Length: 4\r\n\r\nbody`,
    `POST /work?id=a HTTP/1.1\r\n${HOST}Content-Length: 5\r\n\r\n`,
    413,
  ],
  [
    ["--limit-request-body", "4"],
    `${CHUNKED}2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n`,
    `${CHUNKED}2\r\nbo\r\n3\r\n`,
    413,
  ],
];

for (const [args, allowed, beyond, status] of limits) {
  test(`${args.join(" ")}: what is allowed is served, one more gets ${status} and the end`, async () => {
    await withLifeServer(args, async ({ server, started }) => {
      const good = await RawClient.open(server.port);
      good.send(allowed);
      assert.equal((await good.answer()).status, 200);
      good.destroy();
      const bad = await RawClient.open(server.port);
      bad.send(beyond);
      const answer = await bad.answer();
      assert.equal(answer.status, status);
      // A status, a request id where there was a request, and nothing of the cause.
      assert.match(
        answer.text,
        new RegExp(`^${status} [A-Z][A-Za-z -]+\n(?:Request ID: \\S+\n)?$`),
      );
      assert.equal(await bad.ended(), "");
      assert.equal(started().length, 1);
    });
  });
}

test("RFC 9110 §6.5.1: trailers are dropped, and chunk extensions too", async () => {
  await withLifeServer([], async ({ server }) => {
    const client = await RawClient.open(server.port);
    client.send(
      "POST /environ?key=HTTP_X_LATE HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Late\r\n\r\n" +
        "1;a=b\r\nx\r\n0;c\r\nX-Late: 1\r\n\r\n",
    );
    assert.equal((await client.answer()).text, "None");
    client.destroy();
  });
});
