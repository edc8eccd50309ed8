/** What trusted proxies say becomes environ: one row for each rule. */
import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";

import * as fc from "fast-check";

import { isAuthority } from "../../src/http/host.ts";
import type { FieldBlock } from "../../src/http/request-head.ts";
import { parseIpNetwork } from "../../src/base/trusted-peers.ts";
import { listenerConstants } from "../../src/gateway/request-environ.ts";
import { type FieldRules, encodeFields } from "../../src/gateway/request-fields.ts";
import type { ForwardingPart } from "../../src/gateway/request-origin.ts";
import { HeadParser } from "../../src/http1/head-parser.ts";
import { DEFAULT_LIMITS } from "../../src/http1/limits.ts";
import { type Line, fieldBlock } from "./request.ts";

const PLACE = { serverName: "localhost", serverPort: 8000 } as const;
const HTTP = listenerConstants(7, { ...PLACE, scheme: "http" }, "wizgy/1");
const HTTPS = listenerConstants(8, { ...PLACE, scheme: "https" }, "wizgy/1");
const EVERYTHING: readonly ForwardingPart[] = [
  "for",
  "proto",
  "host",
  "port",
  "prefix",
  "forwarded",
];
const PROXY = { remoteAddress: "127.0.0.1", isTrusted: true };
const STRANGER = { remoteAddress: "192.0.2.66", isTrusted: false };

function textOf(fields: FieldBlock): string {
  return Buffer.from(fields.environ!).toString("latin1");
}

interface Told {
  readonly dropped: string[];
  readonly untrusted: string[];
}

function rules(reads: readonly ForwardingPart[], told?: Told): FieldRules {
  const networks = ["127.0.0.1", "10.0.0.0/8"].map((text) => parseIpNetwork(text)!);
  return {
    proxies: { everyPeer: false, unixPeers: true, networks },
    reads: new Set(reads),
    refusesUnderscores: false,
    onDropped: (name) => void told?.dropped.push(name),
    onUntrusted: (name, address) => void told?.untrusted.push(`${name} ${address}`),
  };
}

/** What the lines change in environ, as the worker will have it; the lines themselves left out. */
function effect(
  lines: readonly Line[],
  reads = EVERYTHING,
  constants = HTTP,
): Record<string, string | null> | string {
  const fields = fieldBlock([["Host", "inner:8000"], ...lines]);
  const fault = encodeFields(fields, constants, rules(reads), PROXY);
  if (fault !== null) return fault;
  const [, ...texts] = textOf(fields).split("\0");
  const environ: Record<string, string | null> = {};
  for (let i = 0; i < texts.length; i += 2) environ[texts[i]!] = texts[i + 1]!;
  for (const name of ["SERVER_PROTOCOL", ...Object.keys(environ)]) {
    if (/^(?:SERVER_PROTOCOL|HTTP_X_.*|HTTP_FORWARDED)$/.test(name)) delete environ[name];
  }
  if (environ["HTTP_HOST"] === "inner:8000") delete environ["HTTP_HOST"];
  if (fields.origin !== null && fields.origin.address !== null) {
    environ["REMOTE_ADDR"] = fields.origin.address;
    if (fields.origin.port !== "") environ["REMOTE_PORT"] = fields.origin.port;
  }
  return environ;
}

const BAD = "bad-forwarding-field";
const CONTRADICTION = "contradicting-forwarding-fields";

const table: readonly (readonly [rule: string, lines: readonly Line[], outcome: unknown])[] = [
  ["nothing said, nothing changed", [], {}],
  ["the client's address", [["X-Forwarded-For", "192.0.2.1"]], { REMOTE_ADDR: "192.0.2.1" }],
  [
    "its port, where it is told",
    [["X-Forwarded-For", "[2001:db8::1]:4711"]],
    { REMOTE_ADDR: "2001:db8::1", REMOTE_PORT: "4711" },
  ],
  [
    "several lines are one list",
    [
      ["X-Forwarded-For", "203.0.113.5, 192.0.2.1"],
      ["x-forwarded-for", "10.0.0.3"],
    ],
    { REMOTE_ADDR: "192.0.2.1" },
  ],
  [
    "RFC 9110 §5.6.1: empty elements don't count",
    [["X-Forwarded-For", " ,192.0.2.1,,"]],
    { REMOTE_ADDR: "192.0.2.1" },
  ],
  [
    "an empty field says nothing",
    [
      ["X-Forwarded-For", ""],
      ["X-Forwarded-Proto", ""],
      ["Forwarded", ""],
    ],
    {},
  ],
  ["an address that is none", [["X-Forwarded-For", "192.0.2.1, localhost"]], BAD],
  [
    "https",
    [["X-Forwarded-Proto", "HTTPS"]],
    { "wsgi.url_scheme": "https", HTTPS: "on", SERVER_PORT: "8000" },
  ],
  ["http", [["X-Forwarded-Proto", "http"]], { "wsgi.url_scheme": "http", SERVER_PORT: "8000" }],
  ["a scheme that is none of ours", [["X-Forwarded-Proto", "javascript"]], BAD],
  [
    "the same scheme twice",
    [["X-Forwarded-Proto", "https, https"]],
    { "wsgi.url_scheme": "https", HTTPS: "on", SERVER_PORT: "8000" },
  ],
  ["two schemes in one line", [["X-Forwarded-Proto", "https, http"]], CONTRADICTION],
  [
    "two schemes in two lines",
    [
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-Proto", "http"],
    ],
    CONTRADICTION,
  ],
  [
    "a host",
    [["X-Forwarded-Host", "example.org"]],
    { HTTP_HOST: "example.org", SERVER_NAME: "example.org", SERVER_PORT: "80" },
  ],
  [
    "a host with a port",
    [["X-Forwarded-Host", "example.org:8443"]],
    { HTTP_HOST: "example.org:8443", SERVER_NAME: "example.org", SERVER_PORT: "8443" },
  ],
  [
    "an IPv6 host",
    [
      ["X-Forwarded-Host", "[2001:db8::1]"],
      ["X-Forwarded-Port", "81"],
    ],
    { HTTP_HOST: "[2001:db8::1]:81", SERVER_NAME: "[2001:db8::1]", SERVER_PORT: "81" },
  ],
  ["a host that is none", [["X-Forwarded-Host", "evil.example/path"]], BAD],
  ["a host with user information", [["X-Forwarded-Host", "a@b"]], BAD],
  [
    "two hosts, as Apache appends them",
    [["X-Forwarded-Host", "evil.example, example.org"]],
    CONTRADICTION,
  ],
  [
    "host and scheme together: the scheme's port",
    [
      ["X-Forwarded-Host", "example.org"],
      ["X-Forwarded-Proto", "https"],
    ],
    {
      HTTP_HOST: "example.org",
      SERVER_NAME: "example.org",
      SERVER_PORT: "443",
      "wsgi.url_scheme": "https",
      HTTPS: "on",
    },
  ],
  [
    "the scheme's own port stays out of the host",
    [
      ["X-Forwarded-Host", "example.org"],
      ["X-Forwarded-Proto", "https"],
      ["X-Forwarded-Port", "443"],
    ],
    {
      HTTP_HOST: "example.org",
      SERVER_NAME: "example.org",
      SERVER_PORT: "443",
      "wsgi.url_scheme": "https",
      HTTPS: "on",
    },
  ],
  ["a port alone", [["X-Forwarded-Port", "8443"]], { SERVER_PORT: "8443" }],
  [
    "a port that contradicts the host's",
    [
      ["X-Forwarded-Host", "a:81"],
      ["X-Forwarded-Port", "82"],
    ],
    CONTRADICTION,
  ],
  ["no port at all", [["X-Forwarded-Port", "https"]], BAD],
  ["port 0", [["X-Forwarded-Port", "0"]], BAD],
  ["a port that is too high", [["X-Forwarded-Port", "65536"]], BAD],
  ["a prefix", [["X-Forwarded-Prefix", "/a%20b/c"]], { SCRIPT_NAME: "/a b/c" }],
  ["a slash at its end", [["X-Forwarded-Prefix", "/app/"]], { SCRIPT_NAME: "/app" }],
  ["the root", [["X-Forwarded-Prefix", "/"]], { SCRIPT_NAME: "" }],
  ["a comma in a prefix", [["X-Forwarded-Prefix", "/a,b"]], { SCRIPT_NAME: "/a,b" }],
  ["a prefix without a slash", [["X-Forwarded-Prefix", "app"]], BAD],
  ["a prefix that would be a host", [["X-Forwarded-Prefix", "//evil.example"]], BAD],
  ["a prefix with a query", [["X-Forwarded-Prefix", "/a?b"]], BAD],
  ["a prefix with a NUL", [["X-Forwarded-Prefix", "/a%00"]], BAD],
  [
    "two prefixes",
    [
      ["X-Forwarded-Prefix", "/a"],
      ["X-Forwarded-Prefix", "/A"],
    ],
    CONTRADICTION,
  ],
  [
    "RFC 7239 §5: Forwarded tells all at once",
    [["Forwarded", 'for="[2001:db8::1]:4711";proto=https;host="example.org:8443";by=10.0.0.1']],
    {
      REMOTE_ADDR: "2001:db8::1",
      REMOTE_PORT: "4711",
      HTTP_HOST: "example.org:8443",
      SERVER_NAME: "example.org",
      SERVER_PORT: "8443",
      "wsgi.url_scheme": "https",
      HTTPS: "on",
    },
  ],
  [
    "RFC 7239 §5.3: what counts of a chain is what the client asked for",
    [
      [
        "Forwarded",
        "for=6.6.6.6;host=evil, for=192.0.2.1;host=outer;proto=http, for=10.0.0.1;host=inner",
      ],
    ],
    {
      REMOTE_ADDR: "192.0.2.1",
      HTTP_HOST: "outer",
      SERVER_NAME: "outer",
      SERVER_PORT: "80",
      "wsgi.url_scheme": "http",
    },
  ],
  [
    "RFC 7239 §6.2: a client that isn't named has no address",
    [["Forwarded", "for=unknown"]],
    { REMOTE_ADDR: "" },
  ],
  ["a malformed Forwarded", [["Forwarded", "for=192.0.2.1:80"]], BAD],
  ["RFC 7239 §6: a Forwarded whose hop is no hop", [["Forwarded", "for=localhost"]], BAD],
  [
    "Forwarded and X-Forwarded-* that agree",
    [
      ["Forwarded", "for=192.0.2.1;proto=HTTP"],
      ["X-Forwarded-For", "::ffff:192.0.2.1"],
      ["X-Forwarded-Proto", "http"],
    ],
    { REMOTE_ADDR: "192.0.2.1", "wsgi.url_scheme": "http", SERVER_PORT: "8000" },
  ],
  [
    "two clients",
    [
      ["Forwarded", "for=192.0.2.1"],
      ["X-Forwarded-For", "192.0.2.2"],
    ],
    CONTRADICTION,
  ],
  [
    "one client and one that isn't named",
    [
      ["Forwarded", "for=unknown"],
      ["X-Forwarded-For", "192.0.2.2"],
    ],
    CONTRADICTION,
  ],
  [
    "two schemes in two fields",
    [
      ["Forwarded", "proto=http"],
      ["X-Forwarded-Proto", "https"],
    ],
    CONTRADICTION,
  ],
  [
    "two hosts in two fields",
    [
      ["Forwarded", "host=a"],
      ["X-Forwarded-Host", "b"],
    ],
    CONTRADICTION,
  ],
];

for (const [rule, lines, outcome] of table) {
  test(`from a trusted proxy: ${rule}`, () => assert.deepEqual(effect(lines), outcome));
}

test("a field that the operator has not named changes nothing, whatever is in it", () => {
  const lines: readonly Line[] = [
    ["X-Forwarded-For", "rubbish"],
    ["X-Forwarded-Proto", "https, http"],
    ["X-Forwarded-Host", "evil.example"],
    ["X-Forwarded-Port", "0"],
    ["X-Forwarded-Prefix", "//evil.example"],
    ["Forwarded", 'for="'],
  ];
  assert.deepEqual(effect(lines, []), {});
  for (const [index, part] of EVERYTHING.entries()) {
    if (part === "host") assert.notDeepEqual(effect(lines, [part]), {});
    else assert.equal(typeof effect(lines, [part]), "string", String(lines[index]));
  }
});

test("plain HTTP before a proxy that talks TLS to us: HTTPS is off", () => {
  assert.deepEqual(effect([["X-Forwarded-Proto", "http"]], EVERYTHING, HTTPS), {
    "wsgi.url_scheme": "http",
    HTTPS: "off",
    SERVER_PORT: "8000",
  });
});

test("without Host the port is the scheme's", () => {
  const fields = fieldBlock([["X-Forwarded-Proto", "https"]], 10);
  assert.equal(encodeFields(fields, HTTP, rules(EVERYTHING), PROXY), null);
  assert.equal(textOf(fields).endsWith("\0SERVER_PORT\x00443"), true);
});

test("from anybody else the fields are removed and nothing is read; the rest is as ever", () => {
  const told: Told = { dropped: [], untrusted: [] };
  const fields = fieldBlock([
    ["Host", "a"],
    ["X-Forwarded-For", "rubbish"],
    ["Forwarded", 'for="'],
    ["X-Real-IP", "127.0.0.1"],
    ["X-Forwarded-Proto", "https"],
    ["X-A", "b"],
  ]);
  assert.equal(encodeFields(fields, HTTP, rules(EVERYTHING, told), STRANGER), null);
  const text = textOf(fields);
  assert.equal(text, "7\0SERVER_PROTOCOL\0HTTP/1.1\0HTTP_HOST\0a\0HTTP_X_A\0b");
  assert.equal(fields.origin, null);
  assert.deepEqual(told.untrusted, [
    "X-Forwarded-For 192.0.2.66",
    "Forwarded 192.0.2.66",
    "X-Real-IP 192.0.2.66",
    "X-Forwarded-Proto 192.0.2.66",
  ]);
});

test("X_Forwarded_For is never taken for X-Forwarded-For, from nobody", () => {
  const told: Told = { dropped: [], untrusted: [] };
  const fields = fieldBlock([
    ["X_Forwarded_For", "6.6.6.6"],
    ["X-Forwarded-For", "192.0.2.1"],
  ]);
  assert.equal(encodeFields(fields, HTTP, rules(EVERYTHING, told), PROXY), null);
  assert.equal(fields.origin?.address, "192.0.2.1");
  assert.equal(textOf(fields).endsWith("\0HTTP_X_FORWARDED_FOR\x00192.0.2.1"), true);
  assert.deepEqual(told.dropped, ["X_Forwarded_For"]);
});

test("--header-map refuse: a name with an underscore refuses the request, Proxy doesn't", () => {
  const strict = { ...rules([]), refusesUnderscores: true };
  const sent = (name: string) => encodeFields(fieldBlock([[name, "v"]]), HTTP, strict, PROXY);
  assert.equal(sent("X_A"), "underscore-in-field-name");
  assert.equal(sent("Proxy"), null);
  assert.equal(sent("X-A"), null);
});

for (const [version, protocol] of [
  [10, "HTTP/1.0"],
  [11, "HTTP/1.1"],
] as const) {
  test(`wire §4.2: the fragment of a request of ${protocol}: the id, the version, the fields`, () => {
    const fields = fieldBlock([["X-Caf", "caf\xe9"]], version);
    assert.equal(encodeFields(fields, HTTP, rules([]), PROXY), null);
    const text = textOf(fields);
    assert.equal(text, `7\0SERVER_PROTOCOL\0${protocol}\0HTTP_X_CAF\0caf\xe9`);
  });
}

const forwardingLine = fc.tuple(
  fc.constantFrom(
    "Forwarded",
    "X-Forwarded-For",
    "x-forwarded-proto",
    "X-Forwarded-Host",
    "X-Forwarded-Port",
    "X-Forwarded-Prefix",
    "X-Real-IP",
  ),
  fc.oneof(
    fc.string({ unit: "grapheme-ascii" }),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("https", "http", "a:81", "443", "/a", "for=10.0.0.1;proto=https", "127.0.0.1"),
  ),
);
const otherLine = fc.tuple(fc.constantFrom("X-A", "Cookie", "Host"), fc.constantFrom("a", "b"));

test("property: whatever a stranger puts into these fields, environ is as if they weren't there", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(forwardingLine, otherLine)), (lines) => {
      const all = fieldBlock(lines);
      const others = fieldBlock(lines.filter(([name]) => !/forwarded|real/i.test(name)));
      for (const fields of [all, others]) {
        assert.equal(encodeFields(fields, HTTP, rules(EVERYTHING), STRANGER), null);
      }
      assert.equal(textOf(all), textOf(others));
      assert.equal(all.origin, null);
    }),
  );
});

test("property: whatever a proxy passes on, it is refused or is an address, a scheme, a host, a port, a path", () => {
  fc.assert(
    fc.property(fc.array(forwardingLine, { maxLength: 4 }), (lines) => {
      const fields = fieldBlock(lines);
      if (encodeFields(fields, HTTP, rules(EVERYTHING), PROXY) !== null) {
        assert.equal(fields.environ, null);
        return;
      }
      if (fields.origin === null) return;
      const { address, scheme, host, serverPort, prefix } = fields.origin;
      assert.ok(address === null || address === "" || isIP(address) !== 0, String(address));
      assert.ok(scheme === null || scheme === "http" || scheme === "https");
      assert.ok(host === null || isAuthority(host));
      assert.match(serverPort ?? "0", /^\d{1,5}$/);
      assert.match(prefix ?? "", /^(?:\/[!-~]*[!-.0-~])?$/);
    }),
    { numRuns: 1000 },
  );
});

const headText = fc
  .record({
    target: fc.constantFrom("/", "/a?b", "http://other/"),
    version: fc.constantFrom("1.0", "1.1"),
    lines: fc.array(fc.oneof(forwardingLine, otherLine), { maxLength: 2 }),
  })
  .map(({ target, version, lines }) => {
    const fields = lines
      .filter(([name]) => name !== "Host")
      .map(([name, value]) => `${name}: ${value}\r\n`);
    return `GET ${target} HTTP/${version}\r\nHost: a\r\n${fields.join("")}\r\n`;
  });

test("property: environ that is kept with field lines that repeat is what it would be anew", () => {
  const conversation = fc
    .array(headText, { minLength: 1, maxLength: 3 })
    .chain((texts) => fc.array(fc.constantFrom(...texts), { maxLength: 12 }));
  const environOf = (parser: HeadParser, text: string): object => {
    const head = parser.parse(text, 0, text.length);
    if (head.kind === "fault") return { fault: head.code };
    const { fields } = head;
    const fault =
      fields.environ === null ? encodeFields(fields, HTTP, rules(EVERYTHING), PROXY) : null;
    return fault === null ? { environ: textOf(fields), origin: fields.origin } : { fault };
  };
  fc.assert(
    fc.property(conversation, (texts) => {
      const parser = new HeadParser(DEFAULT_LIMITS, true);
      for (const text of texts) {
        const plain = environOf(new HeadParser(DEFAULT_LIMITS, false), text);
        assert.deepEqual(environOf(parser, text), plain);
      }
    }),
    { seed: 8, numRuns: 500 },
  );
});
