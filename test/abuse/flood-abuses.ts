/** Heads and chunk lines that are all weight: every one is refused, early and at little cost. */
import assert from "node:assert/strict";

import type { Abuse } from "./abuse.ts";
import { closed, inTurns, open, pour } from "./crowd.ts";
import type { StandingServer } from "./standing-server.ts";

const AT_ONCE = 50;
/** Far more than any limit, and than the system takes for a server; who isn't stopped sends it all. */
const FLOOD_BYTES = 64 * 1024 * 1024;

const HEAD = "GET /hello HTTP/1.1\r\nHost: a\r\n";
const CHUNKED = "POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";

interface Flood {
  readonly begins: string;
  readonly repeats: string;
  readonly status: number;
}

const HEADERS: readonly Flood[] = [
  { begins: HEAD, repeats: "A: b\r\n", status: 431 },
  { begins: HEAD, repeats: `Cookie: ${"c".repeat(8_000)}\r\n`, status: 431 },
  { begins: `${HEAD}X: `, repeats: "x".repeat(1_000), status: 431 },
  { begins: "GET /", repeats: "x".repeat(1_000), status: 414 },
  { begins: "", repeats: "x".repeat(1_000), status: 414 },
];

const EXTENSIONS: readonly Flood[] = [
  { begins: `${CHUNKED}1`, repeats: ";a=b", status: 400 },
  { begins: CHUNKED, repeats: `1;a=${"b".repeat(900)}\r\nx\r\n`, status: 400 },
  { begins: `${CHUNKED}1;a="`, repeats: "b".repeat(1_000), status: 400 },
  { begins: `${CHUNKED}0\r\n`, repeats: "A: b\r\n", status: 431 },
  { begins: CHUNKED, repeats: "0".repeat(1_000), status: 400 },
];

async function flood(
  { port }: StandingServer,
  floods: readonly Flood[],
  size: number,
): Promise<void> {
  await inTurns(size, AT_ONCE, async (index) => {
    const { begins, repeats, status } = floods[index % floods.length]!;
    const socket = await open(port);
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    socket.write(begins);
    const piece = Buffer.from(repeats.repeat(Math.ceil(16_384 / repeats.length)), "latin1");
    const sent = await pour(socket, piece, FLOOD_BYTES);
    await closed(socket);
    // The answer may be lost to a reset, as the client has not stopped sending.
    assert.match(answer, new RegExp(`^(HTTP/1.1 ${status} |$)`));
    assert.ok(sent < FLOOD_BYTES, "it was let send everything");
  });
}

export const floodAbuses: readonly Abuse[] = [
  {
    title: "header bombs",
    args: [],
    shortSize: 100,
    fullSize: 5_000,
    unit: "connections",
    run: (standing, size) => flood(standing, HEADERS, size),
  },
  {
    title: "floods of chunk extensions and trailers",
    args: [],
    shortSize: 100,
    fullSize: 5_000,
    unit: "connections",
    run: (standing, size) => flood(standing, EXTENSIONS, size),
  },
];
