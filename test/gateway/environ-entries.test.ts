import assert from "node:assert/strict";
import { test } from "node:test";

import * as fc from "fast-check";

import { type FieldFilter, appendFieldEntries } from "../../src/gateway/environ-entries.ts";
import { appendFieldEntriesPlainly } from "../plain/environ.ts";
import { fieldBlock, type Line } from "./request.ts";

const rules: readonly (readonly [rule: string, lines: readonly Line[], entries: object])[] = [
  [
    'PEP 3333 "environ Variables": a field becomes HTTP_ and its name in upper case',
    [["X-A-b", "v"]],
    { HTTP_X_A_B: "v" },
  ],
  ["an empty value is a value", [["X", ""]], { HTTP_X: "" }],
  ["a value keeps its bytes", [["X", "\xe2\x82\xac"]], { HTTP_X: "\xe2\x82\xac" }],
  [
    'PEP 3333 "environ Variables": Content-Type and Content-Length have no HTTP_ before them',
    [
      ["content-type", "a/b"],
      ["CONTENT-LENGTH", "3"],
    ],
    { CONTENT_TYPE: "a/b", CONTENT_LENGTH: "3" },
  ],
  [
    "RFC 3875 §4.1.18: lines of one name are joined by commas, in order",
    [
      ["X", "a"],
      ["Y", "1"],
      ["x", "b"],
      ["X", ""],
    ],
    { HTTP_X: "a,b,", HTTP_Y: "1" },
  ],
  [
    "RFC 6265 §5.4: lines of Cookie are joined by semicolons",
    [
      ["Cookie", "a=1"],
      ["cookie", "b=2, 3"],
    ],
    { HTTP_COOKIE: "a=1; b=2, 3" },
  ],
  [
    "RFC 9110 §7.6.1: fields about the transfer are the server's to handle",
    [
      ["Transfer-Encoding", "chunked"],
      ["Trailer", "X"],
      ["TE", "trailers"],
      ["Keep-Alive", "5"],
      ["Proxy-Connection", "close"],
      ["Host", "a"],
    ],
    { HTTP_HOST: "a" },
  ],
  [
    "names that only begin like a dropped one are handed on",
    [
      ["Proxy-Authorization", "Basic x"],
      ["Te-X", "1"],
      ["Content-Type-X", "2"],
    ],
    { HTTP_PROXY_AUTHORIZATION: "Basic x", HTTP_TE_X: "1", HTTP_CONTENT_TYPE_X: "2" },
  ],
  [
    "characters that only a token has are kept",
    [["X!#$%&'*+.^`|~9", "v"]],
    {
      "HTTP_X!#$%&'*+.^`|~9": "v",
    },
  ],
  ["no field lines, no entries", [], {}],
];

for (const [rule, lines, expected] of rules) {
  test(rule, () => {
    assert.deepEqual(entriesOf(lines), { entries: expected, dropped: [] });
  });
}

test("a name with an underscore can't take the place of one with a hyphen", () => {
  const lines: Line[] = [
    ["X_A", "evil"],
    ["X-A", "good"],
    ["Content_Length", "9"],
    ["X-A_b", "evil"],
  ];
  assert.deepEqual(entriesOf(lines), {
    entries: { HTTP_X_A: "good" },
    dropped: ["X_A", "Content_Length", "X-A_b"],
  });
});

test("Proxy, in any case, can't become HTTP_PROXY; each dropped line is told", () => {
  const lines: Line[] = [
    ["Proxy", "http://evil"],
    ["pRoXy", "http://evil"],
  ];
  assert.deepEqual(entriesOf(lines), { entries: {}, dropped: ["Proxy", "pRoXy"] });
});

test("entries that were there before are left alone, also those of the same key", () => {
  const entries = ["1", "HTTP_X", "before"];
  appendFieldEntries(entries, fieldBlock([["X", "a"]]), filterInto([]));
  assert.deepEqual(entries, ["1", "HTTP_X", "before", "HTTP_X", "a"]);
});

test("more names than are remembered change nothing", () => {
  for (let i = 0; i < 3000; i++) {
    assert.deepEqual(entriesOf([[`X-${i}`, "v"]]).entries, { [`HTTP_X_${i}`]: "v" });
  }
  assert.deepEqual(entriesOf([["X_0", "v"]]).dropped, ["X_0"]);
});

for (const name of [
  "Forwarded",
  "X-Forwarded-For",
  "x-forwarded-anything",
  "X-FORWARDED-SSL",
  "X-Client-IP",
  "X-Cluster-Client-Ip",
  "X-HTTPS",
  "X-Real-IP",
  "X-Scheme",
  "X-Script-Name",
]) {
  test(`${name} reaches the application when its sender is believed, and only then`, () => {
    const key = `HTTP_${name.toUpperCase().replaceAll("-", "_")}`;
    const asked: string[] = [];
    for (const isBelieved of [true, false]) {
      const entries: string[] = [];
      appendFieldEntries(entries, fieldBlock([[name, "v"]]), {
        dropped: assert.fail,
        forwarding: (asking) => asked.push(asking) > 0 && isBelieved,
      });
      assert.deepEqual(entries, isBelieved ? [key, "v"] : []);
    }
    assert.deepEqual(asked, [name, name]);
  });
}

test("a name that only begins like a forwarding field is a field like others", () => {
  assert.deepEqual(entriesOf([["X-Forwarded", "v"]]).entries, { HTTP_X_FORWARDED: "v" });
});

function filterInto(dropped: string[]): FieldFilter {
  return { dropped: (name) => void dropped.push(name), forwarding: assert.fail };
}

function entriesOf(lines: readonly Line[]): { entries: object; dropped: string[] } {
  const texts: string[] = [];
  const dropped: string[] = [];
  const hasUnderscore = appendFieldEntries(texts, fieldBlock(lines), filterInto(dropped));
  assert.equal(
    hasUnderscore,
    lines.some(([name]) => name.includes("_")),
  );
  assert.equal(texts.length % 2, 0);
  const entries: Record<string, string> = {};
  for (let i = 0; i < texts.length; i += 2) {
    assert.equal(entries[texts[i]!], undefined, `${texts[i]!} twice`);
    entries[texts[i]!] = texts[i + 1]!;
  }
  return { entries, dropped };
}

/** Names that mean something, in any case, and others. */
const fieldName = fc.oneof(
  fc
    .constantFrom(
      ...[
        "content-type",
        "content-length",
        "cookie",
        "te",
        "trailer",
        "transfer-encoding",
        "proxy",
      ],
      ...["keep-alive", "proxy-connection", "proxy-authorization", "x-forwarded-for", "forwarded"],
      ...["x-real-ip", "x-scheme", "x-script-name", "x-client-ip", "x-https", "x-forwarded_for"],
      ...["x-cluster-client-ip", "x-forwarded", "host", "x-a", "x_a"],
    )
    .chain((name) => fc.mixedCase(fc.constant(name))),
  fc.string({ unit: fc.constantFrom("a", "B", "-", "_", "9"), minLength: 1, maxLength: 3 }),
);

test("property: remembering names changes no entry: the plain twin says the same, of trusted peers and others", () => {
  const lines = fc.array(fc.tuple(fieldName, fc.constantFrom("", "a", "b, c", "\xe9")));
  fc.assert(
    fc.property(lines, fc.boolean(), (block, isTrusted) => {
      const told = [appendFieldEntries, appendFieldEntriesPlainly].map((append) => {
        const entries = ["1"];
        const heard: string[] = [];
        const hasUnderscore = append(entries, fieldBlock(block), {
          dropped: (name) => heard.push(`dropped ${name}`),
          forwarding: (name) => {
            heard.push(`forwarding ${name}`);
            return isTrusted;
          },
        });
        return { entries, heard, hasUnderscore };
      });
      assert.deepEqual(told[0], told[1]);
    }),
    { seed: 7, numRuns: 1000 },
  );
});
