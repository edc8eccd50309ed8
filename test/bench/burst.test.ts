import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";

import { burst } from "../../bench/load/burst.ts";

test("of a burst each client that is answered to the end counts, and no other", async () => {
  const answers = [
    "HTTP/1.1 200 OK\r\n\r\nHello, world!",
    "HTTP/1.1 503 Busy\r\n\r\nHello, world!",
    "HTTP/1.1 200 OK\r\n\r\nHello",
    null,
  ];
  let clients = 0;
  const server = createServer((socket) => {
    const answer = answers[clients++ % answers.length] ?? null;
    socket.on("error", () => {});
    socket.once("data", () => (answer === null ? socket.resetAndDestroy() : socket.end(answer)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const times = await burst((server.address() as AddressInfo).port, 20);
  assert.equal(clients, 20);
  assert.equal(times.length, 5);
  assert.deepEqual(
    times,
    times.toSorted((one, other) => one - other),
  );
  assert.ok(times[0]! > 0);
  server.close();
  await once(server, "close");
});
