import assert from "node:assert/strict";
import { test } from "node:test";

import { overlay, readGunicornCmdArgs } from "../../src/options/gunicorn-cmd-args.ts";
import { type GunicornLayer, readGunicornConfig } from "../../src/options/gunicorn-config.ts";
import { parseCommandLine } from "../../src/options/command-line.ts";
import { shellWords } from "../../src/options/shell-words.ts";

function layerOf(
  values: Readonly<Record<string, unknown>>,
  hooks: readonly string[] = [],
): GunicornLayer | string {
  const text = [
    ...Object.keys(values).map((name) => `${name} = 1`),
    ...hooks.map((name) => `def ${name}(x):`),
  ].join("\n");
  const layer = readGunicornConfig({ path: "g.py", text, values, hooks });
  return "kind" in layer ? layer.message : layer;
}

test("names of gunicorn's file are settings of ours", () => {
  const layer = layerOf({
    wsgi_app: "shop:app",
    bind: "127.0.0.1:1,unix:/s",
    workers: 5,
    raw_env: ["A=1"],
    umask: 0o27,
    cert_reqs: 2,
    proxy_protocol: true,
    preload_app: true,
    keepalive: 5,
    forwarded_allow_ips: "*",
    accesslog: "-",
    own_variable: { unreadable: "object" },
  });
  assert.ok(typeof layer !== "string", JSON.stringify(layer));
  const command = parseCommandLine([], {}, layer);
  assert.ok(command.kind === "serve", JSON.stringify(command));
  const { settings } = command;
  assert.equal(settings.app, "shop:app");
  assert.deepEqual(settings.bind, [
    { kind: "tcp", host: "127.0.0.1", port: 1 },
    { kind: "unix", path: "/s" },
  ]);
  assert.deepEqual(
    [settings.workers, settings.env, settings.certReqs, settings.proxyProtocol],
    [5, { A: "1" }, "2", "auto"],
  );
  assert.deepEqual([settings.preload, settings.keepAliveMs], [true, 5000]);
  assert.equal(settings.forwardedAllowIps.everyPeer, true);
  assert.deepEqual(settings.accessLogfile, { kind: "stdout" });
});

test("umask is that of the socket and not of what the application writes, as in gunicorn", () => {
  for (const [umask, mode] of [
    [0, 0o666],
    [0o27, 0o640],
    ["007", 0o660],
    ["0o022", 0o644],
  ] as const) {
    const layer = layerOf({ wsgi_app: "a:b", umask });
    assert.ok(typeof layer !== "string", JSON.stringify(layer));
    const command = parseCommandLine([], {}, layer);
    assert.ok(command.kind === "serve", JSON.stringify(command));
    assert.deepEqual([command.settings.umask, command.settings.unixSocketMode], [null, mode]);
  }
  assert.match(JSON.stringify(layerOf({ umask: "x" })), /umask: it takes an octal number/);
});

test("values of environment variables, which are texts, are read as gunicorn reads them", () => {
  const values = { wsgi_app: "a:b", workers: "3", reload: "False", preload_app: "true" };
  const empty = { pidfile: "", accesslog: "", user: "", certfile: "" };
  const layer = layerOf({ ...values, ...empty });
  assert.ok(typeof layer !== "string", JSON.stringify(layer));
  const command = parseCommandLine([], {}, layer);
  assert.ok(command.kind === "serve", JSON.stringify(command));
  const { workers, reload, preload, pid, user } = command.settings;
  assert.deepEqual([workers, reload, preload, pid, user], [3, false, true, null, null]);
});

test("secure_scheme_headers may name X-Forwarded-Proto; that others are not read is told", () => {
  const proto = { "X-FORWARDED-PROTO": "https" };
  const notesOf = (fields: unknown): unknown => {
    const layer = layerOf({ secure_scheme_headers: fields });
    return typeof layer === "string" ? layer : layer.notes;
  };
  assert.deepEqual(notesOf(proto), []);
  assert.deepEqual(notesOf({ "X-Forwarded-Proto": "https" }), []);
  assert.deepEqual(notesOf({ ...proto, "X-FORWARDED-SSL": "on" }), [
    "g.py:1: of secure_scheme_headers only X-FORWARDED-PROTO is read.",
  ]);
  assert.match(String(notesOf({ "X-FORWARDED-SSL": "on" })), /have them send that\.$/);
});

test("what switches nothing on is no fault, whatever it is", () => {
  const layer = layerOf({
    daemon: false,
    spew: false,
    statsd_host: null,
    dirty_workers: 0,
    dirty_apps: [],
    logconfig_dict: {},
  });
  assert.ok(typeof layer !== "string", JSON.stringify(layer));
  assert.equal(layer.given.size, 1);
});

const faults: readonly (readonly [values: Record<string, unknown>, message: string])[] = [
  [
    { workers: 1, daemon: true },
    "g.py:2: daemon: let systemd, or whatever starts it, keep it in the background.",
  ],
  [
    { workers: { unreadable: "Queue" } },
    "g.py:1: workers: this value can't be passed on from Python.",
  ],
  [{ workers: [1, 2] }, "g.py:1: workers: this value can't be passed on from Python."],
];
for (const [values, message] of faults) {
  test(`${Object.keys(values).join(", ")} with a wrong value is refused with its line`, () => {
    assert.equal(layerOf(values), message);
  });
}

test("a hook that can't be honoured is refused, one whose event never happens is told of", () => {
  assert.match(
    JSON.stringify(layerOf({}, ["ssl_context"])),
    /^"g\.py:1: ssl_context: TLS is not spoken by Python/,
  );
  const layer = layerOf({ workers: 1 }, ["worker_int"]);
  assert.ok(typeof layer !== "string");
  assert.deepEqual(layer.notes, [
    "g.py:2: worker_int is never called: workers are not stopped by INT or QUIT.",
  ]);
});

test("GUNICORN_CMD_ARGS counts for more than the file and less than the command line", () => {
  const file = layerOf({ workers: 2, threads: 2, backlog: 2 });
  const variable = readGunicornCmdArgs({ GUNICORN_CMD_ARGS: "-w 3 --threads=3 --bind '[::1]:9'" });
  assert.ok(typeof file !== "string" && !("kind" in variable));
  const command = parseCommandLine(["-w4", "app"], {}, overlay(variable, file));
  assert.ok(command.kind === "serve");
  const { workers, threads, backlog, bind } = command.settings;
  assert.deepEqual([workers, threads, backlog], [4, 3, 2]);
  assert.deepEqual(bind, [{ kind: "tcp", host: "::1", port: 9 }]);
});

test("what is wrong in GUNICORN_CMD_ARGS is blamed on it", () => {
  const messageOf = (text: string): unknown => readGunicornCmdArgs({ GUNICORN_CMD_ARGS: text });
  assert.deepEqual(messageOf("--chdir 'a"), {
    kind: "file-fault",
    message: "GUNICORN_CMD_ARGS: a quote is not closed.",
  });
  assert.match(JSON.stringify(messageOf("--nope")), /GUNICORN_CMD_ARGS: Unknown option --nope/);
  assert.match(JSON.stringify(messageOf("--version")), /only settings can stand here/);
});

test("words are split as a shell does it", () => {
  assert.deepEqual(shellWords(`a  'b c'd "e \\"f\\" \\x" g\\ h ''`), [
    "a",
    "b cd",
    'e "f" \\x',
    "g h",
    "",
  ]);
  assert.deepEqual(shellWords(" "), []);
  assert.equal(shellWords('"a'), null);
});
