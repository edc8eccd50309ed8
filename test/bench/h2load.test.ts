/** The report of h2load, read only when every answer was good. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { parseReport } from "../../bench/load/h2load.ts";

const REPORT = `starting benchmark...
TLS Protocol: TLSv1.3
Application protocol: h2

finished in 2.00s, 38651.50 req/s, 41.02MB/s
requests: 77303 total, 77431 started, 77303 done, 77303 succeeded, 0 failed, 0 errored, 0 timeout
status codes: 77303 2xx, 0 3xx, 0 4xx, 0 5xx
`;

test("a report of h2load without faults is its requests per second", () => {
  assert.equal(parseReport(REPORT), 38651.5);
});

test("a report of h2load with faults, of another protocol or of nothing is no figure", () => {
  for (const [from, to] of [
    ["0 failed", "1 failed"],
    ["0 errored", "2 errored"],
    ["0 timeout", "3 timeout"],
    ["0 4xx", "9 4xx"],
    ["0 5xx", "10 5xx"],
    ["77303 2xx", "0 2xx"],
    ["protocol: h2\n", "protocol: http/1.1\n"],
    ["finished in", "ended in"],
  ] as const) {
    assert.ok(REPORT.includes(from));
    assert.throws(() => parseReport(REPORT.replace(from, to)), /h2load has faults to tell/, to);
  }
});
