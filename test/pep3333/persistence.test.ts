/** 100-continue, connections that stay, and one request at a time: checklist items 100 to 106. */
import assert from "node:assert/strict";

import { valuesOf } from "../support/answer.ts";
import type { RawClient } from "../support/raw-client.ts";
import { assertOk, assertInOrder, json, keepAlive, saysClose } from "./expectations.ts";
import { CONTINUE, OTHER_HTTP, THREADS } from "./headings.ts";
import { section } from "./section.ts";

const LARGE = 3 * 1024 * 1024;

function expecting(target: string, length: number, version = "1.1"): string {
  const head = `POST ${target} HTTP/${version}\r\nHost: t\r\nExpect: 100-continue\r\n`;
  return `${head}Content-Length: ${length}\r\n\r\n`;
}

/** Waits for the interim answer; its reason phrase is the server's own. */
async function continued(client: RawClient): Promise<void> {
  await client.received("\r\n\r\n");
  assert.match(client.waiting, /^HTTP\/1\.1 100 [^\r\n]*\r\n/);
}

/** Sends the body once the server has asked for it, or has answered without. */
async function afterContinue(client: RawClient, body: Uint8Array | string): Promise<void> {
  await client.received("\r\n\r\n");
  if (client.waiting.startsWith("HTTP/1.1 100 ")) client.send(body);
}

section({ app: "body:application" }, (rule) => {
  rule(
    100,
    "MUST",
    CONTINUE,
    "a client that waits gets 100 Continue and may send its body",
    async ({ connect }) => {
      const client = await connect();
      client.send(expecting("/script?steps=r", 5));
      await continued(client);
      client.send("hello");
      assert.deepEqual(json(await client.answer()), ["hello"]);
    },
  );

  rule(
    100,
    "MUST",
    CONTINUE,
    "a client that waits with a large body gets 100 Continue too",
    async ({ connect }) => {
      const client = await connect();
      client.send(expecting("/digest?read=65536", LARGE));
      await continued(client);
      await client.sendAll(Buffer.alloc(LARGE));
      assert.equal(json<[number, string]>(await client.answer())[0], LARGE);
    },
  );

  for (const length of [5, LARGE]) {
    rule(
      101,
      "derived",
      CONTINUE,
      `an application that answers without reading ends the exchange in order (${length} bytes)`,
      async ({ connect }) => {
        const client = await connect();
        client.send(expecting("/unread", length));
        await afterContinue(client, Buffer.alloc(length));
        const answer = await client.answer();
        assertOk(answer, "unread");
        // Then either the body still belongs to this request, or nothing more is read.
        if (saysClose(answer)) assert.equal(await client.ended(), "");
        else {
          if (answer.interim.length === 0) client.send(Buffer.alloc(length));
          await assertInOrder(client, answer);
        }
      },
    );
  }

  rule(102, "derived", CONTINUE, "an HTTP/1.0 client gets no 1xx", async ({ connect }) => {
    const client = await connect();
    client.send(`${expecting("/script?steps=r", 5, "1.0")}hello`);
    const answer = await client.answer();
    assert.deepEqual(json(answer), ["hello"]);
    assert.deepEqual(answer.interim, []);
  });

  rule(
    102,
    "derived",
    CONTINUE,
    "Expect without a body, or with a body that doesn't wait, delays nothing",
    async ({ connect }) => {
      const client = await connect();
      client.send("GET /unread HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n\r\n");
      const first = await client.answer();
      assertOk(first, "unread");
      const second = saysClose(first) ? await connect() : client;
      second.send(`${expecting("/script?steps=r", 5)}hello`);
      const answer = await second.answer();
      assert.deepEqual(json(answer), ["hello"]);
      await assertInOrder(second, answer);
    },
  );

  rule(
    105,
    "derived",
    OTHER_HTTP,
    "a connection serves several requests, one after the other and sent ahead, in order",
    async ({ connect }) => {
      const client = await connect();
      for (const body of ["one", "", "three"]) {
        client.send(keepAlive("POST", "/script?steps=r", body));
        assert.deepEqual(json(await client.answer()), [body]);
      }
      const bodies = ["first", "", "third"];
      client.send(bodies.map((body) => keepAlive("POST", "/script?steps=r", body)).join(""));
      for (const body of bodies) assert.deepEqual(json(await client.answer()), [body]);
    },
  );

  rule(105, "derived", OTHER_HTTP, "Connection: close is obeyed and said", async ({ connect }) => {
    const client = await connect();
    client.send("GET /unread HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
    const answer = await client.answer();
    assertOk(answer, "unread");
    assert.ok(saysClose(answer), answer.head);
    assert.equal(await client.ended(), "");
  });

  rule(
    105,
    "derived",
    OTHER_HTTP,
    "an HTTP/1.0 connection is closed, unless the client asks for keep-alive and is told so",
    async ({ connect }) => {
      const plain = await connect();
      plain.send("GET /unread HTTP/1.0\r\nHost: t\r\n\r\n");
      assertOk(await plain.answer(), "unread");
      assert.equal(await plain.ended(), "");
      const asking = await connect();
      const request = "GET /alive HTTP/1.0\r\nHost: t\r\nConnection: keep-alive\r\n\r\n";
      asking.send(request);
      const answer = await asking.answer();
      assertOk(answer, "alive");
      if (/keep-alive/i.test(valuesOf(answer, "Connection").join())) {
        asking.send(request);
        assertOk(await asking.answer(), "alive");
      } else assert.equal(await asking.ended(), "");
    },
  );
});

section({ app: "body:application", streaming: true }, (rule) => {
  rule(
    103,
    "derived",
    CONTINUE,
    "there is one 100 Continue however often the application reads",
    async ({ connect, gate }) => {
      // More than a server is likely to ask for at once.
      const first = 512 * 1024;
      const client = await connect();
      const held = await gate();
      client.send(expecting(`/in_two_parts?first=${first}&${held.query}`, LARGE));
      await continued(client);
      for (let sent = 0; sent < first; sent += 1024) await client.sendAll(Buffer.alloc(1024));
      await client.sendAll(Buffer.alloc(LARGE - first));
      const answer = await client.answer();
      assert.deepEqual(json(answer), [first, LARGE - first]);
      assert.deepEqual(answer.interim, [100]);
    },
  );

  rule(
    103,
    "derived",
    CONTINUE,
    "there is no 100 Continue after the answer has begun",
    async ({ connect }) => {
      const client = await connect();
      client.send(expecting("/answers_first", LARGE));
      await afterContinue(client, Buffer.alloc(LARGE));
      await client.received("early");
      if (!client.waiting.startsWith("HTTP/1.1 100 ")) client.send(Buffer.alloc(LARGE));
      assertOk(await client.answer(), `early ${LARGE}`);
    },
  );

  rule(
    101,
    "derived",
    CONTINUE,
    "an application that answers while its body comes leaves the rest of it unread, or reads it away",
    async ({ connect }) => {
      const client = await connect();
      client.send(expecting("/unread", LARGE));
      await afterContinue(client, Buffer.alloc(LARGE));
      const answer = await client.answer();
      assertOk(answer, "unread");
      if (saysClose(answer)) assert.equal(await client.ended(), "");
    },
  );
});

section({ app: "threads:application" }, (rule) => {
  rule(
    106,
    "SHOULD",
    THREADS,
    "with one thread no two requests are in the application at the same time",
    async ({ connect, gate }) => {
      const waiting = [];
      for (let i = 0; i < 4; i++) {
        const client = await connect();
        const held = await gate();
        client.send(keepAlive("GET", `/counted?${held.query}`));
        waiting.push({ client, held });
      }
      await Promise.all(
        waiting.map(async ({ client, held }) => {
          await held.heard("one is in");
          held.letGo();
          assertOk(await client.answer(), "1");
          client.destroy();
        }),
      );
    },
  );
});
