import assert from "node:assert/strict";
import { test } from "node:test";

import type { BindAddress } from "../../src/options/bind-address.ts";
import type { GivenValues, Settings } from "../../src/options/settings.ts";
import {
  defaultSettings,
  environmentName,
  readSettings,
  valueRows,
  type Environment,
  type SettingKey,
} from "../../src/options/settings.ts";

// Written out, and held to the derived type: what the table promises to the rest of the server.
const defaults: Settings = {
  app: "app:app",
  sites: [],
  config: null,
  gunicornCompat: false,
  chdir: null,
  pythonpath: [],
  env: {},
  sendfileRoot: [],
  static: [],
  staticListing: false,
  staticMaxAgeMs: 0,
  noDjangoStatic: false,
  compress: false,
  compressTypes: ["text/*", "*/*json", "*/*javascript", "*/*xml"],
  compressMinSizeBytes: 1024,
  noCompress: [],
  redirect: [],
  rewrite: [],
  allow: [],
  deny: [],
  basicAuth: [],
  errorPage: [],
  securityHeaders: false,
  reload: false,
  reloadExtraFile: [],
  python: null,
  bind: [{ kind: "tcp", host: "127.0.0.1", port: 8000 }],
  http2: "tls",
  http2MaxConcurrentStreams: 100,
  backlog: 2048,
  unixSocketMode: null,
  unixSocketOwner: null,
  maxConnections: "auto",
  maxConnectionsPerAddress: "auto",
  user: null,
  group: null,
  umask: null,
  forwardedAllowIps: {
    everyPeer: false,
    unixPeers: true,
    networks: [
      { groups: Uint16Array.of(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1), bits: 128 },
      { groups: Uint16Array.of(0, 0, 0, 0, 0, 0, 0, 1), bits: 128 },
    ],
  },
  forwardedFields: ["for", "proto"],
  headerMap: "drop",
  certfile: [],
  keyfile: [],
  caCerts: null,
  certReqs: "none",
  ciphers: null,
  tlsMinVersion: "1.2",
  hsts: 0,
  redirectHttp: [],
  proxyProtocol: "off",
  proxyAllowFrom: {
    everyPeer: false,
    unixPeers: true,
    networks: [
      { groups: Uint16Array.of(0, 0, 0, 0, 0, 0xffff, 0x7f00, 1), bits: 128 },
      { groups: Uint16Array.of(0, 0, 0, 0, 0, 0, 0, 1), bits: 128 },
    ],
  },
  name: null,
  pid: null,
  controlSocket: null,
  workers: 1,
  threads: 1,
  workerClass: "sync",
  workerIdleTimeoutMs: 60_000,
  workerConnections: 1000,
  fronts: 1,
  queueSize: 2048,
  requestQueueTimeoutMs: 30_000,
  preload: false,
  warmup: null,
  maxRequests: 0,
  maxRequestsJitter: 0,
  maxWorkerLifetimeMs: 0,
  maxWorkerMemoryBytes: 0,
  maxWorkerMemoryHardBytes: 0,
  limitRequestLineBytes: 8190,
  limitRequestFields: 100,
  limitRequestFieldSizeBytes: 8190,
  limitRequestHeadBytes: 65536,
  limitRequestBodyBytes: 1073741824,
  requestBufferBytes: 1048576,
  noRequestBuffering: false,
  responseBufferBytes: 1048576,
  bufferTotalBytes: 268_435_456,
  responseTempLimitBytes: 1073741824,
  bodyTempDir: null,
  headerTimeoutMs: 15_000,
  bodyTimeoutMs: 30_000,
  bodyMinRateBytes: 1,
  writeTimeoutMs: 60_000,
  keepAliveMs: 75_000,
  timeoutMs: 30_000,
  timeoutGraceMs: 5_000,
  gracefulTimeoutMs: 30_000,
  drainDelayMs: 0,
  bootTimeoutMs: 60_000,
  accessLogfile: { kind: "off" },
  errorLogfile: "-",
  captureOutput: false,
  accessLogformat: '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"',
  slowRequestLogMs: 10_000,
  logLevel: "info",
  statsdHost: null,
  statsdPrefix: null,
  dogstatsdTags: null,
};

function read(environment: Environment, given: Partial<Record<SettingKey, GivenValues>>) {
  const entries = Object.entries(given) as [SettingKey, GivenValues][];
  return readSettings("app:app", new Map(entries), environment);
}

function address(host: string, port: number): BindAddress {
  return { kind: "tcp", host, port };
}

test("with nothing said each setting has its default", () => {
  assert.deepEqual(defaultSettings("app:app"), defaults);
  assert.deepEqual(read({}, {}), defaults);
});

test("the environment wins over the default and the command line over both", () => {
  const environment = { WIZGY_THREADS: "2" };
  assert.deepEqual(read(environment, {}), { ...defaults, threads: 2 });
  const given = { threads: { flag: "--threads", texts: ["3"], origin: "--threads" } };
  assert.deepEqual(read(environment, given), { ...defaults, threads: 3 });
});

test("PORT binds every IPv4 interface, and WIZGY_BIND wins over it", () => {
  assert.deepEqual(read({ PORT: "5000" }, {}), { ...defaults, bind: [address("0.0.0.0", 5000)] });
  const both = { PORT: "5000", WIZGY_BIND: "127.0.0.1:1, [::1]:2" };
  const bind = [address("127.0.0.1", 1), address("::1", 2)];
  assert.deepEqual(read(both, {}), { ...defaults, bind });
});

test("WEB_CONCURRENCY is the number of workers, and WIZGY_WORKERS wins over it", () => {
  assert.deepEqual(read({ WEB_CONCURRENCY: "3" }, {}), { ...defaults, workers: 3 });
  const both = { WEB_CONCURRENCY: "3", WIZGY_WORKERS: "auto" };
  assert.deepEqual(read(both, {}), { ...defaults, workers: "auto" });
});

test("an empty variable counts as absent", () => {
  assert.deepEqual(read({ WIZGY_BIND: "", PORT: "", WIZGY_PYTHON: "" }, {}), defaults);
});

test("a wrong value is blamed on its source", () => {
  const given = { threads: { flag: "--threads", texts: ["x"], origin: "--threads" } };
  assert.deepEqual(read({}, given), {
    kind: "value-fault",
    source: "--threads",
    text: "x",
    expected: "a whole number from 1 to 1024",
  });
  const faulty = read({ WIZGY_LOG_LEVEL: "loud" }, {});
  assert.ok("kind" in faulty);
  assert.equal(faulty.source, "WIZGY_LOG_LEVEL");
  for (const text of ["http", "99999"]) {
    assert.deepEqual(read({ PORT: text }, {}), {
      kind: "value-fault",
      source: "PORT",
      text,
      expected: "a port from 0 to 65535",
    });
  }
});

test("a wrong value that is overruled is not read", () => {
  const given = { threads: { flag: "--threads", texts: ["2"], origin: "--threads" } };
  assert.deepEqual(read({ WIZGY_THREADS: "x" }, given), { ...defaults, threads: 2 });
});

test("each setting but env has a variable named after its flag", () => {
  const names = new Map(valueRows.map(([key, row]) => [key, environmentName(row)]));
  assert.equal(names.get("limitRequestFieldSizeBytes"), "WIZGY_LIMIT_REQUEST_FIELD_SIZE");
  assert.equal(names.get("env"), null);
  const known = [...names.values()].filter((name) => name !== null);
  assert.equal(known.length, valueRows.length - 1);
  assert.equal(new Set(known).size, known.length);
});
