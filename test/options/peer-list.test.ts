import assert from "node:assert/strict";
import { test } from "node:test";

import { settingTable } from "../../src/options/table.ts";
import { readSettings } from "../../src/options/settings.ts";
import { readValue } from "../../src/options/values.ts";

const row = settingTable.forwardedAllowIps;

function bitsOf(...texts: string[]): unknown {
  const reading = readValue(row, texts);
  assert.ok(reading.ok, texts.join());
  const { everyPeer, unixPeers, networks } = reading.value as {
    everyPeer: boolean;
    unixPeers: boolean;
    networks: readonly { bits: number }[];
  };
  return [everyPeer, unixPeers, networks.map(({ bits }) => bits)];
}

test("addresses and networks, with commas between or the flag repeated", () => {
  assert.deepEqual(bitsOf("127.0.0.1, ::1", "10.0.0.0/8"), [false, true, [128, 128, 104]]);
});

test("* is everybody who connects, and may stand beside networks", () => {
  assert.deepEqual(bitsOf("*"), [true, true, []]);
  assert.deepEqual(bitsOf("*,10.0.0.0/8"), [true, true, [104]]);
});

test("none is nobody, also on a Unix socket, and stands alone", () => {
  assert.deepEqual(bitsOf("none"), [false, false, []]);
  assert.equal(readValue(row, ["none,::1"]).ok, false);
});

for (const text of ["", "localhost", "10.0.0.1/8", "127.0.0.1,,::1", "unix:"]) {
  test(`${JSON.stringify(text)} is refused with what would do`, () => {
    const reading = readValue(row, [text]);
    assert.ok(!reading.ok);
    assert.match(reading.expected, /10\.1\.0\.0\/16/);
  });
}

test("FORWARDED_ALLOW_IPS counts below WIZGY_FORWARDED_ALLOW_IPS", () => {
  const trusted = (env: Record<string, string>): boolean => {
    const settings = readSettings("app", new Map(), env);
    assert.ok(!("kind" in settings));
    return settings.forwardedAllowIps.everyPeer;
  };
  assert.equal(trusted({ FORWARDED_ALLOW_IPS: "*" }), true);
  assert.equal(trusted({ FORWARDED_ALLOW_IPS: "*", WIZGY_FORWARDED_ALLOW_IPS: "::1" }), false);
});

test("words of --forwarded-fields: any of the list, once each, or none", () => {
  const read = (...texts: string[]): unknown => readValue(settingTable.forwardedFields, texts);
  assert.deepEqual(read("FOR, proto", "for"), { ok: true, value: ["for", "proto"] });
  assert.deepEqual(read("none"), { ok: true, value: [] });
  for (const text of ["", "for,none", "x-forwarded-for", "for,"]) {
    assert.equal((read(text) as { ok: boolean }).ok, false, text);
  }
});
