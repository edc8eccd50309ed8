/** What becomes of the app iterable: checklist items 76 to 93. */
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
import { CONTENT_LENGTH, DETAILS, ERRORS, OTHER_HTTP, STREAMING } from "./headings.ts";
import { memoryOfTree } from "./memory.ts";
import { NotOffered, NotTried } from "./rules.ts";
import { section } from "./section.ts";
import { isOurs } from "./target.ts";

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString("latin1");

section({ app: "blocks:application" }, (rule) => {
  rule(76, "MUST", DETAILS, "any iterable of bytes is served", async ({ get }) => {
    const kinds = ["list", "tuple", "generator", "iterator", "instance", "map", "file"];
    kinds.push("BytesIO", "indexed", "list_subclass", "set", "dict_keys");
    // "bytestrings" may be taken to mean exactly bytes.
    if (isOurs) kinds.push("bytes_subclass");
    for (const kind of kinds) {
      const answer = await get(`/kind?${kind}`);
      assert.equal(answer.text, "ab", kind);
      assertOk(answer, "ab");
    }
  });

  for (const [how, query, version] of [
    ["in an answer without a length", "", "1.1"],
    ["with Content-Length", "length=2&", "1.1"],
    ["to an HTTP/1.0 client", "", "1.0"],
  ] as const) {
    rule(
      77,
      "MUST",
      STREAMING,
      `each block is sent before the next one is asked for, ${how}`,
      async ({ connect, gate }) => {
        const client = await connect();
        const held = await gate();
        client.send(`GET /held?${query}${held.query} HTTP/${version}\r\nHost: t\r\n\r\n`);
        await held.heard("asked for the second block");
        const partial = await client.partialAnswer("a");
        assert.equal(partial.text, "a");
        held.letGo();
        assertOk(await client.answer(), "ab");
      },
    );
  }

  rule(78, "SHOULD", STREAMING, "blocks are binary and come back unchanged", async ({ get }) => {
    assertOk(await get("/every_byte"), everyByte);
    assertOk(await get("/every_byte_in_blocks"), `${everyByte}\r\n\n\r0\r\n\r\n`);
  });

  rule(
    79,
    "MAY",
    CONTENT_LENGTH,
    "the length of an iterable of one block gives Content-Length",
    async ({ get }) => {
      for (const target of ["/one_element", "/sized"]) {
        const answer = await get(target);
        assertOk(answer, "abc");
        const lengths = valuesOf(answer, "Content-Length");
        if (lengths.length === 0) throw new NotOffered("the option is not taken");
        assert.deepEqual(lengths, ["3"], target);
      }
    },
  );

  rule(79, "derived", CONTENT_LENGTH, "a len() that raises does no harm", async ({ get }) => {
    assertOk(await get("/len_raises"), "ab");
  });

  rule(
    80,
    "MUST",
    DETAILS,
    "close() is called once, after the last block, however the iteration ended",
    async ({ get, head }) => {
      // What the client gets is other rules' business; here an answer may be none at all.
      const steps = async (name: string, query = ""): Promise<string> => {
        await get(`/${name}${query}`).catch(() => null);
        return json<string[]>(await get(`/notes/${name}`)).join(" ");
      };
      const anyEnd = /^(next )*(StopIteration )?close$/;
      assert.equal(await steps("close_normal"), "next next StopIteration close");
      assert.equal(await steps("close_empty"), "StopIteration close");
      assert.equal(await steps("close_raising_first"), "next close");
      assert.equal(await steps("close_raising_later"), "next next close");
      assert.match(await steps("close_long"), /^next (next )*(StopIteration )?close$/);
      assert.match(await steps("close_never_started"), anyEnd);
      for (const status of ["204%20No%20Content", "304%20Not%20Modified"]) {
        assert.match(await steps("close_without_body", `?${status}`), anyEnd);
      }
      assert.equal(await steps("finally_runs"), "finally");
      await head("/close_without_body");
      assert.match(json<string[]>(await get("/notes/close_without_body")).join(" "), anyEnd);
    },
  );

  rule(
    80,
    "MUST",
    DETAILS,
    "close() is called when the client goes away in the middle",
    async ({ connect, gate, get }) => {
      const client = await connect();
      const held = await gate();
      client.send(keepAlive("GET", `/close_client_gone?${held.query}`));
      await client.received("xxxx");
      client.destroy();
      await held.heard("closed");
      const steps = json<string[]>(await get("/notes/endless"));
      assert.equal(steps.filter((step) => step === "close").length, 1);
    },
  );

  rule(
    81,
    "derived",
    DETAILS,
    "an exception in close() is logged; the answer stays whole",
    async ({ get, server }) => {
      assertOk(await get("/close_raises"), "ab");
      await server.waitForLog(/close went wrong/);
    },
  );

  rule(
    82,
    "MUST",
    DETAILS,
    "no attribute of the iterable is looked at but those of iteration, len() and close",
    async ({ get }) => {
      assertOk(await get("/watched"), "ab");
      const looked = json<string[]>(await get("/notes/watched"));
      const allowed = ["__iter__", "__next__", "__len__", "__getitem__", "__class__", "close"];
      assert.deepEqual(
        looked.filter((name) => !allowed.includes(name)),
        [],
      );
    },
  );

  rule(83, "SHOULD", STREAMING, "an empty block is not the end", async ({ get }) => {
    for (const how of ["list", "iterator"]) {
      const answer = await get(`/empty_blocks?${how}`);
      assertOk(answer, "ab");
      assert.ok(!answer.chunkSizes.includes(0));
    }
  });

  rule(
    84,
    "derived",
    DETAILS,
    "a block that isn't bytes: 500 when it is the first, a cut answer when it comes later",
    async ({ get }) => {
      for (const wrong of ["str", "int", "None"]) {
        assertServerError(await get(`/wrong_first?${wrong}`));
        assertServerError(await get(`/wrong_in_list?${wrong}`));
        assertCut(await get(`/wrong_later?${wrong}`), "a");
      }
    },
  );

  rule(
    84,
    "practice",
    DETAILS,
    "bare bytes instead of an iterable are either refused or served as one block",
    async ({ get }) => {
      const answer = await get("/bare_bytes");
      if (answer.status === 500) assertServerError(answer);
      else assertOk(answer, "secret");
    },
  );

  rule(
    85,
    "SHOULD",
    CONTENT_LENGTH,
    "not more than Content-Length is sent, iteration stops, and the connection stays right",
    async ({ connect, get }) => {
      for (const target of ["/too_long", "/too_long_inside", "/too_long_list"]) {
        const client = await connect();
        client.send(keepAlive("GET", target));
        const answer = await client.answer();
        assertOk(answer, "12345");
        await assertInOrder(client, answer);
        client.destroy();
        if (target === "/too_long_list") continue;
        const steps = json<string[]>(await get("/notes/too_long"));
        // One more may be asked for, to see whether there is more.
        assert.ok(steps.filter((step) => step === "next").length <= 2, `${target} ${steps.join()}`);
        assert.equal(steps.at(-1), "close");
      }
    },
  );

  rule(
    87,
    "SHOULD",
    CONTENT_LENGTH,
    "an answer shorter than Content-Length is logged and ends with the connection",
    async ({ connect, server }) => {
      for (const how of ["list", "iterator"]) {
        const before = server.log().length;
        const client = await connect();
        client.send(keepAlive("GET", `/too_short?${how}`).repeat(2));
        const answer = await client.answer();
        assert.equal(answer.text, "12345");
        assert.ok(!answer.complete);
        assert.equal(client.waiting, "", "nothing is answered after it");
        const said = isOurs ? "less than its Content-Length of 500" : ".";
        await server.waitForLog(new RegExp(`^[^]{${before}}[^]*${said}`));
      }
    },
  );

  rule(
    88,
    "MAY",
    OTHER_HTTP,
    "without a length the answer is chunked for HTTP/1.1, and ended by the connection for 1.0",
    async ({ connect }) => {
      const body = `${"a".repeat(10)}${"b".repeat(100000)}c`;
      const client = await connect();
      client.send(keepAlive("GET", "/unknown_length"));
      const answer = await client.answer();
      assertOk(answer, body);
      await assertInOrder(client, answer);
      client.destroy();
      const old = await connect();
      old.send("GET /unknown_length HTTP/1.0\r\nHost: t\r\n\r\n");
      const oldAnswer = await old.answer();
      assertOk(oldAnswer, body);
      assert.notEqual(oldAnswer.framing, "chunked");
    },
  );

  rule(
    89,
    "MUST",
    ERRORS,
    "an exception before the first block becomes a 500, one after it cuts the answer; both are logged",
    async ({ get, server }) => {
      for (const name of ["raises_first", "raises_later"]) {
        const answer = await get(`/${name}`);
        if (name === "raises_first") assertServerError(answer);
        else assertCut(answer, "a");
        const trace = isOurs ? "Traceback[^]*" : "";
        await server.waitForLog(new RegExp(`${trace}secret of ${name}`));
      }
    },
  );

  rule(
    90,
    "MAY",
    ERRORS,
    "no error text is appended to an answer that has begun",
    async ({ get }) => {
      assert.equal((await get("/raises_later")).text, "a");
    },
  );

  rule(
    91,
    "derived",
    STREAMING,
    "an endless generator ends soon after its client has gone",
    async ({ connect, gate }) => {
      const client = await connect();
      const held = await gate();
      client.send(keepAlive("GET", `/finally_when_client_goes?${held.query}`));
      await client.received("xxxx");
      client.destroy();
      await held.heard("finally");
    },
  );

  rule(
    91,
    "derived",
    STREAMING,
    "a client that does not read costs no memory: 256 MiB wait in a file, or are not produced",
    async ({ connect, gate, server }) => {
      const before = memoryOfTree(server.pid);
      if (before === null) throw new NotTried("memory is read from Linux's /proc");
      const client = await connect();
      client.socket.pause();
      const held = await gate();
      client.send(keepAlive("GET", `/flood?${held.query}`));
      await held.heardLike(/^(?:stands at \d+|closed)$/);
      const grown = (memoryOfTree(server.pid) ?? 0) - before;
      assert.ok(grown < 64 * 1024 * 1024, `grown by ${grown} bytes`);
      client.destroy();
      await held.heard("closed");
    },
  );

  rule(
    92,
    "derived",
    OTHER_HTTP,
    "an answer to HEAD has no content, and the application's Content-Length",
    async ({ connect, head }) => {
      for (const target of ["/head_length", "/head_blocks", "/one_element"]) {
        const client = await connect();
        client.send(keepAlive("HEAD", target));
        const answer = await client.answer("HEAD");
        assert.equal(answer.status, 200);
        if (target === "/head_length") {
          assert.deepEqual(valuesOf(answer, "Content-Length"), ["7"]);
        }
        await assertInOrder(client, answer);
        client.destroy();
      }
      assert.equal((await head("/raises_first")).status, 500);
    },
  );

  rule(
    92,
    "derived",
    OTHER_HTTP,
    "204 and 304 have no content whatever the application returns, and 204 has no framing",
    async ({ connect }) => {
      for (const status of ["204%20No%20Content", "304%20Not%20Modified"]) {
        const client = await connect();
        client.send(keepAlive("GET", `/with_body?${status}`));
        const answer = await client.answer();
        assert.equal(answer.status, Number(status.slice(0, 3)));
        assert.deepEqual(valuesOf(answer, "X-Kept"), ["1"]);
        assert.deepEqual(valuesOf(answer, "Transfer-Encoding"), []);
        if (answer.status === 204) assert.deepEqual(valuesOf(answer, "Content-Length"), []);
        await assertInOrder(client, answer);
        client.destroy();
      }
    },
  );

  rule(
    93,
    "SHOULD",
    OTHER_HTTP,
    "nothing is invented: no Content-Type, validators, caching or compression of the server's own",
    async ({ get }) => {
      const answer = await get("/plain", "Accept-Encoding: gzip\r\nRange: bytes=0-1\r\n");
      assert.equal(`${answer.status} ${answer.reason}`, "404 Not Here");
      assert.equal(answer.text, "nothing".repeat(1000));
      const known = ["date", "server", "connection", "content-length", "transfer-encoding"];
      known.push("keep-alive");
      const names = answer.fields.map(([name]) => name.toLowerCase());
      assert.deepEqual(
        names.filter((name) => !known.includes(name)),
        ["x-own"],
      );
    },
  );
});
