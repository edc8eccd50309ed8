/** wsgi.file_wrapper: checklist items 107 to 117. All hold only where it is offered. */
import assert from "node:assert/strict";

import { valuesOf } from "../support/answer.ts";
import { sha256 } from "./body-maker.ts";
import { assertOk, assertInOrder, json, keepAlive } from "./expectations.ts";
import { FILES } from "./headings.ts";
import { type Level, NotOffered } from "./rules.ts";
import { type Trial, section } from "./section.ts";

const CONTENT = "0123456789abcdef";
const megabyte = Buffer.concat(
  Array<Buffer>(4096).fill(Buffer.from(Array.from({ length: 256 }, (_, i) => i))),
);

section({ app: "files:application" }, (declare) => {
  const rule = (
    item: number,
    level: Level,
    sentence: string,
    run: (trial: Trial) => Promise<void>,
  ): void => {
    declare(item, level, FILES, sentence, async (trial) => {
      const offered = json<boolean>(await trial.get("/offered"));
      if (!offered) throw new NotOffered("no wsgi.file_wrapper");
      await run(trial);
    });
  };

  rule(107, "MUST", "it takes a file, and a block size as the second argument", async ({ get }) => {
    assertOk(await get("/called_both_ways?one"), CONTENT);
    assertOk(await get("/called_both_ways?two"), CONTENT);
  });

  rule(108, "MUST", "what it returns can be iterated by middleware", async ({ get }) => {
    assertOk(await get("/in_middleware"), CONTENT.toUpperCase());
  });

  rule(109, "MUST", "it sends and reads nothing before it is returned", async ({ get }) => {
    assertOk(await get("/not_returned"), "other");
    assert.deepEqual(json(await get("/notes/not_returned")), [[0, false]]);
  });

  rule(110, "MUST", "close() of the file is called once at the end", async ({ get }) => {
    assertOk(await get("/closes"), "content");
    assert.deepEqual(json(await get("/notes/closes")), ["close"]);
    assertOk(await get("/without_close"), "content");
  });

  rule(110, "MUST", "close() of the file is called when the client goes away", async (trial) => {
    const client = await trial.connect();
    const held = await trial.gate();
    client.send(keepAlive("GET", `/closes_when_client_goes?${held.query}`));
    await client.received("xxxx");
    client.destroy();
    await held.heard("closed");
  });

  rule(111, "MUST", "objects without a descriptor are served too", async ({ get }) => {
    assertOk(await get("/bytes_io"), "content");
    assertOk(await get("/without_close"), "content");
  });

  rule(112, "MUST", "transmission begins at the file's present position", async ({ get }) => {
    assertOk(await get("/from_position"), CONTENT.slice(10));
    assertOk(await get("/from_position_with_length"), CONTENT.slice(10));
  });

  rule(113, "MUST", "transmission ends at Content-Length", async ({ connect }) => {
    const client = await connect();
    client.send(keepAlive("GET", "/up_to_length"));
    const answer = await client.answer();
    assertOk(answer, "\x00\x01\x02\x03\x04");
    await assertInOrder(client, answer);
  });

  rule(113, "MUST", "transmission ends at the end of the file", async ({ get }) => {
    const answer = await get("/large");
    assert.ok(answer.complete);
    assert.equal(answer.body.length, 4 * megabyte.length);
    assert.equal(sha256(answer.body.subarray(megabyte.length * 3)), sha256(megabyte));
  });

  rule(114, "MAY", "a length that the server adds counts from the position", async ({ get }) => {
    const answer = await get("/from_position");
    const [length] = valuesOf(answer, "Content-Length");
    if (length !== undefined) assert.equal(length, String(CONTENT.length - 10));
    assertOk(answer, CONTENT.slice(10));
  });

  rule(115, "derived", "what was written comes before the file", async ({ get }) => {
    assertOk(await get("/after_write"), `first ${CONTENT}`);
  });

  rule(
    116,
    "derived",
    "what read() gives is sent, whatever the descriptor holds",
    async (trial) => {
      const expected = {
        gzip: "unpacked",
        spooled: "spooled",
        pipe: "from a pipe",
        read_ahead: "0123456789".repeat(1000).slice(1),
        empty: "",
      };
      for (const [odd, body] of Object.entries(expected)) {
        const answer = await trial.get(`/odd?${odd}`);
        assert.equal(answer.text, body, odd);
        assertOk(answer, body);
      }
    },
  );

  rule(117, "derived", "HEAD, 204 and 304: nothing is sent, the file is closed", async (trial) => {
    const { head, get } = trial;
    assert.equal((await head("/without_content")).status, 200);
    assert.deepEqual(json(await get("/notes/without_content")), ["close"]);
    for (const status of ["204%20No%20Content", "304%20Not%20Modified"]) {
      const answer = await get(`/without_content?${status}`);
      assert.equal(String(answer.status), status.slice(0, 3));
      assert.deepEqual(json(await get("/notes/without_content")), ["close"]);
    }
  });
});
