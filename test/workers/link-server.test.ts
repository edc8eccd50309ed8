import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { test } from "node:test";

import { HEADER_BYTES, WIRE_VERSION, WorkerFrame } from "../../src/wire/frame.ts";
import { type Lender } from "../../src/base/read-memory.ts";
import { type Greeted, LinkServer, type LinkReader } from "../../src/workers/link-server.ts";

async function withLinkServer(
  use: (
    path: string,
    greeted: Promise<Greeted>,
    token: string,
    server: LinkServer,
  ) => Promise<void>,
  reader: LinkReader = { receive: () => {}, awaitedBytes: 0 },
): Promise<void> {
  let greet: (greeted: Greeted) => void = () => {};
  const greeted = new Promise<Greeted>((resolve) => (greet = resolve));
  const server = new LinkServer();
  const token = server.expect((link) => {
    greet(link);
    return reader;
  });
  await server.listen();
  try {
    await use(server.path, greeted, token, server);
  } finally {
    server.close();
    assert.ok(!existsSync(dirname(server.path)));
  }
}

/** wire §5.1 */
function hello(token: string, pid: number, version: number = WIRE_VERSION): Buffer {
  const payload = Buffer.from([token, String(pid), "CPython", "3.11.7"].join("\0"), "latin1");
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(payload.length, 0);
  header[8] = WorkerFrame.hello;
  header.writeUInt16LE(version, 10);
  return Buffer.concat([header, payload]);
}

test("wire §1.1: only the server's own user can enter the folder of the link", async () => {
  await withLinkServer(async (path) => {
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
  });
});

test("wire §5.1: a HELLO with the token is greeted with its process id and all of its bytes", async () => {
  await withLinkServer(async (path, greeted, token) => {
    const worker = connect(path);
    const bytes = hello(token, 1234);
    worker.write(bytes.subarray(0, 5));
    worker.write(bytes.subarray(5));
    const { socket, pid, received } = await greeted;
    assert.equal(pid, 1234);
    assert.deepEqual(received, bytes);
    socket.destroy();
    worker.destroy();
  });
});

for (const [who, bytes] of [
  ["another token", () => hello("another", 1)],
  ["another version of the wire", (token: string) => hello(token, 1, WIRE_VERSION + 1)],
  ["another frame first", (token: string) => hello(token, 1).fill(WorkerFrame.ready, 8, 9)],
  ["no frame at all", () => Buffer.from("GET / HTTP/1.1\r\nHost: a\r\n\r\n")],
  ["more than a HELLO can be", () => hello("x".repeat(5000), 1)],
] as const) {
  test(`wire §5.1: who says ${who} is turned away`, async () => {
    await withLinkServer(async (path, greeted, token) => {
      const worker = connect(path);
      worker.on("error", () => {}); // Its bytes may come back as a reset.
      worker.write(bytes(token));
      const closed = new Promise<"closed">((resolve) => {
        worker.on("close", () => resolve("closed"));
      });
      worker.resume();
      assert.equal(await Promise.race([closed, greeted]), "closed");
    });
  });
}

test("a worker that knows only the token of an earlier nursery is turned away", async () => {
  await withLinkServer(async (path, greeted, token, server) => {
    server.forget(token);
    const worker = connect(path);
    worker.write(hello(token, 1));
    worker.resume();
    const closed = new Promise<"closed">((resolve) => {
      worker.on("close", () => resolve("closed"));
    });
    assert.equal(await Promise.race([closed, greeted]), "closed");
  });
});

test("what a worker sends is read into the same memory again, unless it was kept", async () => {
  const chunks: Buffer[] = [];
  let last: Lender | null = null;
  let arrived: () => void = () => {};
  const reader = {
    awaitedBytes: 0,
    receive: (chunk: Buffer, lender: Lender): void => {
      chunks.push(chunk);
      last = lender;
      if (chunk.toString() === "second") lender.keep();
      if (chunk.toString() === "third") reader.awaitedBytes = 1024 * 1024;
      arrived();
    },
  };
  await withLinkServer(async (path, greeted, token) => {
    const worker = connect(path);
    worker.write(hello(token, 1));
    const { socket } = await greeted;
    let kept: Lender | null = null;
    for (const text of ["first", "second", "third", "fourth", "fifth", "sixth"]) {
      const came = new Promise<void>((resolve) => (arrived = resolve));
      worker.write(text);
      await came;
      assert.equal(chunks.at(-1)?.toString(), text);
      if (text === "second") kept = last;
      if (text === "fourth") reader.awaitedBytes = 0;
      // Node.js asks for the memory of the next read as soon as one is done.
      if (text === "fifth") kept?.release();
    }
    const [first, second, third, fourth, fifth, sixth] = chunks.map(({ buffer }) => buffer);
    assert.equal(chunks[1]?.toString(), "second", "it was kept");
    assert.equal(first, second);
    assert.notEqual(third, second);
    assert.ok((fourth?.byteLength ?? 0) > (third?.byteLength ?? 0), "much was to come");
    assert.equal(fifth, fourth, "which was not known yet when the read began");
    assert.equal(sixth, third);
    socket.destroy();
    worker.destroy();
  }, reader);
});

test("whatever the mask for new files, the user can enter the folder and connect, and nobody else", async () => {
  const mask = process.umask(0o777);
  try {
    await withLinkServer(async (path) => {
      assert.equal(statSync(dirname(path)).mode & 0o777, 0o700);
      assert.equal(statSync(path).mode & 0o777, 0o600);
    });
  } finally {
    process.umask(mask);
  }
});
