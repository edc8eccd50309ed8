/** Connections that begin with a header of the PROXY protocol, on the real server. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { type AddressInfo, type Socket, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { binaryHeader } from "../proxy-protocol/headers.ts";
import { RawClient } from "../support/raw-client.ts";
import { runCommand, withServer } from "../support/server.ts";
import { openTls } from "../support/tls-client.ts";

const APP = ["--chdir", "test/apps/proxies", "environment:app"];
const V1 = "PROXY TCP4 192.0.2.1 198.51.100.7 51000 443\r\n";
const V2 = binaryHeader(0x21, 0x11, [192, 0, 2, 2, 198, 51, 100, 7, 0xc7, 0x38, 1, 0xbb]);
const LOCAL = binaryHeader(0x20, 0, []);
const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

type Environ = Readonly<Record<string, string>>;

async function environOf(client: RawClient, ...bytes: (string | Uint8Array)[]): Promise<Environ> {
  for (const piece of bytes) client.send(piece);
  const answer = await client.answer();
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as Environ;
}

for (const [what, header, address, port] of [
  ["version 1", Buffer.from(V1), "192.0.2.1", "51000"],
  ["version 2", V2, "192.0.2.2", "51000"],
] as const) {
  test(`PROXY ${what}: the client's address, for each request of the connection and in the log`, async () => {
    await withServer([...APP, "--proxy-protocol", "--access-logfile", "-"], async (server) => {
      const together = await RawClient.open(server.port);
      const first = await environOf(together, Buffer.concat([header, Buffer.from(GET + GET)]));
      assert.deepEqual([first["REMOTE_ADDR"], first["REMOTE_PORT"]], [address, port]);
      assert.equal(JSON.parse((await together.answer()).text).REMOTE_ADDR, address);
      assert.equal((await environOf(together, GET))["REMOTE_ADDR"], address);

      const apart = await RawClient.open(server.port);
      for (const byte of header) {
        apart.send(Uint8Array.of(byte));
        // A turn of the event loop: most bytes go out alone.
        await new Promise(setImmediate);
      }
      assert.equal((await environOf(apart, GET))["REMOTE_ADDR"], address);
      for (const client of [together, apart]) client.destroy();
      const { stdout } = await server.stop();
      assert.deepEqual(stdout.match(/^\S+ - - /gm), Array(4).fill(`${address} - - `));
    });
  });
}

test("PROXY: a header is read once; a second one is no HTTP", async () => {
  await withServer([...APP, "--proxy-protocol"], async (server) => {
    const atOnce = await RawClient.open(server.port);
    atOnce.send(V1 + V1 + GET);
    const later = await RawClient.open(server.port);
    await environOf(later, V1, GET);
    later.send(V1 + GET);
    for (const client of [atOnce, later]) {
      assert.equal((await client.answer()).status, 400);
      assert.equal(await client.ended(), "");
    }
  });
});

test("PROXY: the client that is named is believed or not, and not the balancer", async () => {
  const spoof = "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n";
  const proxied = "PROXY TCP4 127.0.0.1 198.51.100.7 51000 443\r\n";
  await withServer([...APP, "--proxy-protocol"], async (server) => {
    for (const [header, address] of [
      [V1, "192.0.2.1"],
      [proxied, "203.0.113.9"],
      ["PROXY UNKNOWN\r\n", "127.0.0.1"],
      [LOCAL, "203.0.113.9"],
      [binaryHeader(0x21, 0x31, Array<number>(216).fill(0)), ""],
    ] as const) {
      const client = await RawClient.open(server.port);
      const environ = await environOf(client, header, spoof);
      assert.equal(environ["REMOTE_ADDR"], address);
      assert.equal("HTTP_X_FORWARDED_FOR" in environ, address === "203.0.113.9");
      client.destroy();
    }
  });
});

test("PROXY: who may not send a header is disconnected, and the log says so once as a warning", async () => {
  const args = ["--proxy-protocol", "v1", "--proxy-allow-from", "10.0.0.0/8"];
  await withServer([...APP, ...args], async (server) => {
    for (let i = 0; i < 2; i++) {
      const client = await RawClient.open(server.port);
      client.send(V1 + GET);
      assert.equal(await client.ended(), "");
    }
    const { stderr } = await server.stop();
    const told = /The connection of 127\.0\.0\.1 is ended: it may not send a PROXY header/g;
    assert.equal(stderr.match(told)?.length, 1);
  });
});

test("PROXY: a connection without a header, and one that stops in it, are ended without an answer", async () => {
  await withServer([...APP, "--proxy-protocol", "--log-level", "debug"], async (server) => {
    for (const bytes of [GET, "PROXY TCP4 nonsense\r\n", "\r\n\r\n\0"]) {
      const client = await RawClient.open(server.port);
      client.send(bytes);
      if (bytes.startsWith("\r")) client.socket.end();
      assert.equal(await client.ended(), "");
    }
    await server.waitForLog(/is refused, because the connection doesn't begin with one\./);
    await server.waitForLog(/is refused, because its line is malformed\./);
    await server.waitForLog(/is ended: it stopped in its PROXY header\./);
    // A check of health that opens and closes leaves no line.
    const probe = await RawClient.open(server.port);
    probe.socket.end();
    assert.equal(await probe.ended(), "");
    const { stderr } = await server.stop();
    assert.equal(stderr.match(/is ended:/g)?.length, 3);
  });
});

test("PROXY: the header has to come within --header-timeout", async () => {
  await withServer([...APP, "--proxy-protocol", "--header-timeout", "0.3"], async (server) => {
    const client = await RawClient.open(server.port);
    client.send("PROXY TCP4 ");
    assert.equal(await client.ended(), "");
    await server.waitForLog(/its PROXY header did not come within --header-timeout/);
  });
});

test("PROXY on a Unix socket, whose peers are the balancer", async () => {
  const folder = mkdtempSync(join(tmpdir(), "proxy-protocol-"));
  try {
    const path = join(folder, "s");
    await withServer([...APP, "--bind", `unix:${path}`, "--proxy-protocol", "v2"], async () => {
      const client = await RawClient.open(path);
      assert.equal((await environOf(client, V2, GET))["REMOTE_ADDR"], "192.0.2.2");
      client.destroy();
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("PROXY: a body that comes with the header and goes on after it arrives whole", async () => {
  await withServer([...APP, "--proxy-protocol"], async (server) => {
    const client = await RawClient.open(server.port);
    const body = "x".repeat(300_000);
    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
    const environ = await environOf(client, V1 + head + body.slice(0, 10), body.slice(10));
    assert.deepEqual([environ["CONTENT_LENGTH"], environ["REMOTE_ADDR"]], ["300000", "192.0.2.1"]);
    assert.equal((await environOf(client, GET))["REMOTE_ADDR"], "192.0.2.1");
    client.destroy();
  });
});

test("PROXY: connections are counted by the client that the header names", async () => {
  await withServer(
    [...APP, "--proxy-protocol", "--max-connections-per-address", "1"],
    async (server) => {
      const first = await RawClient.open(server.port);
      await environOf(first, V1, GET);
      const second = await RawClient.open(server.port);
      second.send(V1);
      assert.equal((await second.answer()).status, 503);
      const other = await RawClient.open(server.port);
      assert.equal((await environOf(other, V2, GET))["REMOTE_ADDR"], "192.0.2.2");
      for (const client of [first, second, other]) client.destroy();
    },
  );
});

test("PROXY: an orderly stop waits for no header", async () => {
  await withServer([...APP, "--proxy-protocol"], async (server) => {
    const client = await RawClient.open(server.port);
    client.send("PROXY ");
    const other = await RawClient.open(server.port);
    // The first one has been read by now.
    await environOf(other, V1, GET);
    other.destroy();
    const ended = await server.stop();
    assert.equal(ended.code, 0, ended.stderr);
    assert.doesNotMatch(ended.stderr, /--graceful-timeout/);
  });
});

test("PROXY before TLS: a balancer passes on what it doesn't read", async () => {
  const folder = mkdtempSync(join(tmpdir(), "proxy-protocol-"));
  const made = await runCommand(["dev-cert"], { cwd: folder });
  assert.equal(made.code, 0, made.stderr);
  const ca = readFileSync(join(folder, "dev-cert.pem"));
  const files = [
    "--certfile",
    join(folder, "dev-cert.pem"),
    "--keyfile",
    join(folder, "dev-key.pem"),
  ];
  await withServer([...APP, ...files, "--proxy-protocol"], async (server) => {
    const sockets: Socket[] = [];
    // The header and the first bytes of the handshake leave together.
    const balancer = createServer((client) => {
      const upstream = connect(server.port, "127.0.0.1");
      sockets.push(client, upstream);
      for (const socket of [client, upstream]) socket.on("error", () => {});
      client.once("data", (first) => {
        upstream.write(Buffer.concat([V2, first]));
        client.pipe(upstream).pipe(client);
      });
    });
    await new Promise<void>((resolve) => balancer.listen(0, "127.0.0.1", resolve));
    const { port } = balancer.address() as AddressInfo;
    const client = new RawClient(await openTls({ port, ca, servername: "localhost" }));
    const environ = await environOf(client, GET);
    assert.deepEqual(
      [environ["REMOTE_ADDR"], environ["wsgi.url_scheme"], environ["HTTPS"]],
      ["192.0.2.2", "https", "on"],
    );
    assert.equal((await environOf(client, GET))["REMOTE_ADDR"], "192.0.2.2");
    client.destroy();
    for (const socket of sockets) socket.destroy();
    balancer.close();
  });
  rmSync(folder, { recursive: true });
});
