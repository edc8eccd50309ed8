import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { after, test } from "node:test";
import { connect as connectTls } from "node:tls";

import { isFault } from "../../src/tls/certificates.ts";
import { TlsServer } from "../../src/tls/tls-server.ts";
import { certificateFolder, issue } from "../support/certificates.ts";

const folder = certificateFolder();
after(() => folder.remove());

test("of too many handshakes the oldest is ended, and the newest comes to its end", async () => {
  const issued = issue("localhost", { names: ["localhost"] });
  const server = await TlsServer.open(
    {
      pairs: [
        {
          certfile: folder.write("it.pem", issued.certificate),
          keyfile: folder.write("it.key", issued.key),
        },
      ],
      caCerts: null,
      ciphers: null,
      minVersion: "TLSv1.2",
      clientCertificates: "none",
      handshakeMs: 60_000,
      maxHandshakes: 3,
      protocols: ["http/1.1"],
    },
    { write: () => {} },
  );
  assert.ok(!isFault(server));
  const outcomes: string[] = [];
  let secured: () => void = () => {};
  const isSecure = new Promise<void>((resolve) => (secured = resolve));
  const listener = createServer({ pauseOnConnect: true, allowHalfOpen: true }, (raw) => {
    const index = outcomes.push("under way") - 1;
    server.shake(raw, (connection) => {
      outcomes[index] = connection === null ? "ended" : "secure";
      if (connection !== null) secured();
    });
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const { port } = listener.address() as AddressInfo;
  const silent: Socket[] = [];
  for (let i = 0; i < 3; i++) {
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    await Promise.all([once(socket, "connect"), once(listener, "connection")]);
    silent.push(socket);
  }
  const client = connectTls({
    port,
    host: "127.0.0.1",
    servername: "localhost",
    ca: issued.certificate,
  });
  client.on("error", () => {});
  await isSecure;
  assert.deepEqual(outcomes, ["ended", "under way", "under way", "secure"]);
  server.stop();
  for (const socket of silent) if (!socket.closed) await once(socket.resume(), "close");
  client.destroy();
  listener.close();
});
