import assert from "node:assert/strict";
import { test } from "node:test";

import { chooseConnectionLimits, openFilesLimit } from "../../src/control/connection-limits.ts";

function choose(
  maxConnections: number | "auto",
  perAddress: number | "auto",
  openFiles: number,
  fronts = 1,
) {
  const settings = { maxConnections, maxConnectionsPerAddress: perAddress, fronts };
  return chooseConnectionLimits(settings, 2, openFiles);
}

test("auto is half of the open files that are free, and of that a quarter for an address", () => {
  assert.deepEqual(choose("auto", "auto", 10_136), {
    total: 5_000,
    perAddress: 1_250,
    room: 10_000,
    warning: "",
  });
});

test("auto has an upper bound, also where the system has none", () => {
  assert.equal(choose("auto", "auto", 1_048_576).total, 32_768);
  assert.equal(choose("auto", "auto", Infinity).total, 32_768);
});

test("of several fronts each has its share of the upper bound", () => {
  assert.equal(choose("auto", "auto", 1_048_576, 4).total, 8_192);
  assert.equal(choose("auto", "auto", 10_136, 4).total, 5_000);
});

test("a number is taken as it is while there are open files for it", () => {
  assert.deepEqual(choose(500, 7, 1024), { total: 500, perAddress: 7, room: 888, warning: "" });
});

test("a number that the system has no open files for is lowered, and that is told", () => {
  const { total, warning } = choose(5_000, "auto", 1024);
  assert.equal(total, 888);
  assert.match(warning, /^The system allows this process 1024 open files, so it takes 888 connect/);
});

test("few connections by default are told, too", () => {
  assert.match(choose("auto", "auto", 1024).warning, /444 connections at a time\. .*ulimit -n/);
});

test("with hardly any open file one connection is still taken", () => {
  assert.equal(choose("auto", "auto", 100).total, 1);
  assert.equal(choose(10, "auto", 100).total, 1);
});

test("the limit of open files is a number, or there is none", () => {
  const limit = openFilesLimit();
  assert.ok(limit === Infinity || (Number.isInteger(limit) && limit > 0), String(limit));
});
