/** write(): checklist items 86 and 94 to 99. */
import assert from "node:assert/strict";

import { assertOk, assertInOrder, json, keepAlive, saysClose } from "./expectations.ts";
import { CONTENT_LENGTH, WRITE } from "./headings.ts";
import { section } from "./section.ts";

section({ app: "writing:application" }, (rule) => {
  rule(
    86,
    "SHOULD",
    CONTENT_LENGTH,
    "write() past Content-Length raises, and nothing beyond it is sent",
    async ({ get }) => {
      assertOk(await get("/past_length"), "12345");
      assert.notDeepEqual(json(await get("/notes/past_length")), ["no error"]);
    },
  );

  rule(
    94,
    "MUST",
    WRITE,
    "what was given to write() is on its way when write() returns",
    async ({ connect, gate }) => {
      const client = await connect();
      const held = await gate();
      client.send(keepAlive("GET", `/held?${held.query}`));
      await held.heard("written");
      await client.partialAnswer("a");
      held.letGo();
      assertOk(await client.answer(), "ab");
    },
  );

  rule(95, "MUST", WRITE, "what was written comes before what is iterated", async ({ get }) => {
    assertOk(await get("/before_iterable"), "12");
  });

  rule(96, "MUST", WRITE, "the iterable may be empty after write()", async ({ get }) => {
    assertOk(await get("/alone"), "x");
  });

  rule(
    97,
    "derived",
    WRITE,
    "no Content-Length is made from the iterable when write() was used",
    async ({ connect }) => {
      const client = await connect();
      client.send(keepAlive("GET", "/before_iterable"));
      const answer = await client.answer();
      assertOk(answer, "12");
      await assertInOrder(client, answer);
    },
  );

  rule(
    98,
    "derived",
    WRITE,
    "write() of something other than bytes raises TypeError in the application",
    async ({ get }) => {
      assertOk(await get("/wrong_type"), "ok");
      const raised = json<string[]>(await get("/notes/wrong_type"));
      assert.deepEqual(raised, ["TypeError", "TypeError", "TypeError"]);
    },
  );

  rule(98, "derived", WRITE, "write() of nothing does no harm", async ({ get }) => {
    assertOk(await get("/empty"), "ok");
  });

  rule(
    99,
    "derived",
    WRITE,
    "a write() that is kept beyond its request raises and reaches nobody",
    async ({ connect, get }) => {
      const client = await connect();
      client.send(keepAlive("GET", "/keeps"));
      const answer = await client.answer();
      assertOk(answer, "first");
      // Where the connection stays, on the connection that the late bytes would reach.
      if (saysClose(answer)) assert.notEqual(json(await get("/uses_kept")), null);
      else {
        client.send(keepAlive("GET", "/uses_kept"));
        const late = await client.answer();
        assert.notEqual(json(late), null);
        await assertInOrder(client, late);
      }
    },
  );

  rule(92, "derived", WRITE, "write() sends no content in an answer to HEAD", async (trial) => {
    const client = await trial.connect();
    client.send(keepAlive("HEAD", "/head"));
    const answer = await client.answer("HEAD");
    assert.equal(answer.status, 200);
    await assertInOrder(client, answer);
  });
});
