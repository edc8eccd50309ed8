/** wsgi.input: checklist items 39 to 53. */
import assert from "node:assert/strict";

import { chunked, sha256 } from "./body-maker.ts";
import { assertInOrder, assertOk, json, keepAlive, saysClose } from "./expectations.ts";
import { OTHER_HTTP, STREAMS } from "./headings.ts";
import { type Trial, section } from "./section.ts";
import { isOurs } from "./target.ts";

const BODY = "l1\nl2\n\nl4";
const TEN_MB = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const tenMegabytes = Buffer.concat(Array<Buffer>(40_000).fill(TEN_MB));
const withoutLines = Buffer.alloc(10_000_000, "x");

/** What the steps give on the body; see test/apps/pep3333/body.py for the letters. */
async function steps(trial: Trial, script: string, body = BODY): Promise<unknown[]> {
  return json<unknown[]>(await trial.post(`/script?steps=${script}`, body));
}

const chunkedHead = (target: string, connection = "close"): string =>
  `POST ${target} HTTP/1.1\r\nHost: t\r\nConnection: ${connection}\r\n` +
  "Transfer-Encoding: chunked\r\n\r\n";

section({ app: "body:application" }, (rule) => {
  rule(39, "MUST", STREAMS, "read(size) gives the next bytes, as many as asked", async (trial) => {
    assert.deepEqual(await steps(trial, "r4,r4,r4"), ["l1\nl", "2\n\nl", "4"]);
  });

  rule(40, "SHOULD", STREAMS, "read() gives the rest, and so do -1 and None", async (trial) => {
    for (const all of ["r", "r-1", "rN"]) {
      assert.deepEqual(await steps(trial, `r2,${all},r1`), ["l1", BODY.slice(2), ""], all);
    }
  });

  rule(
    41,
    "SHOULD",
    STREAMS,
    "reading past the end gives b'' at once and again, and nothing of the next request",
    async ({ connect }) => {
      const client = await connect();
      const first = keepAlive("POST", "/script?steps=r1000,r1,r,l,r1000,L,n", BODY);
      client.send(first + keepAlive("GET", "/alive"));
      assert.deepEqual(json(await client.answer()), [BODY, "", "", "", "", [], ""]);
      assertOk(await client.answer(), "alive");
    },
  );

  rule(42, "SHOULD", STREAMS, "a request without a body reads as b'' at once", async (trial) => {
    const { get } = trial;
    assert.deepEqual(json(await get("/script?steps=r")), [""]);
    assert.deepEqual(json(await get("/script?steps=l,r5,L,i")), ["", "", [], []]);
    assert.deepEqual(await steps(trial, "r,r", ""), ["", ""]);
  });

  rule(43, "MUST", STREAMS, "readline() gives line by line, then b''", async (trial) => {
    const lines = ["l1\n", "l2\n", "\n", "l4", "", ""];
    assert.deepEqual(await steps(trial, "l,l,l,l,l,l"), lines);
  });

  rule(44, "SHOULD", STREAMS, "readline(size) gives at most so many bytes", async (trial) => {
    assert.deepEqual(await steps(trial, "l2,l9,l0,l-1"), ["l1", "\n", "", "l2\n"]);
  });

  rule(45, "MUST", STREAMS, "readlines() gives all lines; a hint is optional", async (trial) => {
    assert.deepEqual(await steps(trial, "L"), [["l1\n", "l2\n", "\n", "l4"]]);
    const [hinted] = (await steps(trial, "L1")) as string[][];
    const joined = hinted?.join("") ?? "";
    assert.ok(joined !== "" && BODY.startsWith(joined), joined);
    assert.ok(joined === BODY || joined.endsWith("\n"), joined);
  });

  rule(46, "MUST", STREAMS, "iteration gives line by line", async (trial) => {
    assert.deepEqual(await steps(trial, "i"), [["l1\n", "l2\n", "\n", "l4"]]);
    assert.deepEqual(await steps(trial, "n,n"), ["l1\n", "l2\n"]);
  });

  rule(47, "MUST", STREAMS, "all methods give bytes; read(0) takes nothing", async (trial) => {
    // Anything but bytes shows as its repr.
    assert.deepEqual(await steps(trial, "r0,r2,l,r0"), ["", "l1", "\n", ""]);
  });

  rule(48, "derived", STREAMS, "mixed methods share one position", async (trial) => {
    assert.deepEqual(await steps(trial, "l,r3,i"), ["l1\n", "l2\n", ["\n", "l4"]]);
    assert.deepEqual(await steps(trial, "n,r1,l,L"), ["l1\n", "l", "2\n", ["\n", "l4"]]);
  });

  rule(
    49,
    "MUST",
    OTHER_HTTP,
    "the chunked coding is removed: extensions and trailers are no data",
    async ({ connect }) => {
      const client = await connect();
      client.send(`${chunkedHead("/script?steps=r5,r5")}5;x\r\nhello\r\n0\r\nT: 1\r\n\r\n`);
      assert.deepEqual(json(await client.answer()), ["hello", ""]);
    },
  );

  rule(49, "MUST", OTHER_HTTP, "20,000 chunks of one byte are one body", async ({ connect }) => {
    const body = Buffer.alloc(20_000, "y");
    const client = await connect();
    client.send(chunkedHead("/digest?read=4096"));
    client.send(chunked(body, [1]));
    assert.deepEqual(json(await client.answer()), [body.length, sha256(body)]);
  });

  for (const how of ["whole", "in reads of 7 bytes", "line by line", "with readline(size)"]) {
    const query = { whole: "all", "in reads of 7 bytes": "read=7", "line by line": "lines" }[how];
    const target = `/digest?${query ?? "readline=65536"}`;
    const bytes =
      how === "in reads of 7 bytes" ? tenMegabytes.subarray(0, 2_048_000) : tenMegabytes;
    rule(
      50,
      "derived",
      STREAMS,
      `a large body of every byte arrives unchanged, ${how}`,
      async (trial) => {
        const expected = [bytes.length, sha256(bytes)];
        assert.deepEqual(json(await trial.post(target, bytes)), expected);
        const client = await trial.connect();
        client.send(chunkedHead(target));
        client.send(chunked(bytes, [1, 65536, 3, 999_983]));
        assert.deepEqual(json(await client.answer()), expected);
      },
    );
  }

  rule(50, "derived", STREAMS, "10 MB without a line end are one line", async ({ post }) => {
    const expected = [withoutLines.length, sha256(withoutLines)];
    assert.deepEqual(json(await post("/digest?lines", withoutLines)), expected);
  });

  rule(
    51,
    "derived",
    STREAMS,
    "a small body that its client leaves unfinished never looks complete",
    async ({ connect, gate, get }) => {
      const client = await connect();
      const watch = await gate();
      client.send(`POST /interrupted?${watch.query} HTTP/1.1\r\nHost: t\r\n`);
      client.send("Content-Length: 500\r\n\r\n12345");
      client.socket.end();
      assert.doesNotMatch(await client.ended(), / 200 /);
      await get("/alive");
      assert.ok(!watch.said.includes("complete"), watch.said.join());
    },
  );

  for (const target of ["/unread", "/partly"]) {
    rule(
      52,
      "MAY",
      STREAMS,
      `a body that was ${target.slice(1)} read never becomes a request`.replace(
        "unread read",
        "not read",
      ),
      async ({ connect, get }) => {
        const hidden = "GET /script?steps=r HTTP/1.1\r\nHost: t\r\n\r\n";
        for (const size of [0, 3_000_000]) {
          const body = hidden.repeat(Math.max(1, Math.ceil(size / hidden.length)));
          const client = await connect();
          client.send(keepAlive("POST", target, body));
          client.send(keepAlive("GET", "/alive"));
          const first = isOurs ? await client.answer() : await client.answerOrEnd();
          // Another server may have ended the connection so that its own answer was lost.
          if (first !== null) {
            assert.equal(first.text, target === "/unread" ? "unread" : hidden.slice(0, 3));
            const next = await client.answerOrEnd();
            if (next !== null) assertOk(next, "alive");
            else if (isOurs) assert.ok(saysClose(first), "an end is announced");
          }
          client.destroy();
        }
        assertOk(await get("/alive"), "alive");
      },
    );
  }

  rule(
    53,
    "practice",
    STREAMS,
    "wsgi.input_terminated says that the end of a body can be relied on",
    async ({ connect }) => {
      const client = await connect();
      client.send(`${chunkedHead("/facts", "keep-alive")}5\r\nhello\r\n0\r\n\r\n`);
      const answer = await client.answer();
      assert.deepEqual(json(answer), [true, "hello"]);
      await assertInOrder(client, answer);
    },
  );
});

section({ app: "body:application", streaming: true }, (rule) => {
  rule(
    51,
    "derived",
    STREAMS,
    "a client that goes away in the middle of a large body makes read() raise OSError",
    async ({ connect, gate, get }) => {
      const client = await connect();
      const watch = await gate();
      client.send(`POST /interrupted?${watch.query} HTTP/1.1\r\nHost: t\r\n`);
      client.send(`Content-Length: ${4 * 1024 * 1024}\r\n\r\n`);
      await client.sendAll(Buffer.alloc(2 * 1024 * 1024));
      if (isOurs) await watch.heard("called");
      client.destroy();
      if (isOurs) await watch.heard("raised");
      await get("/alive");
      assert.ok(!watch.said.includes("complete"), watch.said.join());
    },
  );
});
