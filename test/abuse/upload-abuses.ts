/** Request bodies that are too much, for an application that doesn't read them. */
import assert from "node:assert/strict";

import { until } from "../support/server-processes.ts";
import type { Abuse } from "./abuse.ts";
import { open, pour } from "./crowd.ts";
import type { StandingServer } from "./standing-server.ts";

const MIB = 1024 * 1024;
const CHUNK = Buffer.concat([
  Buffer.from("100000\r\n"),
  Buffer.alloc(MIB, "x"),
  Buffer.from("\r\n"),
]);
/** Without a byte taken for so long, none will be. */
const STANDSTILL_MS = 500;
const BOUND_MS = 120_000;

/** A chunked upload in pieces of 1 MiB: as many of them as the server takes. */
async function upload({ port }: StandingServer, target: string, mib: number): Promise<number> {
  const socket = await open(port);
  let answer = "";
  socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
  socket.write(`POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const sent = await pour(socket, CHUNK, mib * CHUNK.length);
  if (socket.writable) socket.write("0\r\n\r\n");
  const over = (): boolean => answer.includes("\r\n\r\n") || socket.destroyed;
  await until(BOUND_MS, () => (over() ? null : "no answer"));
  socket.destroy();
  assert.match(answer, /^(HTTP\/1.1 (200|413) |$)/);
  return sent / CHUNK.length;
}

/** What the system and the front take for an application that takes nothing: far less than this. */
const MAX_TAKEN_MIB = 32;

let lastId = 0;

export const uploadAbuses: readonly Abuse[] = [
  {
    title: "a chunked upload to an application that does not read",
    args: ["--limit-request-body", "16g"],
    shortSize: 64,
    fullSize: 10 * 1024,
    unit: "MiB",
    run: async (standing, size) => {
      assert.ok((await upload(standing, "/hello", size)) >= size);
    },
  },
  {
    title: "a chunked upload beyond --limit-request-body",
    args: ["--limit-request-body", "32m"],
    shortSize: 128,
    fullSize: 10 * 1024,
    unit: "MiB",
    run: async (standing, size) => {
      await upload(standing, "/hello", size);
    },
  },
  {
    title: "a streamed upload to an application that does not read",
    args: ["--limit-request-body", "16g", "--no-request-buffering"],
    shortSize: 64,
    fullSize: 10 * 1024,
    unit: "MiB",
    run: async (standing, size) => {
      await upload(standing, "/hello", size);
    },
  },
  {
    title: "a streamed upload to an application that neither reads nor answers",
    args: ["--limit-request-body", "16g", "--no-request-buffering"],
    shortSize: 64,
    fullSize: 10 * 1024,
    unit: "MiB",
    run: async ({ port, life }, size) => {
      const id = `unread${++lastId}`;
      const socket = await open(port);
      socket.write(`POST /hold?id=${id} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n`);
      const sent = await pour(socket, CHUNK, size * CHUNK.length, STANDSTILL_MS);
      assert.ok(sent <= MAX_TAKEN_MIB * CHUNK.length, `${sent} bytes were taken`);
      socket.resetAndDestroy();
      life.tell();
      await life.noted(`held ${id}`);
      life.untell();
    },
  },
];
