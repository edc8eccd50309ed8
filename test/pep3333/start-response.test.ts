/** What start_response does with what it is given: checklist items 59 to 75. */
import assert from "node:assert/strict";

import { valuesOf } from "../support/answer.ts";
import {
  assertCut,
  assertOk,
  assertServerError,
  assertInOrder,
  json,
  keepAlive,
} from "./expectations.ts";
import { ERRORS, OTHER_HTTP, START_RESPONSE, UNICODE } from "./headings.ts";
import { NotTried } from "./rules.ts";
import { section } from "./section.ts";
import { isOurs } from "./target.ts";

section({ app: "answering:application" }, (rule) => {
  rule(
    59,
    "MUST",
    START_RESPONSE,
    "headers are not sent when it is called: an error before the body still becomes a 500",
    async ({ connect, gate, get }) => {
      assertServerError(await get("/raises_before_body"));
      const client = await connect();
      const held = await gate();
      client.send(keepAlive("GET", `/raises_before_body?${held.query}`));
      await held.heard("called");
      assert.equal(client.receivedBytes, 0);
      held.letGo();
      assertServerError(await client.answer());
    },
  );

  rule(
    60,
    "MUST",
    START_RESPONSE,
    "headers are not sent before the first non-empty block",
    async ({ get }) => {
      const answer = await get("/replaced_after_empty_blocks");
      assert.equal(answer.status, 500);
      assert.equal(answer.reason, "X");
      assert.equal(answer.text, "err");
      assert.deepEqual(valuesOf(answer, "X-App"), []);
    },
  );

  rule(
    61,
    "MUST",
    START_RESPONSE,
    "without any block the headers are sent when the iterable is exhausted",
    async ({ get }) => {
      assert.equal((await get("/no_content")).status, 204);
      for (const target of ["/empty_list", "/empty_generator"]) {
        assertOk(await get(target), "");
      }
    },
  );

  rule(
    62,
    "SHOULD",
    ERRORS,
    "a call with exc_info replaces the status and all headers that were not sent yet",
    async ({ get }) => {
      const answer = await get("/replaces");
      assert.equal(`${answer.status} ${answer.reason}`, "500 Oops");
      assert.deepEqual(valuesOf(answer, "X-A"), []);
      assert.deepEqual(valuesOf(answer, "X-B"), ["2"]);
      assert.equal(answer.text, "e");
    },
  );

  rule(
    63,
    "MUST",
    ERRORS,
    "a call with exc_info after the headers went out raises that very exception; the answer is cut",
    async ({ get }) => {
      assertCut(await get("/too_late"), "a");
      assert.deepEqual(json(await get("/notes/too_late")), [[true, true]]);
    },
  );

  rule(
    64,
    "MUST",
    START_RESPONSE,
    "a second call without exc_info raises in the application",
    async ({ get }) => {
      assertServerError(await get("/twice"));
      assert.equal(json<string[]>(await get("/notes/twice")).length, 1);
    },
  );

  rule(
    65,
    "MUST",
    START_RESPONSE,
    "a second call without exc_info raises also when the first one failed",
    async ({ get }) => {
      const answer = await get("/after_bad_call");
      const refused = json<string[]>(await get("/notes/after_bad_call")).length === 1;
      if (!refused && !isOurs) throw new NotTried("the first call did not fail");
      assertServerError(answer);
      assertOk(await get("/after_bad_call_with_exc_info"), "mended");
    },
  );

  /** By the first word of their names in test/apps/pep3333/answering.py. */
  const misused = {
    headers: "headers that are no list of pairs raise",
    pair: "a header that is no tuple of two raises",
    name: "a malformed header name raises",
    value: "a malformed header value raises",
    status: "a malformed status raises",
  };
  for (const [part, sentence] of Object.entries(misused)) {
    rule(66, "SHOULD", START_RESPONSE, `${sentence} at the call`, async ({ get }) => {
      const names = json<string[]>(await get("/misuse_names"));
      const misuses = names.filter((name) => name.startsWith(`${part} `));
      assert.ok(misuses.length >= 3);
      const wrong: string[] = [];
      for (const misuse of misuses) {
        const answer = await get(`/misuse?${encodeURIComponent(misuse)}`).catch(() => null);
        const raised = json<string[]>(await get("/notes/misuse"));
        if (raised.length !== 1) wrong.push(`${misuse}: did not raise`);
        else if (answer?.status !== 500) wrong.push(`${misuse}: ${answer?.head ?? "no answer"}`);
      }
      assert.deepEqual(wrong, []);
    });
  }

  rule(
    66,
    "derived",
    START_RESPONSE,
    "a line end in status or headers smuggles no header into the answer",
    async ({ connect, get }) => {
      const names = json<string[]>(await get("/misuse_names"));
      const misuses = names.filter((name) => /[CL]/.test(name.split(" ")[1] ?? ""));
      assert.ok(misuses.length >= 7);
      for (const misuse of misuses) {
        const client = await connect();
        client.send(`GET /misuse?${encodeURIComponent(misuse)} HTTP/1.0\r\n\r\n`);
        assert.doesNotMatch(await client.ended(), /^(?:X-Smuggled|Set-Cookie):/m, misuse);
      }
    },
  );

  rule(
    67,
    "SHOULD",
    OTHER_HTTP,
    "a hop-by-hop header of the application raises, and is never sent",
    async ({ get }) => {
      for (const name of json<string[]>(await get("/hop_by_hop_names"))) {
        assertServerError(await get(`/hop_by_hop?${name}`));
        assert.equal(json<string[]>(await get("/notes/hop_by_hop")).length, 1, name);
      }
    },
  );

  rule(
    68,
    "MUST",
    START_RESPONSE,
    "Date, Server and the framing are added where the application left them out, and only there",
    async ({ get }) => {
      const answer = await get("/bare");
      const [date = ""] = valuesOf(answer, "Date");
      assert.match(date, /^\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT$/);
      assert.ok(Math.abs(Date.parse(date) - Date.now()) < 5_000, date);
      assert.equal(valuesOf(answer, "Server").length, 1);
      const own = await get("/own_date_and_server");
      assert.deepEqual(valuesOf(own, "Date"), ["Thu, 01 Jan 1970 00:00:00 GMT"]);
      assert.deepEqual(valuesOf(own, "Server"), ["mine"]);
    },
  );

  rule(
    69,
    "MUST",
    START_RESPONSE,
    "header names count in any case: content-LENGTH is the length",
    async ({ connect }) => {
      const client = await connect();
      client.send(keepAlive("GET", "/odd_case_length"));
      const answer = await client.answer();
      assertOk(answer, "abc");
      assert.deepEqual(valuesOf(answer, "Content-Length"), ["3"]);
      assert.equal(answer.framing, "length");
      await assertInOrder(client, answer);
    },
  );

  rule(
    70,
    "MAY",
    START_RESPONSE,
    "a list of headers that the application keeps gives the same answer each time",
    async ({ get }) => {
      const heads = [];
      for (let i = 0; i < 2; i++) {
        const { fields } = await get("/shared_headers");
        heads.push(fields.filter(([name]) => name.toLowerCase() !== "date"));
      }
      assert.deepEqual(heads[0], heads[1]);
      const sizes = json<number[]>(await get("/notes/shared"));
      assert.equal(sizes[0], sizes[1], "the list itself has not grown");
    },
  );

  rule(
    71,
    "SHOULD",
    ERRORS,
    "the reference to exc_info is dropped: what the failing frame held is free after the request",
    async ({ get }) => {
      assert.equal((await get("/drops_exc_info")).status, 500);
      assertOk(await get("/tracked_is_gone"), "True");
    },
  );

  rule(72, "MUST", START_RESPONSE, "the reason phrase is sent as it was given", async (trial) => {
    const answer = await trial.get("/own_reason");
    assert.equal(`${answer.status} ${answer.reason}`, "299 My Words");
  });

  rule(73, "MUST", UNICODE, "status and headers are sent as latin-1", async ({ get }) => {
    const answer = await get("/latin1_value");
    assert.deepEqual(valuesOf(answer, "X"), ["caf\xe9"]);
    assert.equal(answer.reason, "Caf\xe9");
  });

  rule(
    74,
    "MUST",
    UNICODE,
    "a character above U+00FF in status, name or value raises, and nothing of it is sent",
    async ({ get }) => {
      for (const where of ["status", "name", "value"]) {
        assertServerError(await get(`/beyond_latin1?${where}`));
      }
      assert.equal(json<string[]>(await get("/notes/beyond_latin1")).length, 3);
    },
  );

  rule(
    75,
    "derived",
    START_RESPONSE,
    "headers keep their order and their repeats",
    async ({ get }) => {
      const answer = await get("/repeated");
      assert.deepEqual(valuesOf(answer, "Set-Cookie"), ["a=1", "b=2"]);
      const names = answer.fields.map(([name]) => name.toLowerCase());
      assert.ok(names.includes("x-lower") && names.includes("x-upper"), names.join());
      assert.ok(names.indexOf("x-lower") < names.indexOf("x-upper"));
    },
  );

  rule(
    75,
    "practice",
    START_RESPONSE,
    "header names are sent as the application spells them",
    async ({ get }) => {
      const names = (await get("/repeated")).fields.map(([name]) => name);
      assert.ok(names.includes("x-lower") && names.includes("X-Upper"), names.join());
    },
  );
});
