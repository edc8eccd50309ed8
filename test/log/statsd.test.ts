import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";

import { Statsd } from "../../src/log/statsd.ts";
import { parseStatsdAddress } from "../../src/options/statsd-address.ts";

test("metrics that come together leave together, and never in a datagram that is too large", async () => {
  const receiver = createSocket("udp4").bind(0, "127.0.0.1");
  await once(receiver, "listening");
  const { port } = receiver.address();
  const datagrams: string[] = [];
  const statsd = new Statsd({ host: "127.0.0.1", port, prefix: "", tags: "" }, assert.ifError);
  const expected: string[] = ["gunicorn.workers:3|g", "gunicorn.log.error:1|c|@1.0"];
  statsd.workers(3);
  statsd.logged("info");
  statsd.logged("error");
  const last = "gunicorn.request.status.299:1|c|@1.0";
  const done = new Promise<void>((resolve) => {
    receiver.on("message", (data) => {
      datagrams.push(data.toString("latin1"));
      if (datagrams.at(-1)?.endsWith(last) === true) resolve();
    });
  });
  while (datagrams.length === 0) await new Promise((resolve) => setImmediate(resolve));
  for (let status = 200; status < 300; status += 1) {
    statsd.request(status, 1.23456);
    expected.push(
      "gunicorn.request.duration:1.235|ms",
      "gunicorn.requests:1|c|@1.0",
      `gunicorn.request.status.${status}:1|c|@1.0`,
    );
  }
  await statsd.close();
  await done;
  receiver.close();
  assert.deepEqual(datagrams.join("\n").split("\n"), expected);
  assert.ok(datagrams.every((datagram) => datagram.length <= 1400));
  assert.ok(datagrams.length < 20);
});

const addresses: readonly (readonly [text: string, host: string | null, port?: number])[] = [
  ["localhost", "localhost", 8125],
  ["10.0.0.1:9125", "10.0.0.1", 9125],
  ["[::1]:1", "::1", 1],
  ["::1", null],
  ["a:0", null],
  ["a:70000", null],
  ["unix:///run/x", null],
  ["", null],
];
for (const [text, host, port] of addresses) {
  test(`the statsd ${JSON.stringify(text)} is ${host ?? "refused"}`, () => {
    const reading = parseStatsdAddress(text);
    assert.deepEqual(reading.ok ? reading.value : null, host === null ? null : { host, port });
  });
}
