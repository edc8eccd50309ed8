/** Clients that go while their request runs, and streams of events. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, startServer } from "../support/server.ts";

for (const [name, args] of [
  ["one worker with one thread", []],
  ["two workers with two threads", ["--workers", "2", "--threads", "2"]],
] as const) {
  describe(name, () => {
    let server: RunningServer;
    const clients: RawClient[] = [];
    const send = async (target: string): Promise<RawClient> => {
      const client = await RawClient.open(server.port);
      clients.push(client);
      client.send(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      return client;
    };
    /** Notes are kept by the process that made them, so each is asked for on the same worker. */
    const said = (word: string): Promise<string> => server.waitForLog(new RegExp(`noted ${word}`));

    before(async () => {
      server = await startServer([...args, "--chdir", "test/apps/handover", "handover"]);
    });
    after(async () => {
      for (const client of clients) client.destroy();
      await server.stop("SIGINT");
    });

    const leave = {
      "closes its connection": (client: RawClient) => void client.socket.destroy(),
      "resets its connection": (client: RawClient) => void client.socket.resetAndDestroy(),
    } as const;

    for (const [how, go] of Object.entries(leave)) {
      const id = how.slice(0, 5);

      test(`wizgy.client_disconnected is true when the client ${how}, also while the application computes`, async () => {
        const client = await send(`/wait_gone?id=wait-${id}`);
        await said(`wait-${id}: client is there`);
        go(client);
        await said(`wait-${id}: gone`);
      });

      test(`an event stream: the first event comes at once, and close() runs when the client ${how}`, async () => {
        const client = await send(`/events?id=events-${id}&every=0.2`);
        await client.received("data: 0\n\n");
        const began = performance.now();
        go(client);
        await said(`events-${id}: closed`);
        assert.ok(performance.now() - began < 2_000, `${performance.now() - began} ms`);
      });

      test(`another endless stream: close() runs when the client ${how}`, async () => {
        const client = await send(`/events?plain=&id=plain-${id}&every=0.05`);
        await client.received("data: 0\n\n");
        go(client);
        await said(`plain-${id}: closed`);
      });
    }

    test("events come one by one, each when the application has it", async () => {
      const client = await send("/events?id=one-by-one&every=0.02");
      for (let i = 0; i < 5; i++) await client.received(`data: ${i}\n\n`);
      assert.match(client.waiting, /^HTTP\/1\.1 200 OK\r\nContent-Type: text\/event-stream\r\n/);
      client.destroy();
      await said("one-by-one: closed");
    });

    test("RFC 9112 §9.6: who closes only the sending side gets the answer; the application may know", async () => {
      const client = await send("/wait_gone?id=half");
      await said("half: client is there");
      client.socket.end();
      await said("half: gone");
      assert.equal((await client.answer()).text, "answer");
    });

    test("so does who has closed it before the request is run, and who gets a long stream", async () => {
      const early = await send("/wait_gone?id=early&seconds=5");
      early.socket.end();
      assert.equal((await early.answer()).text, "answer");
      const large = await send("/odd?kind=memory");
      large.socket.end();
      assert.equal((await large.answer()).body.length, 2 * 1024 * 1024);
    });

    test("a client that stays is not taken for gone", async () => {
      const client = await send("/wait_gone?id=stays&seconds=0.3");
      assert.equal((await client.answer()).text, "answer");
      await said("stays: never gone");
    });
  });
}
