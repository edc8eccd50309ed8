import assert from "node:assert/strict";
import { test } from "node:test";

import type { AccessEntry } from "../../src/http/access-entry.ts";
import type { FieldBlock } from "../../src/http/request-head.ts";
import { compileAccessFormat } from "../../src/log/access-format.ts";
import { renderAccessLine, renderSiteAccessLine } from "../../src/log/access-line.ts";
import { settingTable } from "../../src/options/table.ts";

const DATE = new Date("2026-01-02T03:04:05Z");

function fieldsOf(...lines: readonly (readonly [string, string])[]): FieldBlock {
  return {
    names: lines.map(([name]) => name),
    lowerNames: lines.map(([name]) => name.toLowerCase()),
    values: lines.map(([, value]) => value),
    framing: "none",
    contentLength: 0,
    host: null,
    connectionClose: false,
    connectionKeepAlive: false,
    expectContinue: false,
    version: 11,
    environ: null,
    origin: null,
  };
}

const LINE: AccessEntry = {
  remoteAddress: "10.0.0.1",
  method: "GET",
  target: "/a%20b?c=d%20e",
  host: "shop.example:8000",
  version: 11,
  status: 404,
  bodyBytes: 12,
  referer: "http://a/",
  userAgent: 'agent "x"',
  durationMs: 1234.5678,
  workerPid: 77,
  fields: fieldsOf(
    ["X-A", "first"],
    ["x-a", "second"],
    ["Authorization", "Basic bWU6c2VjcmV0"],
    ["Content-Type", "text/x"],
  ),
  answerHead: "404 Not Found\r\nContent-Type: text/plain\r\nX-B: \x1bvalue\r\n",
};

function render(format: string, line: AccessEntry = LINE): string {
  const compiled = compileAccessFormat(format);
  return typeof compiled === "function" ? compiled(line, DATE) : `! ${compiled.fault}`;
}

const cases: readonly (readonly [format: string, line: string])[] = [
  ["%(h)s %(l)s %(u)s", "10.0.0.1 - me\n"],
  ["%(r)s", "GET /a%20b?c=d%20e HTTP/1.1\n"],
  ["%(m)s|%(U)s|%(q)s|%(H)s", "GET|/a b|c=d%20e|HTTP/1.1\n"],
  ["%(s)s %(b)s %(B)s", "404 12 12\n"],
  ['"%(f)s" "%(a)s"', '"http://a/" "agent \\"x\\""\n'],
  ["%(T)s %(M)s %(D)s %(L)s", "1 1234 1234567 1.234567\n"],
  ["%(p)s", "<77>\n"],
  ["%(v)s", "shop.example\n"],
  ["%({X-A}i)s %({x-none}i)s", "second -\n"],
  ["%({content-type}o)s %({X-B}o)s %({X-C}o)s", "text/plain \\x1bvalue -\n"],
  [
    "%({HTTP_X_A}e)s %({PATH_INFO}e)s %({REQUEST_METHOD}e)s %({CONTENT_TYPE}e)s",
    "second /a b GET text/x\n",
  ],
  ["100%% %(s)5s|%(s)-5d|", "100%   404|404  |\n"],
  ["", "\n"],
  ["%(x)s", "! there is no atom %(x)s"],
  ["%({wsgi.input}e)s", "! there is no atom %({wsgi.input}e)s"],
  ["50% of", '! "% of" is no atom; they look like %(h)s, and %% is a percent sign'],
];
for (const [format, line] of cases) {
  test(`the format ${JSON.stringify(format)} gives ${JSON.stringify(line)}`, () => {
    assert.equal(render(format), line);
  });
}

test("the default format, compiled, gives the lines of the one that is written out", () => {
  const format = settingTable.accessLogformat.default;
  assert.equal(render(format), renderAccessLine(LINE, DATE));
  const bare = {
    ...LINE,
    remoteAddress: "",
    referer: "",
    userAgent: "",
    fields: null,
    bodyBytes: 0,
  };
  assert.equal(render(format, bare), renderAccessLine(bare, DATE));
});

test("RFC 7617 §2: a user that is not told, or not in base64, is a hyphen or what there is of it", () => {
  const user = (value: string): string =>
    render("%(u)s", { ...LINE, fields: fieldsOf(["Authorization", value]) });
  assert.equal(user("Bearer abc"), "-\n");
  assert.equal(user("Basic"), "-\n");
  assert.equal(user("basic bWU6"), "me\n");
  assert.equal(user(`Basic ${btoa('a"\n:x')}`), 'a\\"\\x0a\n');
});

test("with several sites the host stands before the line, as one word that nobody can fake", () => {
  const line = renderAccessLine(LINE, DATE);
  const hosts = [
    ["shop.example:8000", "shop.example"],
    ["SHOP.example", "shop.example"],
    ["[::1]:8000", "[::1]"],
    ["", "-"],
  ] as const;
  for (const [host, shown] of hosts) {
    assert.equal(renderSiteAccessLine({ ...LINE, host }, DATE), `${shown} ${line}`);
  }
});
