import assert from "node:assert/strict";
import { test } from "node:test";

import { parseBindAddress, renderBindAddress } from "../../src/options/bind-address.ts";

const accepted: readonly (readonly [text: string, rendered: string])[] = [
  ["127.0.0.1:9000", "http://127.0.0.1:9000"],
  ["127.0.0.1:0", "http://127.0.0.1:0"],
  ["127.0.0.1:65535", "http://127.0.0.1:65535"],
  ["localhost", "http://localhost:8000"],
  ["app_server.internal:81", "http://app_server.internal:81"],
  ["0.0.0.0", "http://0.0.0.0:8000"],
  [":9000", "http://0.0.0.0:9000"],
  ["[::1]:9000", "http://[::1]:9000"],
  ["[::]", "http://[::]:8000"],
  ["[::ffff:10.0.0.1]:80", "http://[::ffff:10.0.0.1]:80"],
  ["[fe80::1%eth0]:80", "http://[fe80::1%eth0]:80"],
  ["unix:/run/app.sock", "unix:/run/app.sock"],
  ["unix:app.sock", "unix:app.sock"],
  ["unix:///run/app.sock", "unix:/run/app.sock"],
  ["fd:3", "fd:3"],
  ["fd:03", "fd:3"],
  ["fd://3", "fd:3"],
  ["fd:web-tls.socket", "fd:web-tls.socket"],
  [`unix:/${"x".repeat(106)}`, `unix:/${"x".repeat(106)}`],
];

for (const [text, rendered] of accepted) {
  test(`the address ${text} is ${rendered}`, () => {
    const reading = parseBindAddress(text);
    assert.ok(reading.ok);
    assert.equal(renderBindAddress(reading.value), rendered);
  });
}

const refused: readonly (readonly [text: string, expected: RegExp])[] = [
  ["", /HOST:PORT/],
  ["9000", /such as 127\.0\.0\.1:9000/],
  ["::1", /in brackets, such as \[::1\]:8000/],
  ["::1:8000", /in brackets/],
  ["[::1", /in brackets/],
  ["[]:80", /in brackets/],
  ["[localhost]:80", /in brackets/],
  ["[12345::]:80", /in brackets/],
  ["[::1%]:80", /in brackets/],
  ["[::1%a b]:80", /in brackets/],
  ["[::1]80", /HOST:PORT/],
  ["[::1]:", /a port from 0 to 65535/],
  ["localhost:", /a port from 0 to 65535/],
  ["localhost:65536", /a port from 0 to 65535/],
  ["localhost:-1", /a port from 0 to 65535/],
  ["localhost:80x", /a port from 0 to 65535/],
  ["localhost: 80", /a port from 0 to 65535/],
  ["http://localhost:80", /without a scheme/],
  ["*:80", /HOST:PORT/],
  ["-x:80", /HOST:PORT/],
  ["a b:80", /HOST:PORT/],
  ["a/b", /HOST:PORT/],
  ["fd:", /the number of a descriptor/],
  ["fd://", /the number of a descriptor/],
  ["fd:12345678", /the number of a descriptor/],
  ["fd:a b", /the number of a descriptor/],
  ["fd:a:b", /the number of a descriptor/],
  ["unix:", /a path after unix:/],
  ["unix://", /a path after unix:/],
  [`unix:/${"x".repeat(107)}`, /at most 107 bytes/],
  [`unix:/${"é".repeat(54)}`, /at most 107 bytes/],
];

for (const [text, expected] of refused) {
  test(`the address ${JSON.stringify(text)} is refused with the right form`, () => {
    const reading = parseBindAddress(text);
    assert.ok(!reading.ok);
    assert.match(reading.expected, expected);
  });
}
