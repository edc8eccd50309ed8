/**
 * Node's own parser as a second opinion. `npm run fuzz` does the same for as long as one likes.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { compare, fuzz } from "./fuzz.ts";
import { explain, knownDifferences } from "./known-differences.ts";
import { NodeReader } from "./node-reading.ts";
import type { Reading, ReadRequest } from "./reading.ts";
import { compareReadings } from "./verdict.ts";

const SEED = 9112;
const NODE_MAJOR = Number.parseInt(process.versions.node, 10);
/** Of the time that all tests take together, what this one may have. */
const TIME_LIMIT_MS = 8000;
/** Far below what the slowest machine reads in that time; fewer means that nothing was tried. */
const MIN_STREAMS = 500;

test("whatever Node's parser refuses or reads differently, this core does too, but for the known differences", async () => {
  const { streams, explained, finding } = await fuzz(SEED, TIME_LIMIT_MS);
  assert.equal(finding, null, finding ?? "");
  assert.ok(streams >= MIN_STREAMS, `${streams} streams`);
  assert.ok(explained.size > 0, "no difference was met: are the streams too tame?");
});

describe("each known difference exists", () => {
  const reader = new NodeReader();
  const canary = "GET /canary HTTP/1.1\r\nHost: canary\r\n\r\n";
  for (const known of knownDifferences) {
    test(`${known.row}: ${JSON.stringify(known.example.slice(0, 60))}`, async () => {
      const verdict = await compare(reader, { text: known.example + canary, cuts: [] });
      if (NODE_MAJOR >= (known.goneInNode ?? Infinity)) {
        assert.equal(verdict.kind, "agree", "it is back");
        return;
      }
      assert.equal(verdict.kind, known.kind);
      assert.equal(explain(verdict, known.example), known);
    });
  }
});

describe("the comparison sees", () => {
  const request: ReadRequest = {
    method: "POST",
    target: "/",
    version: "1.1",
    fields: ["Host: a"],
    body: "hello",
    complete: true,
  };
  const reading = (more: Partial<Reading>, ...requests: readonly ReadRequest[]): Reading => ({
    requests,
    refusal: null,
    closed: false,
    leftHttp: false,
    ...more,
  });
  const kind = (ours: Reading, nodes: Reading): string => compareReadings(ours, nodes).kind;

  test("that nothing differs", () => {
    assert.equal(kind(reading({}, request), reading({}, request)), "agree");
    assert.equal(kind(reading({ refusal: "x" }), reading({ refusal: "y" })), "agree");
  });

  test("every part of a request", () => {
    for (const other of [
      { method: "PUT" },
      { target: "/a" },
      { version: "1.0" },
      { fields: ["Host: b"] },
      { body: "hell" },
      { complete: false },
    ]) {
      assert.equal(kind(reading({}, request), reading({}, { ...request, ...other })), "differ");
    }
  });

  test("a request too many on either side", () => {
    const one = reading({}, request);
    const two = reading({}, request, request);
    assert.equal(kind(two, one), "differ");
    assert.equal(kind(one, two), "differ");
    assert.equal(kind(reading({ closed: true }, request), two), "differ");
    assert.equal(kind(two, reading({ refusal: "x" }, request)), "node-refuses");
    assert.equal(kind(reading({ refusal: "x" }, request), two), "we-refuse");
  });

  test("a body whose end only one of them finds", () => {
    const unfinished = { ...request, body: "he", complete: false };
    const refused = { refusal: "x" };
    assert.equal(kind(reading({}, request), reading(refused, unfinished)), "node-refuses");
    assert.equal(kind(reading({}, unfinished), reading(refused, unfinished)), "node-refuses");
    assert.equal(kind(reading(refused, unfinished), reading({}, request)), "we-refuse");
    assert.equal(kind(reading({}, unfinished), reading({}, request)), "differ");
    assert.equal(kind(reading(refused, unfinished), reading(refused, unfinished)), "agree");
  });
});
