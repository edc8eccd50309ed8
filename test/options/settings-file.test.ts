import assert from "node:assert/strict";
import { test } from "node:test";

import { parseCommandLine } from "../../src/options/command-line.ts";
import { settingsSchema } from "../../src/options/schema.ts";
import { type SettingsLayer, fileKey, readSettingsFile } from "../../src/options/settings-file.ts";
import { defaultSettings, valueRows } from "../../src/options/settings.ts";

/** Reads an object as if it stood in a file, one key a line. */
function layerOf(data: Readonly<Record<string, unknown>>): SettingsLayer | string {
  const text = Object.entries(data)
    .map(([key, value]) => `${key} = ${JSON.stringify(value)}`)
    .join("\n");
  const layer = readSettingsFile({ path: "w.toml", text, data });
  return "kind" in layer ? layer.message : layer;
}

function serve(data: Readonly<Record<string, unknown>>, argv: string[] = [], environment = {}) {
  const layer = layerOf(data);
  assert.ok(typeof layer !== "string", JSON.stringify(layer));
  return parseCommandLine(argv, environment, layer);
}

test("keys are flags without their dashes, and app is the application", () => {
  const command = serve({
    app: "shop:app",
    workers: 3,
    "limit-request-body": "20m",
    "header-timeout": 2.5,
    bind: ["[::1]:80", "unix:/s"],
    "no-request-buffering": true,
    "forwarded-allow-ips": "none",
    pythonpath: ["a", "b"],
    umask: "027",
    env: { A: "1", B: "x=y" },
  });
  assert.deepEqual(command, {
    kind: "serve",
    settings: {
      ...defaultSettings("shop:app"),
      config: "w.toml",
      workers: 3,
      limitRequestBodyBytes: 20 * 1024 ** 2,
      headerTimeoutMs: 2500,
      bind: [
        { kind: "tcp", host: "::1", port: 80 },
        { kind: "unix", path: "/s" },
      ],
      noRequestBuffering: true,
      forwardedAllowIps: { everyPeer: false, unixPeers: false, networks: [] },
      pythonpath: ["a", "b"],
      umask: 0o27,
      env: { A: "1", B: "x=y" },
    },
  });
});

test("the command line wins over WIZGY_ variables, these over the file, the file over other tools' variables", () => {
  const workers = (argv: string[], environment: Record<string, string>): unknown => {
    const command = serve({ app: "a", workers: 2 }, argv, environment);
    assert.ok(command.kind === "serve");
    return command.settings.workers;
  };
  const foreign = { WEB_CONCURRENCY: "5" };
  assert.equal(workers([], foreign), 2);
  assert.equal(workers([], { ...foreign, WIZGY_WORKERS: "3" }), 3);
  assert.equal(workers(["-w4"], { ...foreign, WIZGY_WORKERS: "3" }), 4);
  const named = serve({ app: "a" }, ["b"]);
  assert.ok(named.kind === "serve");
  assert.equal(named.settings.app, "b");
});

const faults: readonly (readonly [
  title: string,
  data: Record<string, unknown>,
  message: string,
])[] = [
  [
    "an unknown key",
    { app: "a", wrokers: 2 },
    'w.toml:2: There is no setting "wrokers". Did you mean workers?',
  ],
  [
    "a key with underscores",
    { max_requests: 1 },
    'w.toml:1: There is no setting "max_requests". Did you mean max-requests?',
  ],
  ["a key like none", { zzzzzzzz: 1 }, 'w.toml:1: There is no setting "zzzzzzzz".'],
  [
    "the file itself",
    { config: "x" },
    'w.toml:1: There is no setting "config". It can\'t be set in the file itself.',
  ],
  [
    "a switch that is text",
    { "static-listing": "yes" },
    "w.toml:1: static-listing takes true or false.",
  ],
  ["a list for one value", { threads: [1] }, "w.toml:1: threads takes one number or text."],
  [
    "a mode as a number",
    { umask: 18 },
    'w.toml:1: umask takes an octal number in quotes, such as "660".',
  ],
  ["a list of lists", { bind: [["a"]] }, "w.toml:1: bind takes text, or a list of texts."],
  [
    "variables as text",
    { env: "A=1" },
    'w.toml:1: env takes a table of texts, such as {DEBUG = "1"}.',
  ],
  ["a variable that is a number", { env: { A: 1 } }, 'w.toml:1: env takes texts: write A = "1".'],
  ["an application that is no text", { app: 1 }, 'w.toml:1: app takes text such as "mysite.wsgi".'],
];
for (const [title, data, message] of faults) {
  test(`${title} is refused with its line`, () => assert.equal(layerOf(data), message));
}

test("a wrong value is named with its line, key and what is accepted", () => {
  const command = serve({ app: "a", workers: -1 });
  assert.ok(command.kind === "fault");
  assert.equal(
    command.message,
    'w.toml:2: workers: "-1" is not accepted. It takes a whole number from 1 to 1024, two such as 2..8, or auto.',
  );
  assert.equal(command.exitCode, 1);
});

test("a file that is no table is refused", () => {
  const layer = readSettingsFile({ path: "w.json", text: "[]", data: [] });
  assert.deepEqual(layer, {
    kind: "file-fault",
    message: "w.json: It takes one table of settings.",
  });
});

test("the schema has each setting that a file can hold, and no others", () => {
  const schema = settingsSchema() as { properties: Record<string, Record<string, unknown>> };
  const keys = valueRows.map((entry) => fileKey(...entry)).filter((key) => key !== null);
  assert.deepEqual(Object.keys(schema.properties), ["$schema", "app", ...keys, "site"]);
  const { description: _, ...workers } = schema.properties["workers"] ?? {};
  assert.deepEqual(workers, {
    anyOf: [
      { type: "integer", minimum: 1, maximum: 1024 },
      { const: "auto" },
      { type: "string", pattern: "^[0-9]{1,4}\\.\\.[0-9]{1,4}$" },
    ],
    default: 1,
  });
});

test("what the schema gives as default is read as the default", () => {
  const schema = settingsSchema() as { properties: Record<string, { default?: unknown }> };
  const data = Object.fromEntries(
    Object.entries(schema.properties).flatMap(([key, property]) =>
      property.default === undefined ? [] : [[key, property.default]],
    ),
  );
  const command = serve(data, ["a"]);
  assert.deepEqual(command, {
    kind: "serve",
    settings: { ...defaultSettings("a"), config: "w.toml" },
  });
});
