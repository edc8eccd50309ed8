import assert from "node:assert/strict";
import { test } from "node:test";

import { HEADER_BYTES, WorkerFrame } from "../../src/wire/frame.ts";
import { FrameReader } from "../../src/wire/frame-reader.ts";
import { type StaticAnnouncement, readReady } from "../../src/wire/ready.ts";

function read(...texts: string[]): StaticAnnouncement | null {
  const payload = Buffer.from(texts.join("\0"), "latin1");
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(payload.length);
  header[8] = WorkerFrame.ready;
  const reader = new FrameReader();
  const bytes = Buffer.concat([header, payload]);
  reader.push(bytes);
  assert.ok(reader.next());
  const announcement = readReady(reader);
  bytes.fill(0);
  return announcement;
}

test("wire §5.2: a READY without a payload says nothing of static files", () => {
  assert.equal(read(), null);
});

test("wire §5.2: a line, then groups of prefix, beginning of names, folder, which outlive the frame", () => {
  const note = Buffer.from("größe", "utf8").toString("latin1");
  assert.deepEqual(read(note), { note: "größe", folders: [] });
  assert.deepEqual(read("x", "/s/", "", "/a", "/s/", "lib/", "/b\xff"), {
    note: "x",
    folders: [
      { prefix: "/s/", below: "", folder: Buffer.from("/a") },
      { prefix: "/s/", below: "lib/", folder: Buffer.from([0x2f, 0x62, 0xff]) },
    ],
  });
});

test("wire §5.2: a part of a group breaks the wire", () => {
  assert.throws(() => read("x", "/s/", ""), RangeError);
});
