/**
 * The HTTP/1.1 core and one GET with eight field lines: what it remembers of a connection, and the quick way
 * through a head that has come whole.
 */
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { compare } from "./compare.ts";
import { HEADS, requestText } from "./requests.ts";

/** Serves every chunk as a driver would: one read, its requests, until more data is needed. */
function serve(remember: boolean, chunks: readonly Buffer[]): (count: number) => number {
  return (count) => {
    const parser = new RequestParser(DEFAULT_LIMITS, remember);
    let heads = 0;
    for (let i = 0; heads < count; i = (i + 1) % chunks.length) {
      parser.receive(chunks[i]!);
      for (let step = parser.next(); step.kind !== "need-data"; step = parser.next()) {
        if (step.kind === "head") heads++;
        else if (step.kind === "paused") parser.resume();
        else if (step.kind === "fault") throw new Error(step.code);
      }
    }
    return heads;
  };
}

const same = Buffer.from(requestText("/shop/items?page=2"), "latin1");
const paths = HEADS.map((text) => Buffer.from(text, "latin1"));
const halves = paths.flatMap((head) => [head.subarray(0, 100), head.subarray(100)]);
const pipelined = Buffer.concat(Array.from({ length: 16 }, () => same));

compare(`request parser: a request of ${same.length} bytes`, 20_000, [
  { name: "same head, remembered", run: serve(true, [same]) },
  { name: "same head, 16 in one chunk, remembered", run: serve(true, [pipelined]) },
  { name: "new path, field lines remembered", run: serve(true, paths) },
  { name: "new path, nothing remembered", run: serve(false, paths) },
  {
    name: "new path, nothing remembered, in two chunks: the careful way",
    run: serve(false, halves),
  },
]);
