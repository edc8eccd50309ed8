/** HTTP/1.1 over TLS on the real server: what clients and the application see of it. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { type RequestOptions, request } from "node:https";
import { type AddressInfo, connect as connectTcp, createServer } from "node:net";
import { after, before, test } from "node:test";
import type { ConnectionOptions, TLSSocket } from "node:tls";

import { certificateFolder, issue } from "../support/certificates.ts";
import { answerTo } from "../support/node-request.ts";
import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, runCommand, startServer } from "../support/server.ts";
import { openTls, serverName } from "../support/tls-client.ts";

const APP = ["--chdir", "test/apps/process", "any_protocol"];

const folder = certificateFolder();
const authority = issue("authority", { use: "authority" });
const one = issue("one.test", { names: ["one.test", "localhost", "127.0.0.1"] });
const two = issue("two.test", { names: ["*.two.test"] });
const ann = issue("Ann, Ä", { use: "client", issuer: authority, names: ["ann.test"] });
const stranger = issue("stranger", { use: "client" });
const caFile = folder.write("ca.pem", authority.certificate);
const pairOne = folder.pair("one", one);
const pairTwo = folder.pair("two", two);

let server: RunningServer;
before(async () => {
  server = await startServer([
    ...pairOne,
    ...pairTwo,
    ...["--ca-certs", caFile, "--cert-reqs", "optional"],
    ...["--redirect-http", "127.0.0.1:0", "--hsts", "600", "--log-level", "debug"],
    ...APP,
  ]);
});
after(async () => {
  await server.stop();
  folder.remove();
});

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

async function ask(path: string, options: RequestOptions = {}, body = ""): Promise<Reply> {
  const whole = { host: "127.0.0.1", port: server.port, path, ca: one.certificate, ...options };
  const { status, headers, bytes } = await answerTo(request({ agent: false, ...whole }), body);
  return { status, headers, text: bytes.toString("utf8") };
}

async function environ(
  path: string,
  options: RequestOptions = {},
): Promise<Record<string, string>> {
  return JSON.parse((await ask(path, options)).text) as Record<string, string>;
}

/** Completes a handshake, or says how it ended. */
function shake(options: ConnectionOptions & { readonly port?: number } = {}): Promise<TLSSocket> {
  const checkServerIdentity = (): undefined => undefined;
  return openTls({ port: server.port, ca: one.certificate, checkServerIdentity, ...options });
}

/** RFC 5246 §6.2.1: what an alert is in the first byte of a record. */
const ALERT = 21;

/** The types of the records that the server sends in answer, read from the wire; TLS 1.2 shows them. */
async function recordTypes(text: string): Promise<number[]> {
  const pieces: Buffer[] = [];
  const between = createServer((client) => {
    const upstream = connectTcp(server.port, "127.0.0.1");
    upstream.on("data", (piece) => pieces.push(piece));
    for (const side of [client, upstream]) side.on("error", () => {});
    upstream.on("close", () => client.destroy());
    client.pipe(upstream).pipe(client);
  });
  await new Promise<void>((resolve) => between.listen(0, "127.0.0.1", resolve));
  const { port } = between.address() as AddressInfo;
  const socket = await shake({ port, maxVersion: "TLSv1.2" });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.on("error", () => {}); // Which end the client reports is not what is asked here.
  socket.resume();
  socket.write(text);
  await closed;
  await new Promise((resolve) => between.close(resolve));
  const bytes = Buffer.concat(pieces);
  const types: number[] = [];
  for (let at = 0; at < bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    types.push(bytes[at] ?? 0);
  }
  return types;
}

test('PEP 3333 "environ Variables": wsgi.url_scheme, HTTPS and SERVER_PORT say that it is encrypted', async () => {
  const seen = await environ("/x?y=1");
  assert.equal(seen["wsgi.url_scheme"], "https");
  assert.equal(seen["HTTPS"], "on");
  assert.equal(seen["SERVER_PORT"], String(server.port));
  assert.equal(seen["PATH_INFO"], "/x");
  assert.equal(seen["HTTP_HOST"], `127.0.0.1:${server.port}`);
});

test("bodies go both ways, whole, streamed and large", async () => {
  const large = "0123456789abcdef".repeat(256 * 1024);
  assert.equal((await ask("/echo", { method: "POST" }, large)).text, large);
  const streamed = (await ask("/stream")).text;
  assert.equal(streamed.length, 8000);
  assert.ok(streamed.endsWith("0000999\n"));
});

test("RFC 9112 §9.3: a connection serves several requests", async () => {
  const client = new RawClient(await shake());
  for (let i = 0; i < 3; i++) {
    client.send("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
    const { status, complete } = await client.answer();
    assert.deepEqual({ status, complete }, { status: 200, complete: true });
  }
  client.destroy();
});

test("RFC 6066 §3: the certificate follows the name, and the first serves everyone else", async () => {
  for (const [servername, subject] of [
    ["one.test", "one.test"],
    ["a.two.test", "two.test"],
    ["elsewhere.test", "one.test"],
    ["", "one.test"],
  ] as const) {
    const socket = await shake({ servername, rejectUnauthorized: false });
    assert.equal(serverName(socket), subject, servername);
    socket.destroy();
  }
});

test("RFC 9325 §3.1: versions before 1.2 are refused, 1.2 and 1.3 are spoken", async () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const socket = await shake({ minVersion: version, maxVersion: version });
    assert.equal(socket.getProtocol(), version);
    socket.destroy();
  }
  const old = {
    minVersion: "TLSv1",
    maxVersion: "TLSv1.1",
    ciphers: "DEFAULT@SECLEVEL=0",
  } as const;
  await assert.rejects(shake(old), /alert protocol version|unsupported protocol|wrong version/i);
});

test("RFC 9325 §4.2: TLS 1.2 without forward secrecy is refused", async () => {
  await assert.rejects(shake({ maxVersion: "TLSv1.2", ciphers: "AES128-SHA:AES128-GCM-SHA256" }));
});

test("RFC 8446 §2.2: a client takes up its session again, in both versions", async () => {
  for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
    const first = await shake({ minVersion: version, maxVersion: version });
    // TLS 1.3 gives it behind the handshake.
    const given = new Promise<Buffer>((resolve) => first.once("session", resolve));
    first.resume();
    first.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const session = version === "TLSv1.3" ? await given : first.getSession();
    assert.ok(session !== undefined);
    first.destroy();
    const second = await shake({ minVersion: version, maxVersion: version, session });
    assert.ok(second.isSessionReused(), version);
    second.destroy();
  }
});

test("RFC 7301 §3.2: a client that speaks none of our protocols is refused", async () => {
  const socket = await shake({ ALPNProtocols: ["http/1.1"] });
  assert.equal(socket.alpnProtocol, "http/1.1");
  socket.destroy();
  await assert.rejects(shake({ ALPNProtocols: ["smtp"] }), /no application protocol/i);
});

test("RFC 4514 §2.1, RFC 4514 §2.4: a client's certificate is in environ under the names of mod_ssl", async () => {
  const seen = await environ("/", { cert: ann.certificate, key: ann.key });
  assert.equal(seen["SSL_CLIENT_VERIFY"], "SUCCESS");
  const utf8 = (text = ""): string => Buffer.from(text, "latin1").toString("utf8");
  assert.equal(utf8(seen["SSL_CLIENT_S_DN"]), "CN=Ann\\, Ä,O=Tests\\, Inc.");
  assert.equal(utf8(seen["SSL_CLIENT_S_DN_CN"]), "Ann, Ä");
  assert.equal(seen["SSL_CLIENT_I_DN_CN"], "authority");
  assert.equal(seen["SSL_CLIENT_SAN_DNS_0"], "ann.test");
  assert.equal(seen["SSL_CLIENT_CERT"], ann.certificate);
  assert.match(seen["SSL_CLIENT_M_SERIAL"] ?? "", /^[0-9A-F]+$/);
  assert.match(seen["SSL_CLIENT_V_END"] ?? "", /GMT$/);
});

test("a client without a certificate is told from one with", async () => {
  const seen = await environ("/", { headers: { "SSL-Client-Verify": "SUCCESS" } });
  assert.equal(seen["SSL_CLIENT_VERIFY"], "NONE");
  assert.equal(seen["SSL_CLIENT_S_DN"], undefined);
});

test("a certificate that nobody vouches for ends the connection", async () => {
  await assert.rejects(ask("/", { cert: stranger.certificate, key: stranger.key }));
  await server.waitForLog(/TLS handshake: the client's certificate is not accepted/);
});

test("RFC 6797 §6.1, RFC 6797 §7.1: answers carry one Strict-Transport-Security, the application's where it has one", async () => {
  assert.equal((await ask("/")).headers["strict-transport-security"], "max-age=600");
  assert.equal((await ask("/own-hsts")).headers["strict-transport-security"], "max-age=1");
  assert.equal((await ask("/%00")).headers["strict-transport-security"], "max-age=600");
});

test("RFC 9110 §15.4.9: the other address sends requests on, with RFC 6797 §7.2: no policy there", async () => {
  const port = Number(/http:\/\/127\.0\.0\.1:(\d+), redirects to https/.exec(server.stderr())?.[1]);
  const client = await RawClient.open(port);
  client.send("POST /a?b HTTP/1.1\r\nHost: one.test:80\r\nContent-Length: 0\r\n\r\n");
  const answer = await client.answer("POST");
  assert.equal(answer.status, 308);
  assert.match(
    answer.head,
    new RegExp(`\r\nLocation: https://one\\.test:${server.port}/a\\?b\r\n`),
  );
  assert.doesNotMatch(answer.head, /Strict-Transport/i);
  client.socket.destroy();
  const nameless = await RawClient.open(port);
  nameless.send("GET / HTTP/1.0\r\n\r\n");
  assert.equal((await nameless.answer()).status, 400);
  nameless.socket.destroy();
});

test("what is no TLS ends the connection, and the next one is served", async () => {
  const client = await RawClient.open(server.port);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await client.ended();
  await server.waitForLog(/TLS handshake: http request/);
  assert.equal((await ask("/")).status, 200);
});

test("RFC 8446 §6.1: an answer that breaks off does not end like a complete one", async () => {
  for (const [path, isOrderly] of [
    ["/stream", true],
    ["/dies", false],
  ] as const) {
    const types = await recordTypes(`GET ${path} HTTP/1.0\r\n\r\n`);
    assert.equal(types.at(-1) === ALERT, isOrderly, `${path}: ${types.join(" ")}`);
  }
});

test("RFC 9112 §9.6: a stop lets a running request end", async () => {
  const running = await startServer([...pairOne, ...APP]);
  const socket = await shake({ port: running.port });
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.resume();
  const ended = await running.stop();
  assert.equal(ended.code, 0);
  await closed;
});

test("files that change are read again, and an open connection stays", async () => {
  const changing = certificateFolder();
  const running = await startServer([
    ...changing.pair("it", issue("before", { names: ["localhost"] })),
    ...APP,
  ]);
  const open = (): Promise<TLSSocket> => shake({ port: running.port, rejectUnauthorized: false });
  const old = await open();
  const later = issue("after", { names: ["localhost"] });
  changing.write("it.pem", "nonsense");
  await running.waitForLog(
    /The certificates stay as they are: --certfile \S+it\.pem holds no certificate/,
  );
  changing.pair("it", later);
  await running.waitForLog(
    /The certificates were read again; the first is valid until \d{4}-\d\d-\d\d/,
  );
  const fresh = await open();
  assert.equal(serverName(fresh), "after");
  const client = new RawClient(old);
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  assert.equal((await client.answer()).status, 200);
  client.destroy();
  fresh.destroy();
  await running.stop();
  changing.remove();
});

test("a handshake that does not come to an end is given up", async () => {
  const running = await startServer([...pairOne, "--header-timeout", "0.5", ...APP]);
  const client = await RawClient.open(running.port);
  client.send(Buffer.from("160301", "hex"));
  await client.ended();
  await running.stop();
});

test("handshakes that are abandoned, or fail, leave no connection counted", async () => {
  const running = await startServer([
    ...pairOne,
    "--max-connections",
    "2",
    "--log-level",
    "debug",
    ...APP,
  ]);
  for (const text of ["160301", "160301", "00", "47455420", "160301"]) {
    const client = await RawClient.open(running.port);
    client.send(Buffer.from(text, "hex"));
    client.socket.end();
    await client.ended();
  }
  assert.equal((await ask("/", { port: running.port })).status, 200);
  await running.stop();
});

test("--cert-reqs required: who has no certificate can't connect", async () => {
  const running = await startServer([
    ...pairOne,
    ...["--ca-certs", caFile, "--cert-reqs", "2"],
    ...APP,
  ]);
  const { port } = running;
  await assert.rejects(ask("/", { port }));
  assert.equal((await ask("/", { port, cert: ann.certificate, key: ann.key })).status, 200);
  await running.stop();
});

test("what is missing or does not fit together is told in a sentence, exit code 1", async () => {
  const [, certfile = "", , keyfile = ""] = pairOne;
  const cases: readonly (readonly [string[], RegExp])[] = [
    [["--keyfile", keyfile], /^wizgy: --keyfile needs --certfile/],
    [["--hsts", "60"], /^wizgy: --hsts needs --certfile/],
    [["--certfile", certfile], /^wizgy: --keyfile \S+one\.pem holds no private key/],
    [[...pairOne, "--certfile", certfile], /^wizgy: There are 2 --certfile and 1 --keyfile/],
    [[...pairOne, "--cert-reqs", "required"], /^wizgy: --cert-reqs required needs --ca-certs/],
    [[...pairOne, "--ciphers", "XYZ"], /^wizgy: --ciphers XYZ: OpenSSL knows none of these/],
    [["--certfile", "/none.pem"], /^wizgy: --certfile \/none\.pem: there is no such file\.\n$/],
  ];
  for (const [args, sentence] of cases) {
    const ended = await runCommand([...args, ...APP]);
    assert.equal(ended.code, 1, args.join(" "));
    assert.match(ended.stderr, sentence);
  }
});

test("wizgy dev-cert makes a certificate that a client can be told to trust", async () => {
  const place = certificateFolder();
  const made = await runCommand(["dev-cert"], { cwd: place.path });
  assert.equal(made.code, 0, made.stderr);
  assert.match(
    made.stdout,
    /^Made dev-cert\.pem and dev-key\.pem for localhost, 127\.0\.0\.1, ::1\./,
  );
  const [cert, key] = ["dev-cert.pem", "dev-key.pem"].map((file) => `${place.path}/${file}`);
  const running = await startServer(["--certfile", cert!, "--keyfile", key!, ...APP]);
  const ca = readFileSync(cert!);
  assert.equal((await ask("/", { port: running.port, ca })).status, 200);
  await running.stop();
  const again = await runCommand(["dev-cert"], { cwd: place.path });
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^wizgy: there is a dev-cert\.pem already\./);
  const wrong = await runCommand(["dev-cert", "a b"], { cwd: place.path });
  assert.match(wrong.stderr, /"a b" is neither a host name nor an IP address/);
  assert.ok(existsSync(key!));
  place.remove();
});
