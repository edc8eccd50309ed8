/** HTTP/1.x as a client on a real socket sees it: persistence, order, framing, ends in the middle. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";

import { valuesOf } from "../support/answer.ts";
import { RawClient } from "../support/raw-client.ts";
import { frontHasRead, lifeRequest, withLifeServer } from "../support/life-server.ts";

const POST = "POST /read?id=a HTTP/1.1\r\nHost: a\r\n";

for (const [where, bytes] of [
  ["its body", `${POST}Content-Length: 10\r\n\r\nfour`],
  ["a chunk", `${POST}Transfer-Encoding: chunked\r\n\r\n6\r\nfo`],
  ["a chunk's size", `${POST}Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n1`],
  ["its trailers", `${POST}Transfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\nA: b\r\n`],
  ["its head", POST],
] as const) {
  test(`RFC 9112 §8: a request that ends in the middle of ${where} is never run`, async () => {
    await withLifeServer([], async (life) => {
      const client = await life.client();
      client.send(bytes);
      client.socket.end();
      assert.doesNotMatch(await client.ended(), /^HTTP\/1\.1 [^4]/);
      const resetting = await life.client();
      resetting.send(bytes);
      await frontHasRead(life);
      resetting.socket.resetAndDestroy();
      const other = await life.client();
      other.send(lifeRequest("/work?id=next"));
      assert.match((await other.answer()).text, /^next /);
      assert.deepEqual(life.started(), ["next"]);
    });
  });
}

for (const [framing, head, piece] of [
  ["Content-Length", "Content-Length: 10000000", "x".repeat(100_000)],
  ["chunked", "Transfer-Encoding: chunked", `186a0\r\n${"x".repeat(100_000)}\r\n`],
] as const) {
  test(`RFC 9112 §8: a large ${framing} body that ends in the middle never looks complete to the application`, async () => {
    await withLifeServer(["--request-buffer", "1k"], async (life) => {
      const client = await life.client();
      client.send(`${POST}${head}\r\n\r\n${piece}`);
      await frontHasRead(life);
      client.socket.resetAndDestroy();
      const other = await life.client();
      other.send(lifeRequest("/work?id=next"));
      assert.match((await other.answer()).text, /^next /);
      // A body that is collected first never starts its request; one that is streamed raises.
      const told = life.started().filter((note) => note !== "next");
      assert.ok(
        told.every((note) => note === "a" || note.startsWith("raised a ")),
        told.join(),
      );
    });
  });
}

test("RFC 9112 §9.6: a client that has closed its side gets the answers to all that it sent", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send(lifeRequest("/work?id=a&ms=100") + lifeRequest("/work?id=b", "body"));
    client.send(lifeRequest("/stream-slowly?ms=100"));
    client.socket.end();
    assert.match((await client.answer()).text, /^a /);
    assert.match((await client.answer()).text, /^b body /);
    const last = await client.answer();
    assert.deepEqual([last.text.length, last.complete], [20, true]);
    assert.equal(await client.ended(), "");
  });
});

test("RFC 9112 §9.3.2: pipelined requests with bodies are answered in their order", async () => {
  await withLifeServer(["--workers", "2", "--threads", "2"], async (life) => {
    const client = await life.client();
    let bytes = "";
    for (let index = 0; index < 10; index++) {
      const target = `/work?id=${index}&ms=${index % 3 === 0 ? 40 : 0}`;
      bytes +=
        index % 2 === 0
          ? lifeRequest(target, `body ${index}`)
          : `POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nbody ${index}\r\n0\r\n\r\n`;
    }
    client.send(bytes);
    for (let index = 0; index < 10; index++) {
      const { text } = await client.answer();
      assert.ok(text.startsWith(`${index} body ${index} `), text);
    }
    assert.deepEqual(
      life.started(),
      Array.from({ length: 10 }, (_, index) => String(index)),
    );
  });
});

test("RFC 9110 §10.1.1: 100 Continue comes before the body, and only for who asked", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send(`${POST}Expect: 100-continue\r\nContent-Length: 4\r\n\r\n`);
    await client.received("HTTP/1.1 100 Continue\r\n\r\n");
    client.send("four");
    const asked = await client.answer();
    assert.deepEqual([asked.interim, asked.text], [[100], "4"]);
    client.send(lifeRequest("/read?id=b", "four"));
    assert.deepEqual((await client.answer()).interim, []);
    // RFC 9110 §10.1.1: a client of HTTP/1.0 does not know of it.
    client.send(
      "POST /read?id=c HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\nfour",
    );
    assert.deepEqual((await client.answer()).interim, []);
  });
});

test("RFC 9112 §3.2.2: the host of an absolute-form target wins over the Host field", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send(
      "GET http://a.example:81/environ?key=HTTP_HOST HTTP/1.1\r\nHost: a.example:81\r\n\r\n",
    );
    assert.equal((await client.answer()).text, "a.example:81");
    client.send("GET http://b.example/environ?key=PATH_INFO HTTP/1.1\r\nHost: b.example\r\n\r\n");
    assert.equal((await client.answer()).text, "/environ");
  });
});

test("RFC 9112 §3.2.4: OPTIONS * reaches the application, and any other * is refused", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\nGET * HTTP/1.1\r\nHost: a\r\n\r\n");
    const { status, text } = await client.answer();
    assert.equal(status, 200);
    assert.match(text, /^OPTIONS \S* \*$/);
    assert.equal((await client.answer()).status, 400);
    assert.equal(await client.ended(), "");
  });
});

test("RFC 9112 §9.3: HTTP/1.0 closes after the answer unless keep-alive is asked for", async () => {
  await withLifeServer([], async (life) => {
    const plain = await life.client();
    plain.send("GET /work?id=a HTTP/1.0\r\n\r\n");
    const first = await plain.answer();
    assert.match(first.text, /^a /);
    assert.equal(await plain.ended(), "");

    const kept = await life.client();
    for (const id of ["b", "c"]) {
      kept.send(`GET /work?id=${id} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
      const answer = await kept.answer();
      assert.ok(answer.text.startsWith(`${id} `));
      assert.deepEqual(valuesOf(answer, "connection"), ["keep-alive"]);
    }
    // RFC 9112 §6.1: no chunks on HTTP/1.0, so the end of the connection is the end of the body.
    kept.send("GET /stream-slowly?ms=10 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    const streamed = await kept.answer();
    assert.deepEqual([streamed.framing, streamed.text.length], ["close", 20]);
  });
});

test("RFC 9112 §9.6: a client that said it sends nothing more is not waited for; who did not, or sent content, is", async () => {
  await withLifeServer([], async (life) => {
    for (const [request, isWaitedFor] of [
      ["GET /work?id=a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false],
      ["GET /work?id=a HTTP/1.0\r\n\r\n", false],
      [`${POST}Connection: close\r\nContent-Length: 4\r\n\r\nfour`, true],
      ["GET /raise HTTP/1.1\r\nHost: a\r\n\r\nGARBAGE\r\n\r\n", true],
    ] as const) {
      const socket = connect({ port: life.server.port, host: "127.0.0.1", allowHalfOpen: true });
      await once(socket, "connect");
      const client = new RawClient(socket);
      client.send(request);
      await client.ended();
      // What comes behind the end of a connection that is closed is answered with a reset, which the next write is told.
      const send = (): Promise<unknown> => new Promise((told) => socket.write("\r\n", told));
      await send();
      await frontHasRead(life);
      const reset = (await send()) instanceof Error;
      assert.equal(!reset, isWaitedFor, request);
      client.destroy();
    }
  });
});

test("RFC 9112 §9.6: Connection: close is answered with the same and nothing after it is run", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send("GET /work?id=a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    client.send(lifeRequest("/work?id=b"));
    const answer = await client.answer();
    assert.deepEqual(valuesOf(answer, "connection"), ["close"]);
    assert.equal(await client.ended(), "");
    assert.deepEqual(life.started(), ["a"]);
  });
});

test("RFC 9112 §6.3: HEAD, 204 and 304 have no body, and the connection goes on", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    client.send("HEAD /work?id=a HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send("HEAD /stream-slowly?ms=10 HTTP/1.1\r\nHost: a\r\n\r\n");
    client.send(lifeRequest("/empty?id=204") + lifeRequest("/empty?id=304"));
    client.send(lifeRequest("/work?id=b"));
    assert.equal((await client.answer("HEAD")).status, 200);
    assert.equal((await client.answer("HEAD")).status, 200);
    for (const status of [204, 304]) {
      const answer = await client.answer();
      assert.equal(answer.status, status);
      assert.deepEqual(valuesOf(answer, "transfer-encoding"), []);
    }
    assert.match((await client.answer()).text, /^b /);
  });
});

test("RFC 9110 §10.1.1: a body that is refused by its length is never asked for", async () => {
  await withLifeServer(["--limit-request-body", "1k"], async (life) => {
    const client = await life.client();
    client.send(`${POST}Expect: 100-continue\r\nContent-Length: 100000\r\n\r\n`);
    const answer = await client.answer();
    assert.deepEqual([answer.status, answer.interim], [413, []]);
    assert.equal(await client.ended(), "");
    assert.deepEqual(life.started(), []);
  });
});

test("RFC 9112 §8: an answer without a known length that fails on HTTP/1.0 does not look complete", async () => {
  await withLifeServer([], async (life) => {
    const client = await life.client();
    let reset = false;
    client.socket.on("error", (error: NodeJS.ErrnoException) => {
      reset ||= error.code === "ECONNRESET";
    });
    client.send("GET /exit-when-told HTTP/1.0\r\n\r\n");
    await client.partialAnswer("begun");
    life.tell();
    await client.ended();
    assert.ok(reset, "the end of the connection is all that such a client can see");
  });
});
