import assert from "node:assert/strict";
import { test } from "node:test";

import type { RequestHead } from "../../src/http/request-head.ts";
import { secureLocation } from "../../src/http/secure-location.ts";
import { RequestParser } from "../../src/http1/request-parser.ts";
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";

function head(requestLine: string, host: string): RequestHead {
  const parser = new RequestParser(DEFAULT_LIMITS);
  parser.receive(Buffer.from(`${requestLine}\r\n${host}\r\n\r\n`, "latin1"));
  const step = parser.next();
  assert.ok(step.kind === "head");
  return step;
}

test("RFC 9110 §15.4.9: the same host, path and query, at the other port", () => {
  const cases = [
    ["GET /a%20b?c=1 HTTP/1.1", "Host: a.test", 443, "https://a.test/a%20b?c=1"],
    ["GET / HTTP/1.1", "Host: a.test:80", 443, "https://a.test/"],
    ["GET //x.test/ HTTP/1.1", "Host: a.test:8080", 8443, "https://a.test:8443//x.test/"],
    ["GET /? HTTP/1.1", "Host: [::1]:80", 8443, "https://[::1]:8443/?"],
    ["GET / HTTP/1.1", "Host: [::1]", 443, "https://[::1]/"],
    ["GET http://b.test/x HTTP/1.1", "Host: a.test", 443, "https://b.test/x"],
    ["OPTIONS * HTTP/1.1", "Host: a.test", 443, "https://a.test/"],
  ] as const;
  for (const [line, host, port, location] of cases) {
    assert.equal(secureLocation(head(line, host), port), location);
  }
});

test("RFC 9110 §15.4.9: without a host there is no place to send to", () => {
  assert.equal(secureLocation(head("GET / HTTP/1.0", "Accept: */*"), 443), null);
});
