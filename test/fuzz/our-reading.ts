/** The reading of this project's own core. */
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { logRequests } from "../support/request-log.ts";
import type { LoggedEvent } from "../support/request-log.ts";
import type { Reading, ReadRequest } from "./reading.ts";

/** Reads a stream that comes in pieces. */
export function ourReading(pieces: readonly Buffer[]): Reading {
  const parser = new RequestParser(DEFAULT_LIMITS);
  const log = logRequests(parser, pieces);
  const fault = log.at(-1)?.event.match(/^fault \d+ (.+)$/)?.[1] ?? null;
  const starts = log.flatMap(({ head }, index) => (head === null ? [] : [index]));
  return {
    requests: starts.map((start, i) => requestOf(log.slice(start, starts[i + 1]))),
    refusal: fault,
    closed: parser.state === "done",
    leftHttp: false,
  };
}

/** `events`: one head and what follows it up to the next one. */
function requestOf(events: readonly LoggedEvent[]): ReadRequest {
  const head = events[0]!.head!;
  const { names, values } = head.fields;
  return {
    method: head.method,
    target: head.target,
    version: head.version === 11 ? "1.1" : "1.0",
    fields: names.map((name, i) => `${name}: ${values[i]}`),
    body: events.map(({ text }) => text).join(""),
    complete: events.some(({ event }) => event === "end"),
  };
}
