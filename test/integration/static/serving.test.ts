/** Files in folders, sent by the real server to raw clients. */
import assert from "node:assert/strict";
import { renameSync, rmSync, utimesSync } from "node:fs";
import { after, before, test } from "node:test";

import { type Answer, valuesOf } from "../../support/answer.ts";
import { RawClient } from "../../support/raw-client.ts";
import { type RunningServer, runCommand } from "../../support/server.ts";
import { until } from "../../support/server-processes.ts";
import { LARGE, STYLE, Www } from "./www.ts";

const www = new Www();
let server: RunningServer;

before(async () => {
  server = await www.serve("--access-logfile", "-");
});
after(async () => {
  await server.stop();
  www.remove();
});

/** One request on a connection of its own. */
async function ask(target: string, fields = "", method = "GET"): Promise<Answer> {
  const client = await RawClient.open(server.port);
  try {
    client.send(`${method} ${target} HTTP/1.1\r\nHost: a\r\n${fields}\r\n`);
    return await client.answer(method);
  } finally {
    client.destroy();
  }
}

function field(answer: Answer, name: string): string | undefined {
  return valuesOf(answer, name)[0];
}

test("RFC 9110 §15.3.1: a file is sent with its type, length, validators and nosniff", async () => {
  const answer = await ask("/static/hello.txt?v=1");
  assert.deepEqual([answer.status, answer.text], [200, "Hello, world\n"]);
  assert.equal(field(answer, "content-type"), "text/plain; charset=utf-8");
  assert.equal(field(answer, "last-modified"), "Fri, 02 Jan 2026 03:04:05 GMT");
  assert.match(field(answer, "etag") ?? "", /^"[0-9a-f]+-[0-9a-f]+"$/);
  assert.equal(field(answer, "accept-ranges"), "bytes");
  assert.equal(field(answer, "cache-control"), "no-cache");
  assert.equal(field(answer, "x-content-type-options"), "nosniff");
  assert.equal(field(answer, "vary"), undefined);
});

test("files of all sizes arrive whole, again and again on one connection, between others", async () => {
  const client = await RawClient.open(server.port);
  for (let round = 0; round < 3; round++) {
    for (const [path, content] of [
      ["/static/empty.txt", Buffer.alloc(0)],
      ["/static/large.bin", LARGE],
      ["/other", Buffer.from("the application: /other")],
      ["/static/style.css", Buffer.from(STYLE)],
      ["/static/%C3%BC%20b.html", Buffer.from("<p>ü")],
      ["/static/.well-known/security.txt", Buffer.from("Contact: x")],
    ] as const) {
      client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const answer = await client.answer();
      assert.equal(answer.status, 200, path);
      assert.ok(answer.body.equals(content), path);
    }
  }
  client.destroy();
});

test("RFC 9112 §9.3.2: a thousand requests sent ahead are answered in order", async () => {
  const client = await RawClient.open(server.port);
  const pair =
    "GET /static/hello.txt HTTP/1.1\r\nHost: a\r\n\r\nGET /static/none HTTP/1.1\r\nHost: a\r\n\r\n";
  client.send(pair.repeat(500));
  for (let i = 0; i < 500; i++) {
    assert.equal((await client.answer()).text, "Hello, world\n");
    assert.equal((await client.answer()).status, 404);
  }
  client.destroy();
});

test("RFC 9110 §9.3.2: HEAD has the fields of GET and no content", async () => {
  for (const path of ["/static/hello.txt", "/static/large.bin", "/static/none"]) {
    const [get, head] = [await ask(path), await ask(path, "", "HEAD")];
    const shown = ({ fields }: Answer): string =>
      fields
        .map((each) => each.join())
        .join("\n")
        .replace(/Date,.*/, "");
    assert.equal(shown(head), shown(get), path);
    assert.equal(head.body.length, 0);
  }
});

test("RFC 9110 §13.2.2: conditional requests", async () => {
  const etag = field(await ask("/static/hello.txt"), "etag") ?? "";
  const table: readonly [string, number][] = [
    [`If-None-Match: ${etag}\r\n`, 304],
    [`If-None-Match: "x"\r\nIf-None-Match: W/${etag}\r\n`, 304],
    [`If-None-Match: "x"\r\n`, 200],
    ["If-Modified-Since: Fri, 02 Jan 2026 03:04:05 GMT\r\n", 304],
    ["If-Modified-Since: Fri, 02 Jan 2026 03:04:04 GMT\r\n", 200],
    ["If-Unmodified-Since: Fri, 02 Jan 2026 03:04:04 GMT\r\n", 412],
    [`If-Match: "x"\r\n`, 412],
    [`Range: bytes=0-4\r\nIf-Range: ${etag}\r\n`, 206],
    [`Range: bytes=0-4\r\nIf-Range: "x"\r\n`, 200],
  ];
  for (const [fields, status] of table) {
    const answer = await ask("/static/hello.txt", fields);
    assert.equal(answer.status, status, fields);
    if (status === 304) assert.equal(field(answer, "etag"), etag);
  }
});

test("RFC 9110 §14.2: ranges of files in memory and of larger ones", async () => {
  for (const [path, content] of [
    ["/static/hello.txt", Buffer.from("Hello, world\n")],
    ["/static/large.bin", LARGE],
  ] as const) {
    const size = content.length;
    const one = await ask(path, "Range: bytes=3-9\r\n");
    assert.equal(one.status, 206);
    assert.equal(field(one, "content-range"), `bytes 3-9/${size}`);
    assert.ok(one.body.equals(content.subarray(3, 10)));
    const last = await ask(path, "Range: bytes=-4\r\n");
    assert.ok(last.body.equals(content.subarray(size - 4)));
    const beyond = await ask(path, `Range: bytes=${size}-\r\n`);
    assert.deepEqual([beyond.status, beyond.body.length], [416, 0]);
    assert.equal(field(beyond, "content-range"), `bytes */${size}`);
  }
  const much = await ask("/static/large.bin", "Range: bytes=1000000-2999998\r\n");
  assert.ok(much.body.equals(LARGE.subarray(1_000_000, 2_999_999)));
});

test("RFC 9110 §14.6: several ranges are a multipart of them", async () => {
  for (const [path, content] of [
    ["/static/hello.txt", Buffer.from("Hello, world\n")],
    ["/static/large.bin", LARGE],
  ] as const) {
    const answer = await ask(path, "Range: bytes=0-1, 4-6, -2\r\n");
    assert.equal(answer.status, 206);
    const type = field(answer, "content-type") ?? "";
    const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(type)?.[1] ?? "";
    assert.notEqual(boundary, "");
    const parts = answer.text.split(`--${boundary}`).slice(1, -1);
    const bodies = parts.map((part) => part.slice(part.indexOf("\r\n\r\n") + 4, -2));
    const latin1 = content.toString("latin1");
    assert.deepEqual(bodies, [latin1.slice(0, 2), latin1.slice(4, 7), latin1.slice(-2)]);
    assert.ok(answer.text.endsWith(`\r\n--${boundary}--\r\n`));
  }
});

test("RFC 9110 §12.5.3: a file beside it in another coding is sent to who accepts that", async () => {
  const plain = await ask("/static/style.css");
  assert.deepEqual([plain.text, field(plain, "content-encoding")], [STYLE, undefined]);
  const coded = await ask("/static/style.css", "Accept-Encoding: gzip, br\r\n");
  assert.equal(field(coded, "content-encoding"), "br");
  assert.equal(field(coded, "content-type"), "text/css; charset=utf-8");
  const gzip = await ask("/static/style.css", "Accept-Encoding: gzip, br;q=0\r\n");
  assert.equal(field(gzip, "content-encoding"), "gzip");
  for (const answer of [plain, coded, gzip]) assert.equal(field(answer, "vary"), "Accept-Encoding");
  const tags = [plain, coded, gzip].map((answer) => field(answer, "etag"));
  assert.equal(new Set(tags).size, 3);
  // The tag of one form is not that of another.
  const again = `Accept-Encoding: gzip\r\nIf-None-Match: ${tags[2]}\r\n`;
  assert.equal((await ask("/static/style.css", again)).status, 304);
  assert.equal((await ask("/static/style.css", `If-None-Match: ${tags[2]}\r\n`)).status, 200);
});

test("a name with a hash in it may be kept for ever", async () => {
  const answer = await ask("/static/base.5af66c1b1797.css");
  assert.equal(field(answer, "cache-control"), "public, max-age=31536000, immutable");
});

test("nothing outside of the folder and nothing hidden is sent, in any spelling", async () => {
  for (const path of [
    "/static/../secret.txt",
    "/static/%2e%2e/secret.txt",
    "/static/docs/../../secret.txt",
    "/static/..%2fsecret.txt",
    "/static/%2e%2e%2fsecret.txt",
    "/static/..%5csecret.txt",
    "/static//etc/passwd",
    "/static/%2fetc/passwd",
    "/static%2fhello.txt",
    "/static/./hello.txt",
    "/static/docs//index.html",
    "/static/hello.txt/",
    "/static/out.txt",
    "/static/absolute.txt",
    "/static/up/secret.txt",
    "/static/up/files/hello.txt",
    "/static/up/",
    "/static/broken.txt",
    "/static/.hidden",
    "/static/%2ehidden",
    "/static/.git/config",
    "/static/bare/",
    "/static/bare",
    "/static/",
  ]) {
    const answer = await ask(path);
    // A link that leads out of the folder and back in stays inside.
    const leadsBack = path === "/static/up/files/hello.txt";
    assert.equal(answer.status, leadsBack ? 200 : 404, path);
    assert.doesNotMatch(answer.text, /secret|hidden|application/, path);
  }
  for (const path of ["/static/a%00.txt", "/static/a\\..\\b"]) {
    assert.equal((await ask(path)).status, 400, path);
  }
  assert.match(server.stderr(), /\/static\/out\.txt is not sent: a link leads out of the folder/);
});

test("a link that stays in the folder is followed", async () => {
  assert.equal((await ask("/static/bare/one.txt")).text, "1");
  www.link("../hello.txt", "bare/hello.txt");
  assert.equal((await ask("/static/bare/hello.txt")).text, "Hello, world\n");
});

test("a folder is its index.html, and is named with a slash", async () => {
  const answer = await ask("/static/docs/");
  assert.deepEqual([answer.status, answer.text], [200, "<h1>Docs</h1>"]);
  const redirect = await ask("/static/docs?x=1");
  assert.deepEqual([redirect.status, field(redirect, "location")], [301, "/static/docs/?x=1"]);
  assert.equal(field(await ask("/static"), "location"), "/static/");
});

test("RFC 9110 §15.5.6: other methods are refused, and what they carry is not read", async () => {
  for (const fields of ["", "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"]) {
    const answer = await ask("/static/hello.txt", fields, "POST");
    assert.equal(answer.status, 405);
    assert.equal(field(answer, "allow"), "GET, HEAD, OPTIONS");
    assert.equal(field(answer, "connection"), fields === "" ? undefined : "close");
  }
  const options = await ask("/static/hello.txt", "", "OPTIONS");
  assert.deepEqual([options.status, field(options, "allow")], [204, "GET, HEAD, OPTIONS"]);
});

test("RFC 9112 §9.3: HTTP/1.0 gets its file, and the connection ends", async () => {
  const client = await RawClient.open(server.port);
  client.send("GET /static/hello.txt HTTP/1.0\r\n\r\n");
  assert.equal((await client.answer()).text, "Hello, world\n");
  await client.ended();
});

test("a change is seen, also where size and time stay the same, and a file that is gone is gone", async () => {
  www.write("change.txt", "one");
  assert.equal((await ask("/static/change.txt")).text, "one");
  www.write("change.txt", "two");
  await eventually(async () => (await ask("/static/change.txt")).text === "two");
  www.write("next.txt", "new");
  renameSync(www.path("next.txt"), www.path("change.txt"));
  await eventually(async () => (await ask("/static/change.txt")).text === "new");
  rmSync(www.path("change.txt"));
  await eventually(async () => (await ask("/static/change.txt")).status === 404);
});

test("RFC 9110 §8.8.1: a file that has just been changed has a weak tag until its time can tell", async () => {
  www.write("young.txt", "young");
  const now = new Date();
  utimesSync(www.path("young.txt"), now, now);
  const etag = field(await ask("/static/young.txt"), "etag") ?? "";
  assert.match(etag, /^W\/"/);
  await eventually(async () => field(await ask("/static/young.txt"), "etag") === etag.slice(2));
  assert.equal((await ask("/static/young.txt", `If-None-Match: ${etag}\r\n`)).status, 304);
});

test("a client that goes in the middle of a file leaves nothing behind", async () => {
  const client = await RawClient.open(server.port);
  client.socket.pause();
  client.send("GET /static/large.bin HTTP/1.1\r\nHost: a\r\n\r\n".repeat(3));
  await new Promise((resolve) => client.socket.once("readable", resolve));
  client.destroy();
  assert.ok((await ask("/static/large.bin")).body.equals(LARGE));
});

test("what a mount answers is in the access log, too", async () => {
  await ask("/static/hello.txt?logged", "X-Forwarded-For: 192.0.2.7\r\n");
  await ask("/static/hello.txt?missed", "If-Match: x\r\n");
  await until(5_000, () =>
    /^192\.0\.2\.7 .*"GET \/static\/hello\.txt\?logged HTTP\/1\.1" 200 13 /m.test(
      server.stdout(),
    ) && /\?missed HTTP\/1\.1" 412 0 /.test(server.stdout())
      ? null
      : server.stdout().slice(-500),
  );
});

test("a folder that isn't there, and a mount that is none, are told before anything starts", async () => {
  const absent = await runCommand(["--static", "/s=no/such/folder", "app"]);
  assert.equal(absent.code, 1);
  assert.match(
    absent.stderr,
    /--static \/s=no\/such\/folder: there is no folder .*no\/such\/folder\./,
  );
  const malformed = await runCommand(["--static", "folder", "app"]);
  assert.equal(malformed.code, 1);
  assert.match(malformed.stderr, /--static folder: it takes \/prefix=FOLDER, such as/);
});

async function eventually(attempt: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await attempt())) {
    assert.ok(performance.now() < deadline, "it has not come to that");
  }
}
