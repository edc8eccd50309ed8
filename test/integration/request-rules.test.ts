/** Redirects, rewrites, networks and passwords on the real server, over HTTP/1.1 and HTTP/2. */
import assert from "node:assert/strict";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { hashSync } from "bcryptjs";

import { overBothVersions } from "../contract/both-versions.ts";
import { type Client, http1Client } from "../contract/client.ts";
import { RawClient } from "../support/raw-client.ts";
import { type RunningServer, projectRoot, runCommand, startServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-rules-"));
const file = (name: string): string => join(folder, name);
mkdirSync(file("www/private"), { recursive: true });
writeFileSync(file("www/a.txt"), "a file\n");
writeFileSync(file("www/private/b.txt"), "a secret\n");
writeFileSync(
  file("users"),
  `anna:${hashSync("geheim:1", 4)}\n\u00e9mile:${hashSync("\u00fc", 4)}\n`,
);
const APP = ["--chdir", `${projectRoot}test/apps/rules`, "shown"];

let server: RunningServer;
before(async () => {
  server = await startServer([
    ...["--http2", "all", "--static", `/static=${folder}/www`],
    ...["--redirect", "/old/* /new/* 308", "--redirect", "/away https://b.example/"],
    ...["--rewrite", "/front/* /back/*", "--rewrite", "/files/* /static/*"],
    ...["--rewrite", "/guarded/* /admin/*", "--rewrite", "/one /two?x=1"],
    ...["--deny", "/denied all", "--allow", "/inside 10.0.0.0/8", "--allow", "/home 127.0.0.0/8"],
    ...["--deny", "/static/denied 127.0.0.1", "--deny", "/two/x all"],
    ...["--basic-auth", `/admin ${file("users")} The admin`],
    ...["--basic-auth", `/static/private ${file("users")}`],
    ...["--access-logfile", "-", ...APP],
  ]);
});
after(async () => {
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

const place = (): { kind: "tcp"; port: number } => ({ kind: "tcp", port: server.port });
const basic = (text: string): { Authorization: string } => ({
  Authorization: `Basic ${Buffer.from(text).toString("base64")}`,
});
const right = basic("anna:geheim:1");

overBothVersions(
  () => server.port,
  (client) => {
    const seen = async (
      path: string,
      question?: Parameters<Client["ask"]>[1],
    ): Promise<Record<string, string | null>> => {
      const { status, body } = await client.ask(path, question);
      assert.equal(status, 200, path);
      return JSON.parse(body.toString()) as Record<string, string | null>;
    };

    test("RFC 9110 §15.4.9: a redirect leads to where the rule says, with the rest and the query", async () => {
      const reply = await client.ask("/old/a%2Fb?q=1");
      assert.deepEqual([reply.status, reply.headers["location"]], [308, "/new/a%2Fb?q=1"]);
      const away = await client.ask("/away?q", { method: "POST", body: "thrown away" });
      assert.deepEqual([away.status, away.headers["location"]], [302, "https://b.example/?q"]);
      const head = await client.ask("/old/x", { method: "HEAD" });
      assert.deepEqual([head.status, head.body.length], [308, 0]);
    });

    test("a rewritten path is the application's PATH_INFO, or a file's", async () => {
      assert.equal((await seen("/front/a%20b?q"))["PATH_INFO"], "/back/a b");
      const one = await seen("/one?y=2", { method: "POST", body: "body" });
      assert.deepEqual(
        [one["PATH_INFO"], one["QUERY_STRING"], one["body"]],
        ["/two", "x=1", "body"],
      );
      assert.equal((await client.ask("/files/a.txt")).body.toString(), "a file\n");
    });

    test("networks: 403 for who is kept out, files included, by no other spelling", async () => {
      for (const path of ["/denied", "/denied/x", "/%64enied", "//denied", "/inside/x"]) {
        assert.equal((await client.ask(path)).status, 403, path);
      }
      for (const path of ["/static/denied/x", "/static//denied/x", "/static/./denied/x"]) {
        assert.equal((await client.ask(path)).status, 403, path);
      }
      assert.equal((await seen("/home"))["PATH_INFO"], "/home");
      assert.equal((await seen("/deniedx"))["PATH_INFO"], "/deniedx");
    });

    test("networks: a trusted proxy's client is who counts", async () => {
      const inside = { headers: { "X-Forwarded-For": "10.1.1.1" } };
      assert.equal((await seen("/inside/x", inside))["REMOTE_ADDR"], "10.1.1.1");
      const headers = { "X-Forwarded-For": "192.0.2.1" };
      assert.equal((await client.ask("/home", { headers })).status, 403);
      const unreadable = { headers: { "X-Forwarded-For": "nonsense" } };
      assert.ok((await client.ask("/home", unreadable)).status >= 400);
      assert.ok((await client.ask("/static/denied/x", unreadable)).status >= 400);
    });

    test("RFC 7617 §2: without the password 401 and the realm, whatever is asked for", async () => {
      for (const headers of [
        {},
        basic("anna:wrong"),
        basic("nobody:geheim:1"),
        basic("anna:"),
        { Authorization: "Bearer x" },
      ]) {
        for (const path of ["/admin", "/admin/x", "/guarded/x", "/x/../admin"]) {
          const reply = await client.ask(path, { headers });
          assert.equal(reply.status, 401, path);
          assert.equal(
            reply.headers["www-authenticate"],
            'Basic realm="The admin", charset="UTF-8"',
          );
          assert.equal(reply.headers["cache-control"], "no-store");
        }
      }
    });

    test("RFC 3875 §4.1.1, §4.1.11: with it AUTH_TYPE and REMOTE_USER are in environ, elsewhere not", async () => {
      for (let count = 0; count < 2; count++) {
        const admin = await seen("/admin/x", { headers: right, method: "POST", body: "posted" });
        assert.deepEqual(
          [admin["REMOTE_USER"], admin["AUTH_TYPE"], admin["body"]],
          ["anna", "Basic", "posted"],
        );
      }
      const other = await seen("/admin", { headers: basic("\u00e9mile:\u00fc") });
      assert.equal(other["REMOTE_USER"], "\u00c3\u00a9mile");
      const outside = await seen("/x", { headers: right });
      assert.deepEqual([outside["REMOTE_USER"], outside["AUTH_TYPE"]], [null, null]);
    });

    test("files need the password, too", async () => {
      assert.equal((await client.ask("/static/private/b.txt")).status, 401);
      assert.equal((await client.ask("/files/private/b.txt")).status, 401);
      const { body } = await client.ask("/static/private/b.txt", { headers: right });
      assert.equal(body.toString(), "a secret\n");
    });
  },
);

test("RFC 9112 §9.3.2: pipelined requests wait while a password is looked at, and nothing of them is lost", async () => {
  const client = await RawClient.open(server.port);
  const ask = (path: string, password: string, body = ""): string =>
    `POST ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: ${basic(`anna:${password}`).Authorization}\r\n` +
    `Content-Length: ${body.length}\r\n\r\n${body}`;
  const body = "x".repeat(200_000);
  client.send(
    ask("/admin/1", "geheim:1", body) + ask("/x", "") + ask("/admin/2", "no") + ask("/y", "", body),
  );
  const first = JSON.parse((await client.answer()).text) as { body: string };
  assert.equal(first.body.length, body.length);
  assert.equal((await client.answer()).status, 200);
  assert.equal((await client.answer()).status, 401);
  assert.equal((JSON.parse((await client.answer()).text) as { body: string }).body, body);
  client.destroy();
});

test("a client that closes its half, or goes, while its password is looked at harms nothing", async () => {
  const request = (number: number): string =>
    `GET /admin HTTP/1.1\r\nHost: a\r\nAuthorization: ${basic(`anna:wrong${number}`).Authorization}\r\n\r\n`;
  const half = await RawClient.open(server.port);
  half.socket.end(request(1));
  const gone = await RawClient.open(server.port);
  gone.send(request(2));
  gone.socket.resetAndDestroy();
  assert.equal((await half.answer()).status, 401);
  assert.equal((await http1Client(place()).ask("/admin", { headers: right })).status, 200);
});

test("the access log tells of requests that the rules answered", async () => {
  await http1Client(place()).ask("/denied/for-the-log");
  const own = await startServer(["--deny", "/ all", "--access-logfile", "-", ...APP]);
  await http1Client({ kind: "tcp", port: own.port }).ask("/somewhere");
  const { stdout } = await own.stop();
  assert.match(stdout, /"GET \/somewhere HTTP\/1\.1" 403 /);
});

test("rules that can't be used end the start with a sentence", async () => {
  writeFileSync(file("weak"), "anna:{SHA}0\n");
  const table: readonly (readonly [flag: string, value: string, expected: RegExp])[] = [
    ["--redirect", "/a", /--redirect "\/a": it takes FROM TO/],
    ["--redirect", "/a/* /a/b", /round and round/],
    ["--rewrite", "/a https://b.example/", /--rewrite .*: it takes a TO/],
    ["--allow", "/a 10.0.0.1/8", /--allow .*: it takes networks/],
    ["--deny", "all", /--deny "all": it takes \/PATH and networks/],
    ["--basic-auth", "/a absent", /--basic-auth absent: this file can't be read/],
    [
      "--basic-auth",
      `/a ${file("weak")}`,
      /line 1: the password of anna is not hashed with bcrypt/,
    ],
  ];
  for (const [flag, value, expected] of table) {
    const { code, stderr } = await runCommand([flag, value, ...APP]);
    assert.equal(code, 1, value);
    assert.match(stderr, expected);
  }
});

test("rules in a settings file are lists of texts", async () => {
  writeFileSync(
    file("wizgy.toml"),
    'redirect = ["/a /b", "/c, /d 301"]\ndeny = "/x 127.0.0.1, ::1"\n',
  );
  const own = await startServer(["--config", file("wizgy.toml"), ...APP]);
  try {
    const client = http1Client({ kind: "tcp", port: own.port });
    assert.equal((await client.ask("/a")).headers["location"], "/b");
    assert.equal((await client.ask("/c,")).headers["location"], "/d");
    assert.equal((await client.ask("/x")).status, 403);
  } finally {
    await own.stop();
  }
});

test("each [[site]] has rules of its own, which look at the path behind its mount", async () => {
  const rules = `${projectRoot}test/apps/rules`;
  writeFileSync(file("sorry.txt"), "sorry {status}\n");
  writeFileSync(
    file("sites.toml"),
    `bind = "127.0.0.1:0"\nerror-page = "4xx ${file("sorry.txt")}"\n` +
      `[[site]]\napp = "shown"\nchdir = "${rules}"\nhosts = "one.example"\nmount = "/shop"\n` +
      `redirect = "/old/* /new/*"\ndeny = "/denied all"\nbasic-auth = "/admin ${file("users")}"\n` +
      `rewrite = "/a /b"\n` +
      `[[site]]\napp = "shown"\nchdir = "${rules}"\nhosts = "two.example"\n`,
  );
  const own = await startServer(["--bind", "127.0.0.1:0", "--config", file("sites.toml")]);
  const client = http1Client({ kind: "tcp", port: own.port });
  try {
    const ask = (path: string, host = "one.example", more = {}): ReturnType<Client["ask"]> =>
      client.ask(path, { headers: { Host: host, ...more } });
    assert.equal((await ask("/shop/old/x?q")).headers["location"], "/shop/new/x?q");
    assert.equal((await ask("/shop/denied")).body.toString(), "sorry 403\n");
    assert.equal((await ask("/shop/admin")).status, 401);
    const admitted = await ask("/shop/admin", "one.example", right);
    assert.match(admitted.body.toString(), /"PATH_INFO": "\/admin".*"REMOTE_USER": "anna"/);
    assert.match((await ask("/shop/a")).body.toString(), /"PATH_INFO": "\/b"/);
    assert.equal((await ask("/denied", "two.example")).status, 200);
    assert.equal((await ask("/", "three.example")).body.toString(), "sorry 421\n");
  } finally {
    await own.stop();
  }
});
