import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, Socket, connect, createServer } from "node:net";
import { test } from "node:test";

import { readInto, readIntoShared } from "../../src/sockets/read-buffer.ts";

/** Two ends of a connection; the accepted one is paused. */
async function withPair(use: (accepted: Socket, client: Socket) => Promise<void>): Promise<void> {
  const server = createServer({ pauseOnConnect: true });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const [accepted] = (await once(server, "connection")) as [Socket];
  try {
    await use(accepted, client);
  } finally {
    accepted.destroy();
    client.destroy();
    server.close();
    await once(server, "close");
  }
}

/** What is written to a socket, one piece after the other, as the other end reads it. */
class Pieces {
  #arrived: (chunk: Buffer) => void = () => {};
  readonly take = (chunk: Buffer): void => this.#arrived(chunk);

  async pass(client: Socket, text: string): Promise<Buffer> {
    const came = new Promise<Buffer>((resolve) => (this.#arrived = resolve));
    client.write(text);
    const chunk = await came;
    return chunk;
  }
}

test("an accepted socket is read into memory that all share", async () => {
  await withPair(async (accepted, client) => {
    const pieces = new Pieces();
    readIntoShared(accepted, pieces.take);
    const first = await pieces.pass(client, "first");
    assert.equal(first.toString(), "first");
    const second = await pieces.pass(client, "second");
    assert.equal(second.toString(), "second");
    assert.equal(first.toString(), "secon", "the same memory");
  });
});

test("an accepted socket is read into what is given for each read", async () => {
  await withPair(async (accepted, client) => {
    const pieces = new Pieces();
    const given: Buffer[] = [];
    const memory = (): Buffer => {
      const buffer = Buffer.alloc(64);
      given.push(buffer);
      return buffer;
    };
    readInto(accepted, memory, pieces.take);
    for (const [i, text] of ["first", "second", "third"].entries()) {
      const chunk = await pieces.pass(client, text);
      assert.equal(chunk.toString(), text);
      assert.equal(chunk.buffer, given[i]?.buffer);
    }
  });
});

test("the end of a socket that is read so is told, and nothing is lost before it", async () => {
  await withPair(async (accepted, client) => {
    let text = "";
    readIntoShared(accepted, (chunk) => (text += chunk.toString()));
    const ended = once(accepted, "end");
    client.end("all of it");
    await ended;
    assert.equal(text, "all of it");
  });
});

test("a socket that is not a plain one is read as Node reads it", async () => {
  class Other extends Socket {}
  await withPair(async (accepted, client) => {
    const pieces = new Pieces();
    const holder = accepted as unknown as { _handle: unknown };
    const options: object = { handle: holder._handle };
    holder._handle = null;
    const other = new Other(options);
    other.pause();
    readIntoShared(other, pieces.take);
    const first = await pieces.pass(client, "first");
    const second = await pieces.pass(client, "second");
    assert.deepEqual([first.toString(), second.toString()], ["first", "second"]);
    other.destroy();
  });
});
