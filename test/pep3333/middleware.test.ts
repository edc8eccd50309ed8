/**
 * Middleware in both roles, two to four layers deep, wsgiref's validator or werkzeug's between any
 * two of them: what the server gives and takes must also hold when it comes through others.
 */
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";

import { type Answer, valuesOf } from "../support/answer.ts";
import { assertCut, assertInOrder, assertOk, json, keepAlive } from "./expectations.ts";
import { BOTH_SIDES, ERRORS, FILES, MIDDLEWARE, OTHER_HTTP, STREAMS } from "./headings.ts";
import { NotOffered } from "./rules.ts";
import { type Trial, section } from "./section.ts";
import { isOurs } from "./target.ts";

/** What a judge says when a layer, or the server in its role, breaks the PEP. */
const JUDGED = /AssertionError|without being closed|WSGIWarning|HTTPWarning/;

/** What was closed since one last asked, in order: each layer notes it, then hands it on. */
const closed = async ({ get }: Trial): Promise<string> =>
  json<string[]>(await get("/notes/closed")).join(" ");

/** Runs the trial; no judge may have said anything into the log meanwhile. */
const judged =
  (run: (trial: Trial) => Promise<void>) =>
  async (trial: Trial): Promise<void> => {
    const { length } = trial.server.log();
    await closed(trial); // What earlier rules have left there.
    await run(trial);
    await trial.get("/alive");
    assert.doesNotMatch(trial.server.log().slice(length), JUDGED);
  };

/** How often a layer has named itself; a server may send the lines of one field as one. */
const named = (answer: Answer): number =>
  valuesOf(answer, "X-Layer").join(",").match(/named/g)?.length ?? 0;

section({ app: "middleware:application" }, (rule) => {
  for (const [name, deep] of [
    ["two_deep", "two layers"],
    ["four_deep", "four layers"],
  ] as const) {
    rule(
      77,
      "MUST",
      MIDDLEWARE,
      `blocks that ${deep} transform one for one are not delayed`,
      judged(async ({ connect, gate }) => {
        const client = await connect();
        const held = await gate();
        client.send(keepAlive("GET", `/${name}?${held.query}`));
        await held.heard("asked for the second block");
        assert.equal((await client.partialAnswer("A")).text, "A");
        held.letGo();
        const answer = await client.answer();
        assertOk(answer, "AB");
        assert.equal(named(answer), 1);
        await assertInOrder(client, answer);
      }),
    );
  }

  rule(
    60,
    "MUST",
    MIDDLEWARE,
    "a layer's empty block sends nothing: its error page still replaces the answer",
    judged(async ({ get }) => {
      for (const name of ["fails_at_once", "fails_at_first_block"]) {
        const answer = await get(`/${name}`);
        assert.equal(`${answer.status} ${answer.reason}`, "500 Sorry", name);
        assert.equal(answer.text, "SORRY");
        assert.deepEqual(valuesOf(answer, "X-App"), []);
        assert.deepEqual(valuesOf(answer, "X-Sorry"), ["1"]);
        assert.equal(named(answer), 0, "the headers of the first call are gone");
        assert.ok(answer.complete);
      }
    }),
  );

  rule(
    63,
    "MUST",
    ERRORS,
    "an error page of a layer that comes too late raises the original exception through all layers",
    judged(async (trial) => {
      const { length } = trial.server.log();
      assertCut(await trial.get("/fails_later"), "A");
      await trial.server.waitForLog(new RegExp(`^[^]{${length}}[^]*the original`));
      assert.equal(await closed(trial), "shouting error_page naming");
    }),
  );

  rule(
    80,
    "MUST",
    BOTH_SIDES,
    "close() goes through all layers to the application, once",
    judged(async (trial) => {
      assertOk(await trial.get("/closing"), "AB");
      assert.equal(await closed(trial), "error_page naming shouting application");
    }),
  );

  rule(
    80,
    "MUST",
    BOTH_SIDES,
    "close() goes through all layers when the client goes away",
    judged(async (trial) => {
      const client = await trial.connect();
      const held = await trial.gate();
      client.send(keepAlive("GET", `/client_goes?${held.query}`));
      await client.received("XXXX");
      client.destroy();
      await held.heard("closed");
      assert.equal(await closed(trial), "error_page shouting naming application");
    }),
  );

  rule(
    79,
    "derived",
    MIDDLEWARE,
    "a layer that collects all blocks gives their length, whether written or returned",
    judged(async ({ connect }) => {
      const client = await connect();
      client.send(keepAlive("GET", "/buffered"));
      const answer = await client.answer();
      assertOk(answer, "1234");
      assert.deepEqual(valuesOf(answer, "Content-Length"), ["4"]);
      await assertInOrder(client, answer);
    }),
  );

  rule(
    79,
    "derived",
    MIDDLEWARE,
    "layers that collect, compress and collect again give the length of what is sent",
    judged(async ({ get }) => {
      const answer = await get("/buffered_twice");
      assert.ok(answer.complete);
      assert.deepEqual(valuesOf(answer, "Content-Length"), [String(answer.body.length)]);
      assert.equal(gunzipSync(answer.body).toString(), "1234");
    }),
  );

  rule(
    95,
    "MUST",
    BOTH_SIDES,
    "a layer may write() what its application returns",
    judged(async ({ get }) => {
      assertOk(await get("/written"), "AB.");
      assertOk(await get("/written_by_both"), "1234.");
    }),
  );

  rule(
    94,
    "MUST",
    MIDDLEWARE,
    "what a layer writes is on its way while the application makes its next block",
    judged(async ({ connect, gate }) => {
      const client = await connect();
      const held = await gate();
      client.send(keepAlive("GET", `/written?${held.query}`));
      await held.heard("asked for the second block");
      await client.partialAnswer("A");
      held.letGo();
      assertOk(await client.answer(), "AB.");
    }),
  );

  rule(
    31,
    "MUST",
    STREAMS,
    "a layer may replace wsgi.input; the connection stays in order, read or unread",
    judged(async ({ connect }) => {
      for (const [target, text] of [
        ["/other_input", "TUPNI"],
        ["/unread_input", "AB"],
      ] as const) {
        const client = await connect();
        client.send(keepAlive("POST", target, "input"));
        const answer = await client.answer();
        assertOk(answer, text);
        await assertInOrder(client, answer);
        client.destroy();
      }
    }),
  );

  rule(
    77,
    "MUST",
    MIDDLEWARE,
    "a layer that compresses block by block delays none of them",
    judged(async ({ connect, gate }) => {
      const client = await connect();
      const held = await gate();
      client.send(keepAlive("GET", `/zipped?${held.query}`));
      await held.heard("asked for the second block");
      // A flushed block of gzip ends with an empty stored one.
      await client.received("\x00\x00\xff\xff");
      held.letGo();
      const answer = await client.answer();
      assert.deepEqual(valuesOf(answer, "Content-Encoding"), ["gzip"]);
      assert.equal(gunzipSync(answer.body).toString(), "AB");
    }),
  );

  rule(
    13,
    "MUST",
    BOTH_SIDES,
    "layers may move segments of the path from PATH_INFO to SCRIPT_NAME",
    judged(async ({ get }) => {
      assertOk(await get("/mounted/b/c%20d/"), "/mounted/b|/c d/");
    }),
  );

  rule(
    5,
    "MUST",
    BOTH_SIDES,
    "a layer may call its application twice for one request",
    judged(async ({ get }) => {
      const answer = await get("/asked_again");
      assertOk(answer, "found");
      assert.equal(named(answer), 1);
    }),
  );

  rule(
    92,
    "derived",
    OTHER_HTTP,
    "HEAD through layers has no content, and the layers are closed",
    judged(async (trial) => {
      const client = await trial.connect();
      client.send(keepAlive("HEAD", "/closing"));
      const answer = await client.answer("HEAD");
      assert.equal(answer.status, 200);
      await assertInOrder(client, answer);
      client.destroy();
      assert.equal(await closed(trial), "error_page naming shouting application");
    }),
  );

  const content = "content ".repeat(32767);
  for (const [name, sentence, text] of [
    ["file_in_layers", "layers may iterate over a wrapped file", content.toUpperCase()],
    ["file_handed_on", "layers may hand a wrapped file on as it is", content],
    ["file_of_own_wrapper", "a layer may give a wrapper of its own", content.toUpperCase()],
  ] as const) {
    rule(
      108,
      "MUST",
      FILES,
      sentence,
      judged(async ({ connect, get }) => {
        if ((await get("/offers_file_wrapper")).text !== "True") throw new NotOffered("no wrapper");
        const client = await connect();
        client.send(keepAlive("GET", `/${name}`));
        const answer = await client.answer();
        assert.equal(answer.text.length, text.length);
        assertOk(answer, text);
        assert.equal(named(answer), name === "file_handed_on" ? 2 : 1);
        await assertInOrder(client, answer);
      }),
    );
  }
});

section({ app: "linted:application" }, (rule) => {
  rule(
    1,
    "MUST",
    BOTH_SIDES,
    "werkzeug's LintMiddleware around each layer finds nothing to say",
    judged(async ({ get, head, post, connect }) => {
      assertOk(await get("/in_blocks"), "AB");
      assertOk(await post("/echoed", "body"), "BODY");
      assert.equal((await head("/in_blocks")).status, 200);
      const answer = await get("/unchanged");
      assert.equal(answer.status, 304);
      assert.ok(answer.complete);
      const client = await connect();
      client.send("POST /echoed HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n");
      client.send("Connection: close\r\n\r\n4\r\nbody\r\n0\r\n\r\n");
      const echoed = await client.answer();
      // Without CONTENT_LENGTH the application reads nothing.
      assert.match(echoed.text, isOurs ? /^BODY$/ : /^(?:BODY)?$/);
      assert.ok(echoed.complete);
    }),
  );

  if (isOurs) {
    rule(1, "derived", BOTH_SIDES, "what LintMiddleware warns of is seen", async (trial) => {
      const { length } = trial.server.log();
      await trial.get("/misjudged");
      await trial.server.waitForLog(new RegExp(`^[^]{${length}}[^]*WSGIWarning`));
    });
  }
});
