import assert from "node:assert/strict";
import { test } from "node:test";

import type { SettingKey } from "../../src/options/settings.ts";
import { settingTable } from "../../src/options/table.ts";
import { readValue } from "../../src/options/values.ts";

type Case = readonly [key: SettingKey, texts: readonly string[], outcome: unknown];

const accepted: readonly Case[] = [
  ["threads", ["1"], 1],
  ["threads", ["1024"], 1024],
  ["threads", ["8", "2"], 2],
  ["threads", ["007"], 7],
  ["workers", ["4"], 4],
  ["workers", ["auto"], "auto"],
  ["workers", ["2..8"], { least: 2, most: 8 }],
  ["workers", ["3..3"], 3],
  ["limitRequestBodyBytes", ["1"], 1],
  ["limitRequestBodyBytes", ["64k"], 65536],
  ["limitRequestBodyBytes", ["2M"], 2 * 1024 ** 2],
  ["limitRequestBodyBytes", ["3g"], 3 * 1024 ** 3],
  ["limitRequestBodyBytes", ["999999999999999"], 999999999999999],
  ["keepAliveMs", ["0"], 0],
  ["keepAliveMs", ["75"], 75000],
  ["keepAliveMs", ["0.25"], 250],
  ["keepAliveMs", ["2147483"], 2147483000],
  ["headerTimeoutMs", ["0.001"], 1],
  ["logLevel", ["debug"], "debug"],
  ["logLevel", ["WARNING"], "warning"],
  ["accessLogfile", ["-"], { kind: "stdout" }],
  ["accessLogfile", ["off"], { kind: "off" }],
  ["accessLogfile", ["./off"], { kind: "file", path: "./off" }],
  ["accessLogfile", ["/var/log/a b.log"], { kind: "file", path: "/var/log/a b.log" }],
  ["umask", [], null],
  ["umask", ["0"], 0],
  ["umask", ["027"], 0o27],
  ["umask", ["07"], 0o7],
  ["umask", ["0o22"], 0o22],
  ["unixSocketMode", ["660"], 0o660],
  ["unixSocketMode", ["0660"], 0o660],
  ["chdir", [], null],
  ["chdir", ["site"], "site"],
  ["pythonpath", [], []],
  ["pythonpath", ["a,b", "c", ",d,"], ["a", "b", "c", "d"]],
  ["env", [], {}],
  ["env", ["A=1", "B=x=y", "C=", "A=2"], { A: "2", B: "x=y", C: "" }],
  [
    "bind",
    ["a:1", "unix:/s"],
    [
      { kind: "tcp", host: "a", port: 1 },
      { kind: "unix", path: "/s" },
    ],
  ],
];

for (const [key, texts, value] of accepted) {
  test(`${settingTable[key].flags[0]} ${JSON.stringify(texts)} is ${JSON.stringify(value)}`, () => {
    assert.deepEqual(readValue(settingTable[key], texts), { ok: true, value });
  });
}

test("a variable called __proto__ is a variable", () => {
  const reading = readValue(settingTable.env, ["__proto__=x"]);
  assert.ok(reading.ok);
  assert.deepEqual(Object.entries(reading.value as object), [["__proto__", "x"]]);
});

const refused: readonly (readonly [
  key: SettingKey,
  texts: readonly string[],
  text: string,
  expected: string,
])[] = [
  ["threads", ["0"], "0", "a whole number from 1 to 1024"],
  ["threads", ["1025"], "1025", "a whole number from 1 to 1024"],
  ["threads", ["+1"], "+1", "a whole number from 1 to 1024"],
  ["threads", ["1.0"], "1.0", "a whole number from 1 to 1024"],
  ["threads", ["1e1"], "1e1", "a whole number from 1 to 1024"],
  ["threads", ["0x2"], "0x2", "a whole number from 1 to 1024"],
  ["threads", [" 2"], " 2", "a whole number from 1 to 1024"],
  ["threads", ["٣"], "٣", "a whole number from 1 to 1024"],
  ["threads", [""], "", "a whole number from 1 to 1024"],
  ["workers", ["Auto"], "Auto", "a whole number from 1 to 1024, two such as 2..8, or auto"],
  ["workers", ["8..2"], "8..2", "a whole number from 1 to 1024, two such as 2..8, or auto"],
  ["workers", ["2..8..9"], "2..8..9", "a whole number from 1 to 1024, two such as 2..8, or auto"],
  [
    "requestBufferBytes",
    ["1"],
    "1",
    "bytes from 1024 to 1073741824, with k, m or g behind for larger units",
  ],
  [
    "requestBufferBytes",
    ["2g"],
    "2g",
    "bytes from 1024 to 1073741824, with k, m or g behind for larger units",
  ],
  [
    "requestBufferBytes",
    ["1.5m"],
    "1.5m",
    "bytes from 1024 to 1073741824, with k, m or g behind for larger units",
  ],
  [
    "requestBufferBytes",
    ["k"],
    "k",
    "bytes from 1024 to 1073741824, with k, m or g behind for larger units",
  ],
  [
    "requestBufferBytes",
    ["1mb"],
    "1mb",
    "bytes from 1024 to 1073741824, with k, m or g behind for larger units",
  ],
  ["headerTimeoutMs", ["0"], "0", "seconds from 0.001 to 2147483"],
  ["headerTimeoutMs", ["0.0001"], "0.0001", "seconds from 0.001 to 2147483"],
  ["headerTimeoutMs", ["2147484"], "2147484", "seconds from 0.001 to 2147483"],
  ["headerTimeoutMs", ["-1"], "-1", "seconds from 0.001 to 2147483"],
  ["headerTimeoutMs", [".5"], ".5", "seconds from 0.001 to 2147483"],
  ["headerTimeoutMs", ["5s"], "5s", "seconds from 0.001 to 2147483"],
  ["logLevel", ["loud"], "loud", "debug, info, warning, error or critical"],
  ["accessLogfile", [""], "", "a path, - or off"],
  ...["22", "8", "888", "1777", "01777", "u=rw", "-1", "0x1f", ""].map(
    (text) =>
      ["umask", [text], text, "an octal number of three digits, such as 660 or 027"] as const,
  ),
  ["chdir", [""], "", "text that is not empty"],
  ["env", ["A=1", "B"], "B", "NAME=VALUE"],
  ["env", ["=1"], "=1", "NAME=VALUE"],
  [
    "bind",
    ["a:1", "b:x"],
    "b:x",
    "HOST:PORT, HOST, [IPv6]:PORT, unix:PATH or fd:N, with a port from 0 to 65535",
  ],
];

for (const [key, texts, text, expected] of refused) {
  test(`${settingTable[key].flags[0]} ${JSON.stringify(texts)} is refused`, () => {
    assert.deepEqual(readValue(settingTable[key], texts), { ok: false, text, expected });
  });
}
