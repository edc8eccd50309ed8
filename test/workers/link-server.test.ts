import assert from "node:assert/strict";
import { existsSync, statSync } from "node:fs";
import { connect } from "node:net";
import { dirname } from "node:path";
import { test } from "node:test";

import { HEADER_BYTES, WIRE_VERSION, WorkerFrame } from "../../src/wire/frame.ts";
import { type Greeted, LinkServer } from "../../src/workers/link-server.ts";

async function withLinkServer(
  use: (
    path: string,
    greeted: Promise<Greeted>,
    token: string,
    server: LinkServer,
  ) => Promise<void>,
  taken: (chunk: Buffer) => boolean = () => false,
): Promise<void> {
  let greet: (greeted: Greeted) => void = () => {};
  const greeted = new Promise<Greeted>((resolve) => (greet = resolve));
  const server = new LinkServer();
  const token = server.expect((link) => {
    greet(link);
    return { receive: taken };
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
  let keep = false;
  let arrived: () => void = () => {};
  const taken = (chunk: Buffer): boolean => {
    chunks.push(chunk);
    arrived();
    return keep;
  };
  await withLinkServer(async (path, greeted, token) => {
    const worker = connect(path);
    worker.write(hello(token, 1));
    const { socket } = await greeted;
    for (const text of ["first", "second", "third"]) {
      const came = new Promise<void>((resolve) => (arrived = resolve));
      keep = text === "second";
      worker.write(text);
      await came;
      assert.equal(chunks.at(-1)?.toString(), text);
    }
    const [first, second, third] = chunks;
    assert.equal(second?.toString(), "second", "it was kept");
    assert.equal(first?.buffer, second?.buffer);
    assert.notEqual(third?.buffer, second?.buffer);
    socket.destroy();
    worker.destroy();
  }, taken);
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
