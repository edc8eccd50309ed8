/**
 * What one GET with eight field lines costs in the HTTP/1.1 core: remembered (the same head again),
 * with a new path (the same field lines again), and plain (nothing is remembered).
 *
 * Run it alone on a quiet machine: `node dist/bench/micro/request-parser.js`. The figure of each
 * row is the best of seven rounds, as noise only ever adds.
 */
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";

const ROUNDS = 7;
const REQUESTS_PER_ROUND = 200_000;

const FIELD_LINES = [
  "Host: www.example.org:8000",
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
  "Accept-Language: en-US,en;q=0.5",
  "Accept-Encoding: gzip, deflate, br, zstd",
  "Connection: keep-alive",
  "Cookie: session=0123456789abcdef0123456789abcdef; theme=dark",
  "Cache-Control: max-age=0",
].join("\r\n");

function request(path: string): Buffer {
  return Buffer.from(`GET ${path} HTTP/1.1\r\n${FIELD_LINES}\r\n\r\n`, "latin1");
}

/** Serves every chunk as a driver would: one read, its requests, until more data is needed. */
function serve(parser: RequestParser, chunks: readonly Buffer[], count: number): number {
  let heads = 0;
  for (let i = 0; heads < count; i++) {
    parser.receive(chunks[i % chunks.length]!);
    for (let step = parser.next(); step.kind !== "need-data"; step = parser.next()) {
      if (step.kind === "head") heads++;
      else if (step.kind === "paused") parser.resume();
      else if (step.kind === "fault") throw new Error(step.code);
    }
  }
  return heads;
}

function bestNanoseconds(remember: boolean, chunks: readonly Buffer[]): number {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const parser = new RequestParser(DEFAULT_LIMITS, remember);
    const start = process.hrtime.bigint();
    const heads = serve(parser, chunks, REQUESTS_PER_ROUND);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / heads);
  }
  return best;
}

const same = [request("/shop/items?page=2")];
const paths = Array.from({ length: 64 }, (_, i) => request(`/shop/items/${i}?page=${i}`));
const pipelined = [Buffer.concat(Array.from({ length: 16 }, () => same[0]!))];

const rows: readonly (readonly [string, boolean, readonly Buffer[]])[] = [
  ["same head, remembered", true, same],
  ["same head, 16 in one chunk, remembered", true, pipelined],
  ["new path, field lines remembered", true, paths],
  ["new path, plain", false, paths],
];
console.log(`${same[0]!.length} bytes a request; nanoseconds a request:`);
for (const [name, remember, chunks] of rows) {
  console.log(`${bestNanoseconds(remember, chunks).toFixed(0).padStart(6)}  ${name}`);
}
