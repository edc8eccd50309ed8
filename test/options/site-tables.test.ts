import assert from "node:assert/strict";
import { test } from "node:test";

import { parse } from "smol-toml";

import { type ParsedCommand, parseCommandLine } from "../../src/options/command-line.ts";
import { settingsSchema } from "../../src/options/schema.ts";
import { readSettingsFile } from "../../src/options/settings-file.ts";
import { type Settings, valueRows } from "../../src/options/settings.ts";
import { parseSiteHost, parseSiteMount } from "../../src/options/site-keys.ts";

function command(text: string, argv: readonly string[] = [], environment = {}): ParsedCommand {
  const layer = readSettingsFile({ path: "w.toml", text, data: parse(text) });
  assert.ok(!("kind" in layer), "kind" in layer ? layer.message : "");
  return parseCommandLine(argv, environment, layer);
}

function serve(text: string, argv: readonly string[] = [], environment = {}): Settings {
  const parsed = command(text, argv, environment);
  assert.ok(parsed.kind === "serve", JSON.stringify(parsed));
  return parsed.settings;
}

/** The message of a file, or of the command with it. */
function fault(text: string, argv: readonly string[] = []): string {
  const layer = readSettingsFile({ path: "w.toml", text, data: parse(text) });
  if ("kind" in layer) return layer.message;
  const parsed = parseCommandLine(argv, {}, layer);
  return parsed.kind === "fault" ? parsed.message : `no fault: ${parsed.kind}`;
}

const TWO = `
app = "common:app"
workers = 2
threads = 3

[env]
BOTH = "1"
ONE = "all"

[[site]]
name = "shop"
hosts = ["Shop.example", "*.shop.example."]
mount = "/caf\u00e9/"
workers = 5
env = {ONE = "shop", OWN = "x"}

[[site]]
app = "blog:app"
`;

test("a site has what its table says, and else what holds for the whole server", () => {
  const { sites, app } = serve(TWO, ["--threads", "7"]);
  assert.equal(app, "common:app");
  const [shop, blog] = sites;
  assert.ok(shop !== undefined && blog !== undefined && sites.length === 2);
  assert.deepEqual(
    [shop.name, shop.hosts, shop.mount, shop.place],
    ["shop", ["shop.example", "*.shop.example"], "/caf\u00c3\u00a9", "w.toml:10"],
  );
  assert.deepEqual([blog.name, blog.hosts, blog.mount], ["blog:app", ["*"], ""]);
  assert.deepEqual([shop.settings.app, blog.settings.app], ["common:app", "blog:app"]);
  assert.deepEqual([shop.settings.workers, blog.settings.workers], [5, 2]);
  assert.deepEqual([shop.settings.threads, blog.settings.threads], [7, 7]);
  assert.deepEqual(shop.settings.env, { BOTH: "1", ONE: "shop", OWN: "x" });
  assert.deepEqual(blog.settings.env, { BOTH: "1", ONE: "all" });
});

test("a site's own table wins over the environment and the command line, which speak of all sites", () => {
  const { sites, workers } = serve(TWO, ["-w", "9"], { WIZGY_WORKERS: "8" });
  assert.deepEqual([workers, ...sites.map(({ settings }) => settings.workers)], [9, 5, 9]);
});

test("without tables there are no sites", () => {
  assert.deepEqual(serve('app = "a"').sites, []);
  assert.deepEqual(serve('app = "a"\nsite = []').sites, []);
});

test("a site that has no name is called after its host and its mount, else after its application", () => {
  const { sites } = serve(`
[[site]]
app = "a:app"
[[site]]
app = "a:app"
hosts = ["b.example", "c.example"]
mount = "/x"
[[site]]
app = "a:app"
bind = ":1"
[[site]]
app = "a:app"
mount = "/y"
`);
  assert.deepEqual(
    sites.map(({ name }) => name),
    ["a:app", "b.example/x", "a:app#2", "*/y"],
  );
});

const FAULTS: readonly (readonly [what: string, text: string, message: RegExp])[] = [
  [
    "an unknown key with its line and the nearest name",
    '[[site]]\napp = "a"\n[[site]]\napp = "b"\nmax_requests = 1',
    /^w\.toml:5: A site has no setting "max_requests"\. Did you mean max-requests\?$/,
  ],
  ["a misspelt key of its own", '[[site]]\nhost = "a"', /^w\.toml:2: .*Did you mean hosts\?$/],
  [
    "a setting of the server",
    'backlog = 5\n[[site]]\napp = "a"\nbacklog = 3',
    /^w\.toml:4: backlog is a setting of the whole server\. Write it above the first \[\[site\]\]\.$/,
  ],
  [
    "a value that is not accepted",
    '[[site]]\napp = "a"\nworkers = "many"',
    /^w\.toml:3: workers: "many" is not accepted\. It takes a whole number/,
  ],
  [
    "a value of the wrong kind",
    "[[site]]\npreload = 1",
    /^w\.toml:2: preload takes true or false\.$/,
  ],
  ["one table", '[site]\napp = "a"', /^w\.toml: site takes a table for each site, .* \[\[site\]\]/],
  ["no application", '[[site]]\nhosts = "a"', /^w\.toml:1: this site has no application\./],
  [
    "a host with a port",
    '[[site]]\nhosts = "a.example:80"',
    /^w\.toml:2: hosts: "a\.example:80" is not/,
  ],
  ["no host", "[[site]]\nhosts = []", /^w\.toml:2: hosts takes a name, or a list of names\.$/],
  [
    "a mount that is no path",
    '[[site]]\nmount = "shop"',
    /^w\.toml:2: mount: "shop" is not accepted/,
  ],
  ["a name with a space", '[[site]]\nname = "a b"', /^w\.toml:2: name takes a word/],
  [
    "one name twice",
    '[[site]]\nname = "a"\n[[site]]\nname = "a"',
    /^w\.toml:3: The site at w\.toml:1 has the name a, too\.$/,
  ],
  [
    "two sites for the same request",
    'app = "a"\n[[site]]\nhosts = ["a.example", "b.example"]\n[[site]]\nhosts = "B.example."',
    /^w\.toml:4: the site at w\.toml:2 takes the host b\.example at http:\/\/127\.0\.0\.1:8000, too\./,
  ],
  [
    "two sites for every request",
    'app = "a"\n[[site]]\nmount = "/x"\n[[site]]\nmount = "/x/"',
    /^w\.toml:4: the site at w\.toml:2 takes every host below \/x at /,
  ],
];

for (const [what, text, message] of FAULTS) {
  test(`a site's table is refused for ${what}`, () => {
    assert.match(fault(text), message);
  });
}

test("the same hosts and mounts at other addresses, or other mounts of a host, are no conflict", () => {
  const { sites } = serve(
    'app = "a"\n[[site]]\n[[site]]\nbind = ":1"\n[[site]]\nmount = "/x"\n[[site]]\nhosts = "a.example"',
  );
  assert.equal(sites.length, 4);
});

test("an application on the command line and sites in the file exclude each other", () => {
  const text = '[[site]]\napp = "a"';
  assert.match(
    fault(text, ["b:app"]),
    /^w\.toml:1: the settings file has sites, .*Leave "b:app" out/,
  );
});

test("reload takes the name of a site", () => {
  const reload = (words: readonly string[]): unknown => {
    const parsed = command(TWO, ["reload", ...words]);
    return parsed.kind === "reload" ? parsed.site : parsed.kind;
  };
  assert.equal(reload([]), null);
  assert.equal(reload(["shop"]), "shop");
  assert.equal(reload(["shop", "blog"]), "fault");
});

test("--print-config prints the sites, and what it prints means the same", () => {
  const printed = command(TWO, ["--print-config"]);
  assert.ok(printed.kind === "print");
  assert.match(printed.text, /\n\[\[site\]\] # w\.toml:10\nname = "shop"\n/);
  assert.match(printed.text, /\nworkers = 5 # w\.toml:14\n/);
  const shape = (settings: Settings): unknown =>
    settings.sites.map((site) => ({ ...site, place: "" }));
  const again = serve(printed.text);
  assert.deepEqual(shape({ ...again, config: "" }), shape(serve(TWO)));
});

test("the schema has a site's own keys and the settings that the table marks, and no others", () => {
  const schema = settingsSchema() as {
    readonly properties: { readonly site: { readonly items: { readonly properties: object } } };
  };
  const ofSites = valueRows.flatMap(([, row]) => (row.perSite ? [row.flags[0].slice(2)] : []));
  const keys = Object.keys(schema.properties.site.items.properties);
  assert.deepEqual(keys, ["app", "name", "hosts", "mount", ...ofSites]);
  assert.ok(ofSites.includes("workers") && !ofSites.includes("backlog"));
});

test("RFC 1123 §2.1: hosts of a site are names, names behind a star, addresses, or a star", () => {
  const accepted = [
    "a",
    "a.example",
    "*.a.example",
    "*",
    "127.0.0.1",
    "[::1]",
    "xn--caf-dma.example",
  ];
  for (const host of accepted) assert.deepEqual(parseSiteHost(host), { ok: true, value: host });
  assert.deepEqual(parseSiteHost("A.Example."), { ok: true, value: "a.example" });
  for (const host of [
    "",
    ".",
    "a.*.example",
    "*a.example",
    "http://a",
    "a:80",
    "a/b",
    "caf\u00e9.example",
    "a b",
    "*.",
  ]) {
    assert.equal(parseSiteHost(host).ok, false, host);
  }
});

test("a mount is a plain path; a slash at its end makes no difference", () => {
  for (const mount of ["/a", "/a/b", "/a.b"]) {
    assert.deepEqual(parseSiteMount(`${mount}/`), { ok: true, value: mount });
    assert.deepEqual(parseSiteMount(mount), { ok: true, value: mount });
  }
  for (const mount of ["", "/"]) assert.deepEqual(parseSiteMount(mount), { ok: true, value: "" });
  for (const mount of [
    "a",
    "//a",
    "/a//b",
    "/a//",
    "//",
    "/a/../b",
    "/a/.",
    "/%61",
    "/a?b",
    "/a#",
    "/a\\b",
  ]) {
    assert.equal(parseSiteMount(mount).ok, false, mount);
  }
});
