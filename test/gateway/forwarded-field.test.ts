import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { parseForwarded } from "../../src/gateway/forwarded-field.ts";

/** Elements as `for|host|proto`, `-` for what isn't said. */
function shown(text: string): string[] | null {
  const elements = parseForwarded(text);
  if (elements === null) return null;
  return elements.map((element) =>
    [element.for, element.host, element.proto].map((word) => word ?? "-").join("|"),
  );
}

for (const [text, elements] of [
  ["for=192.0.2.1", ["192.0.2.1|-|-"]],
  ['For="[2001:db8::1]:4711"', ["[2001:db8::1]:4711|-|-"]],
  ["for=192.0.2.43, for=198.51.100.17", ["192.0.2.43|-|-", "198.51.100.17|-|-"]],
  ["for=a;proto=http;host=b;by=203.0.113.43", ["a|b|http"]],
  ["for=a; proto=http ;host=b", ["a|b|http"]],
  ["FOR=a;Proto=HTTPS", ["a|-|HTTPS"]],
  ["proto=https", ["-|-|https"]],
  ["secret=x", ["-|-|-"]],
  ['for="a,b;c=\\"d\\\\"', ['a,b;c="d\\|-|-']],
  ['for="",proto=""', ["|-|-", "-|-|"]],
  [" , ,for=a,\t,", ["a|-|-"]],
  [";for=a;;", ["a|-|-"]],
  ["", []],
] as const) {
  test(`RFC 7239 §4: ${JSON.stringify(text)} is read`, () =>
    assert.deepEqual(shown(text), elements));
}

for (const text of [
  "for",
  "for=",
  "=a",
  "for =a",
  "for= a",
  "for=a b",
  "for=192.0.2.1:80",
  "for=[::1]",
  'for="a',
  'for="a\\"',
  'for="a"b',
  "for=a;for=b",
  "for=a;FOR=a",
  "for=a;by=x;by=y",
  "for=a:b",
  "f\u00f6r=a",
]) {
  test(`RFC 7239 §4: ${JSON.stringify(text)} is malformed`, () => assert.equal(shown(text), null));
}

test("RFC 9110 §5.6.4: an open quote of a client does not swallow what a proxy has written", () => {
  assert.equal(shown('for="192.0.2.1, for=198.51.100.17'), null);
});

test("property: what is written by the grammar is read as it was meant", () => {
  const value = fc.string({ maxLength: 12 }).filter((text) => /^[\t\x20-\x7e]*$/.test(text));
  const quoted = (text: string): string => `"${text.replace(/["\\]/g, "\\$&")}"`;
  const element = fc.record({ for: value, host: value, proto: value }, { noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(element, { minLength: 1 }), (elements) => {
      const text = elements
        .map(({ for: hop, host, proto }) => {
          return `for=${quoted(hop)};host=${quoted(host)};proto=${quoted(proto)}`;
        })
        .join(", ");
      assert.deepEqual(parseForwarded(text), elements);
    }),
  );
});

test("property: any text is read or refused, never worse", () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-c=";,\\ \t]*$/), (text) => {
      const elements = parseForwarded(text);
      assert.ok(elements === null || Array.isArray(elements));
    }),
    { numRuns: 1000 },
  );
});
