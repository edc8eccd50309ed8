/**
 * Runs the golden conversations of this folder against the core. Each one is fed whole, byte by
 * byte and cut at random places, with and without the memory of the connection, and with another
 * request right behind it: after a fault that one must never come out, after a good request that
 * leaves the connection open it must. A good request that is cut short anywhere must neither fail
 * nor look complete.
 */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { describe, test } from "node:test";

import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { parseConversations } from "../support/conversation.ts";
import type { Conversation, ExpectedEvent } from "../support/conversation.ts";
import { logRequests, piecesOf } from "../support/request-log.ts";
import type { LoggedEvent } from "../support/request-log.ts";

const CANARY = Buffer.from("GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n", "latin1");
const CANARY_EVENTS: readonly ExpectedEvent[] = [
  { event: "head GET /canary HTTP/1.1", details: ["host canary", "framing none"] },
  { event: "end", details: [] },
];
const RANDOM_CUTS = 8;
/** Above this size a run for each byte would take longer than it is worth. */
const MAX_EXHAUSTIVE_BYTES = 2000;

const folder = new URL("../../../test/conformance/", import.meta.url);

for (const file of readdirSync(folder).filter((name) => name.endsWith(".md"))) {
  const conversations = parseConversations(readFileSync(new URL(file, folder), "utf8"));
  describe(file, () => {
    for (const conversation of conversations) {
      test(conversation.title, () => runConversation(conversation));
    }
  });
}

function runConversation(conversation: Conversation): void {
  const { request, expect } = conversation;
  assert.ok(conversation.reason.length > 0, "a conversation gives its reason");
  const last = expect.at(-1)!.event;
  const incomplete = last === "need-data";
  const open = last === "end" && !closes(expect);
  const bytes = incomplete ? request : Buffer.concat([request, CANARY]);
  const events = open ? [...expect, ...CANARY_EVENTS] : expect;

  for (const remember of [true, false]) {
    for (const pieces of waysOfCutting(bytes)) {
      const parser = new RequestParser({ ...DEFAULT_LIMITS, ...conversation.limits }, remember);
      compare(logRequests(parser, pieces), events);
    }
  }
  if (open) checkPrefixes(conversation);
}

function* waysOfCutting(bytes: Buffer): Generator<Iterable<Buffer>> {
  yield [bytes];
  yield piecesOf(bytes, 1);
  // Two pieces, cut at each place: this is where a state is most easily forgotten.
  if (bytes.length <= MAX_EXHAUSTIVE_BYTES) {
    for (let cut = 1; cut < bytes.length; cut++) {
      yield [bytes.subarray(0, cut), bytes.subarray(cut)];
    }
  }
  const random = generator(bytes.length);
  for (let i = 0; i < RANDOM_CUTS; i++) yield randomPieces(bytes, random);
}

function* randomPieces(bytes: Buffer, random: () => number): Generator<Buffer> {
  let start = 0;
  while (start < bytes.length) {
    const end = start + 1 + Math.floor(random() * 40);
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** A small linear congruential generator: the same cuts in every run. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

function closes(expect: readonly ExpectedEvent[]): boolean {
  const head = expect.findLast(({ event }) => event.startsWith("head "));
  return head?.details.includes("close") === true;
}

function compare(log: readonly LoggedEvent[], expect: readonly ExpectedEvent[]): void {
  assert.deepEqual(
    log.map(({ event }) => event),
    expect.map(({ event }) => event),
  );
  for (const [index, { details }] of expect.entries()) {
    const logged = log[index]!;
    for (const detail of details) assert.ok(hasDetail(logged, detail), `expected: ${detail}`);
    // Whether the connection stays open matters too much to be left out by accident.
    if (logged.head !== null) assert.equal(logged.head.keepAlive, !details.includes("close"));
  }
}

function hasDetail(logged: LoggedEvent, detail: string): boolean {
  const space = detail.indexOf(" ");
  const name = space < 0 ? detail : detail.slice(0, space);
  const value = space < 0 ? "" : detail.slice(space + 1);
  const { head } = logged;
  if (head === null) return name === "text" && logged.text === value;
  switch (name) {
    case "path":
      return head.path === value;
    case "query":
      return head.query === value;
    case "host":
      return head.host === value;
    case "framing":
      return head.fields.framing === value;
    case "fields":
      return head.fields.names.length === Number(value);
    case "field":
      return head.fields.names.some((field, i) => `${field}: ${head.fields.values[i]}` === value);
    case "continue":
      return head.fields.expectContinue;
    case "close":
      return !head.keepAlive;
    default:
      return false;
  }
}

/** What comes out of the beginning of a good conversation is the beginning of its log. */
function checkPrefixes({ request, expect, limits }: Conversation): void {
  if (request.length > MAX_EXHAUSTIVE_BYTES) return;
  const whole = expect.map(({ event }) => event);
  for (let end = 1; end < request.length; end++) {
    const parser = new RequestParser({ ...DEFAULT_LIMITS, ...limits });
    const log = logRequests(parser, [request.subarray(0, end)]).map(({ event }) => event);
    if (log.at(-1) === "need-data") log.pop();
    // The last data may have been cut short.
    if (log.at(-1)?.startsWith("data ") === true) log.pop();
    assert.deepEqual(log, whole.slice(0, log.length), `cut after ${end} bytes`);
    assert.ok(log.length < whole.length, `looks complete after ${end} bytes`);
  }
}
