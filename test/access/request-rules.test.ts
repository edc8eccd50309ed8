import assert from "node:assert/strict";
import { test } from "node:test";

import { type AddressRule, parseAddressRule } from "../../src/access/address-rules.ts";
import {
  type AuthRule,
  authRuleFor,
  challenge,
  parseAuthRule,
  readBasic,
} from "../../src/access/credentials.ts";
import { pathForms } from "../../src/access/path-forms.ts";
import { parseRedirect } from "../../src/access/redirects.ts";
import { decide } from "../../src/access/request-rules.ts";
import { parseRewrite } from "../../src/access/rewrites.ts";

function read<Rule>(parse: (text: string) => Rule | string, texts: readonly string[]): Rule[] {
  return texts.map((text) => {
    const rule = parse(text);
    return typeof rule === "string" ? assert.fail(`${text}: ${rule}`) : rule;
  });
}

interface Told {
  readonly allow?: readonly string[];
  readonly deny?: readonly string[];
  readonly redirect?: readonly string[];
  readonly rewrite?: readonly string[];
  readonly auth?: readonly string[];
}

/** One word for what becomes of the request. */
function becomes(told: Told, path: string, address = "10.1.2.3"): string {
  const rules = {
    addresses: {
      allow: read<AddressRule>(parseAddressRule, told.allow ?? []),
      deny: read<AddressRule>(parseAddressRule, told.deny ?? []),
    },
    redirects: read(parseRedirect, told.redirect ?? []),
    rewrites: read(parseRewrite, told.rewrite ?? []),
    auth: read<AuthRule>(parseAuthRule, told.auth ?? []),
  };
  const request = { mount: "", query: "", hasQuery: false, host: "a", scheme: "http" as const };
  const verdict = decide(rules, { ...request, path, address });
  if (verdict.kind === "denied") return "denied";
  if (verdict.kind === "redirected") return verdict.location;
  return `${verdict.rewritten?.path ?? path} ${verdict.auth?.file ?? "-"}`;
}

test("addresses: denied networks stay out, and where some are allowed only those come in", () => {
  const table: readonly (readonly [Told, path: string, address: string, expected: boolean])[] = [
    [{ deny: ["/ 10.0.0.0/8"] }, "/x", "10.1.2.3", false],
    [{ deny: ["/ 10.0.0.0/8"] }, "/x", "::ffff:10.1.2.3", false],
    [{ deny: ["/ 10.0.0.0/8"] }, "/x", "11.1.2.3", true],
    [{ deny: ["/ 10.0.0.0/8"] }, "/x", "", true],
    [{ deny: ["/ all"] }, "/x", "", false],
    [{ deny: ["/a all"] }, "/b", "10.1.2.3", true],
    [{ allow: ["/a 10.0.0.0/8"] }, "/a/x", "10.1.2.3", true],
    [{ allow: ["/a 10.0.0.0/8"] }, "/a/x", "11.1.2.3", false],
    [{ allow: ["/a 10.0.0.0/8"] }, "/a/x", "", false],
    [{ allow: ["/a 10.0.0.0/8"] }, "/b", "11.1.2.3", true],
    [{ allow: ["/a 10.0.0.0/8", "/a 11.0.0.0/8"] }, "/a", "11.1.2.3", true],
    [{ allow: ["/a 10.0.0.0/8 2001:db8::/32"] }, "/a", "2001:db8::1", true],
    [{ allow: ["/a 10.0.0.0/8, fe80::/10"] }, "/a", "fe80::1%eth0", true],
    [{ allow: ["/ 10.0.0.0/8", "/a all"] }, "/a", "11.1.2.3", false],
    [{ allow: ["/ all", "/a 10.0.0.0/8"] }, "/a", "11.1.2.3", false],
    [{ allow: ["/a all"], deny: ["/a 10.0.0.0/8"] }, "/a", "10.1.2.3", false],
  ];
  for (const [told, path, address, expected] of table) {
    const outcome = becomes(told, path, address);
    assert.equal(outcome !== "denied", expected, `${JSON.stringify(told)} ${path} ${address}`);
  }
});

test("order: who is kept out learns nothing, and a redirect comes before a password is asked for", () => {
  const all: Told = {
    deny: ["/a 11.0.0.0/8"],
    redirect: ["/a/old /new"],
    rewrite: ["/a/* /b/*"],
    auth: ["/a users"],
  };
  assert.equal(becomes(all, "/a/old", "11.1.1.1"), "denied");
  assert.equal(becomes(all, "/a/old"), "/new");
  assert.equal(becomes(all, "/a/x"), "/b/x users");
});

test("a rewritten path: rules for what was asked and for what it became both hold", () => {
  const rewrite = ["/front/* /back/*"];
  assert.equal(becomes({ rewrite, deny: ["/back all"] }, "/front/x"), "denied");
  assert.equal(becomes({ rewrite, allow: ["/front 12.0.0.0/8"] }, "/front/x"), "denied");
  assert.equal(becomes({ rewrite, auth: ["/back one"] }, "/front/x"), "/back/x one");
  assert.equal(
    becomes({ rewrite, auth: ["/back/x two", "/front one"] }, "/front/x"),
    "/back/x two",
  );
});

test("passwords: of the paths that fit the longest counts", () => {
  const rules = read<AuthRule>(parseAuthRule, ["/ all", "/a one The realm", "/a/b two"]);
  const of = (path: string): string | undefined => authRuleFor(rules, [pathForms(path)])?.file;
  assert.deepEqual(["/x", "/a", "/a/b/c", "/ab", "//a"].map(of), [
    "all",
    "one",
    "two",
    "all",
    "one",
  ]);
  assert.equal(rules[1]?.realm, "The realm");
});

test("RFC 7617 §2: user-id, colon, password, in base64; anything else is none", () => {
  const encode = (text: string): string => Buffer.from(text, "utf8").toString("base64");
  assert.deepEqual(readBasic(`Basic ${encode("anna:a:b")}`), { user: "anna", password: "a:b" });
  assert.deepEqual(readBasic(`bASIC  ${encode("\u00e9:\u00fc")} `), {
    user: "\u00c3\u00a9",
    password: "\u00fc",
  });
  assert.deepEqual(readBasic(`Basic ${encode(":")}`), { user: "", password: "" });
  const wrong = [null, "", "Basic", "Basic !", `Bearer ${encode("a:b")}`, `Basic ${encode("ab")}`];
  for (const value of [...wrong, `Basic ${encode("a:b\0")}`, `Basic ${encode("a:b")}, x`]) {
    assert.equal(readBasic(value), null, String(value));
  }
});

test("RFC 7617 §2.1: the challenge says the realm and that UTF-8 is understood", () => {
  assert.equal(challenge("A b"), 'WWW-Authenticate: Basic realm="A b", charset="UTF-8"\r\n');
});

test("rules that can't be read are refused", () => {
  for (const text of ["", "/a", "a 10.0.0.1", "/a 10.0.0.1/8", "/a 300.0.0.1", "/a nobody"]) {
    assert.equal(typeof parseAddressRule(text), "string", text);
  }
  for (const text of ["", "/a", "a file", '/a file "x"', "/a file \u00e9"]) {
    assert.equal(typeof parseAuthRule(text), "string", text);
  }
});
