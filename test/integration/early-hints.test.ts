/** wsgi.early_hints: interim answers 103 (RFC 8297). */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

const HINT = "HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n";

describe("wsgi.early_hints", () => {
  let server: RunningServer;
  const clients: RawClient[] = [];
  const send = async (target: string, version = "1.1"): Promise<RawClient> => {
    const client = await RawClient.open(server.port);
    clients.push(client);
    client.send(`GET ${target} HTTP/${version}\r\nHost: a\r\n\r\n`);
    return client;
  };

  before(async () => {
    server = await startServer(["--threads", "2", "--chdir", "test/apps/handover", "handover"]);
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await server.stop("SIGINT");
  });

  test("RFC 8297 §2: the hint is sent at once, while the application works on the answer", async () => {
    const client = await send("/hints?wait=");
    await client.received(HINT);
    assert.equal(client.waiting, HINT);
    await (await send("/tell?id=go")).answer();
    const answer = await client.answer();
    assert.deepEqual([answer.status, answer.interim, answer.text], [200, [103], "done"]);
  });

  test("there may be several, and the connection goes on after the answer", async () => {
    const client = await send("/hints?twice=");
    assert.deepEqual((await client.answer()).interim, [103, 103]);
    client.send("GET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
    const next = await client.answer();
    assert.deepEqual([next.interim, next.text], [[], "hello"]);
  });

  test("RFC 9110 §15.2: HTTP/1.0 gets none", async () => {
    const answer = await (await send("/hints", "1.0")).answer();
    assert.deepEqual([answer.status, answer.interim, answer.text], [200, [], "done"]);
  });

  test("after the head of the answer it does nothing", async () => {
    const answer = await (await send("/hints?late=")).answer();
    assert.deepEqual([answer.interim, answer.text], [[103], "first done"]);
  });

  for (const [name, value, said] of [
    ["Link", "a%0d%0aSet-Cookie:%20x", /^ValueError: wsgi\.early_hints: the value of header Link/],
    ["Li%20nk", "a", /^ValueError: wsgi\.early_hints: 'Li nk' is not a valid header name/],
    ["Connection", "close", /^ValueError: wsgi\.early_hints: Connection is a hop-by-hop header/],
    ["Content-Length", "5", /^ValueError: wsgi\.early_hints: Content-Length/],
  ] as const) {
    test(`PEP 3333 "The start_response() Callable": its checks hold for hints, too: ${name}`, async () => {
      const answer = await (await send(`/bad_hint?name=${name}&value=${value}`)).answer();
      assert.deepEqual(answer.interim, []);
      assert.match(answer.text, said);
    });
  }
});
