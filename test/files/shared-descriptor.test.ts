import assert from "node:assert/strict";
import { fstatSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { FileParts } from "../../src/files/file-parts.ts";
import { SharedDescriptor } from "../../src/files/shared-descriptor.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-shared-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const content = Buffer.from(Array.from({ length: 200_000 }, (_, i) => (i * 7) % 251));
writeFileSync(join(folder, "file"), content);

function open(): SharedDescriptor {
  return new SharedDescriptor(openSync(join(folder, "file"), "r"));
}

/** Takes everything at once. */
function collect(part: FileParts | ReturnType<SharedDescriptor["part"]>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  const target = {
    write: (data: Buffer, done: () => void) => {
      pieces.push(Buffer.from(data));
      setImmediate(done);
    },
  };
  return new Promise((resolve, reject) => {
    part.send(
      target,
      () => {},
      (error) => (error === null ? resolve(Buffer.concat(pieces)) : reject(error)),
    );
  });
}

async function isClosed(fd: number): Promise<boolean> {
  for (let turn = 0; turn < 100; turn++) {
    try {
      fstatSync(fd);
    } catch {
      return true;
    }
    await new Promise(setImmediate);
  }
  return false;
}

test("several read from one descriptor, each at its own place; the last one closes it", async () => {
  const shared = open();
  const parts = [shared.part(0, 200_000), shared.part(100, 150_000), shared.part(199_999, 1)];
  shared.release();
  const bodies = await Promise.all(parts.map(collect));
  assert.ok(bodies[0]?.equals(content));
  assert.ok(bodies[1]?.equals(content.subarray(100, 150_100)));
  assert.ok(bodies[2]?.equals(content.subarray(199_999)));
  assert.ok(await isClosed(shared.fd));
});

test("a descriptor that was closed can't be had again: its number may be another file's", async () => {
  const shared = open();
  shared.release();
  assert.throws(() => shared.part(0, 1), /closed already/);
  assert.ok(await isClosed(shared.fd));
});

test("RFC 9110 §14.6: parts are texts and ranges in turn", async () => {
  const shared = open();
  const ranges = [
    { first: 5, last: 9 },
    { first: 100_000, last: 199_999 },
  ];
  const parts = new FileParts(shared, ["<a>", "<b>", "<c>"], ranges, 9 + 5 + 100_000);
  const body = await collect(parts);
  const expected = ["<a>", content.subarray(5, 10), "<b>", content.subarray(100_000), "<c>"];
  assert.ok(body.equals(Buffer.concat(expected.map((each) => Buffer.from(each)))));
  assert.ok(await isClosed(shared.fd));
});

test("parts that nobody wants any more close their file, and nobody is told", async () => {
  const shared = open();
  const parts = new FileParts(shared, ["<a>", "<b>"], [{ first: 0, last: 199_999 }], 200_006);
  let told = 0;
  const target = { write: (_data: Buffer, done: () => void) => void setImmediate(done) };
  parts.send(
    target,
    () => {},
    () => told++,
  );
  parts.release();
  parts.release();
  assert.ok(await isClosed(shared.fd));
  assert.equal(told, 0);
});
