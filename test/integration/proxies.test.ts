/** Proxies in front of the real server: who is believed, what becomes of it, what the logs say. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import type { Answer } from "../support/answer.ts";
import { RawClient } from "../support/raw-client.ts";
import { withServer } from "../support/server.ts";

const APP = ["--chdir", "test/apps/proxies", "environment:app"];

type Environ = Readonly<Record<string, string>>;

async function ask(address: number | string, request: string): Promise<Answer> {
  const client = await RawClient.open(address);
  client.send(request);
  const answer = await client.answer();
  client.destroy();
  return answer;
}

function get(...lines: string[]): string {
  return ["GET /x?y HTTP/1.1", "Host: inner:8000", ...lines, "", ""].join("\r\n");
}

async function environOf(address: number | string, ...lines: string[]): Promise<Environ> {
  const answer = await ask(address, get(...lines));
  assert.equal(answer.status, 200, answer.text);
  return JSON.parse(answer.text) as Environ;
}

test("a proxy on this machine is believed about its client and the scheme, and nothing else", async () => {
  await withServer([...APP, "--access-logfile", "-"], async (server) => {
    const environ = await environOf(
      server.port,
      "X-Forwarded-For: 203.0.113.1, 192.0.2.1",
      "X-Forwarded-Proto: https",
      "X-Forwarded-Host: evil.example",
      "X-Forwarded-Prefix: /evil",
      "Forwarded: for=6.6.6.6",
    );
    const { REMOTE_ADDR, REMOTE_PORT, HTTPS, HTTP_HOST, SCRIPT_NAME, SERVER_NAME } = environ;
    assert.deepEqual(
      [REMOTE_ADDR, REMOTE_PORT, environ["wsgi.url_scheme"], HTTPS],
      ["192.0.2.1", "", "https", "on"],
    );
    assert.deepEqual([HTTP_HOST, SCRIPT_NAME, SERVER_NAME], ["inner:8000", "", "127.0.0.1"]);
    // For applications that are set up to look themselves.
    assert.equal(environ["HTTP_X_FORWARDED_HOST"], "evil.example");
    const ended = await server.stop();
    assert.match(ended.stdout, /^192\.0\.2\.1 - - \[.*"GET \/x\?y HTTP\/1\.1" 200 /);
  });
});

test("--forwarded-fields: all of them, and the path is the client's again", async () => {
  await withServer(
    [...APP, "--forwarded-fields", "for,proto,host,port,prefix,forwarded"],
    async (server) => {
      const environ = await environOf(
        server.port,
        "Forwarded: for=192.0.2.1;proto=https;host=example.org",
        "X-Forwarded-Port: 8443",
        "X-Forwarded-Prefix: /app",
      );
      const { HTTP_HOST, SERVER_NAME, SERVER_PORT, SCRIPT_NAME, PATH_INFO } = environ;
      assert.deepEqual(
        [HTTP_HOST, SERVER_NAME, SERVER_PORT, SCRIPT_NAME, PATH_INFO, environ["REMOTE_ADDR"]],
        ["example.org:8443", "example.org", "8443", "/app", "/x", "192.0.2.1"],
      );
    },
  );
});

test("requests of one connection that repeat their lines, or don't, are each told by their own", async () => {
  await withServer(APP, async (server) => {
    const client = await RawClient.open(server.port);
    for (const address of ["192.0.2.1", "192.0.2.1", "192.0.2.2", "", "192.0.2.1"]) {
      client.send(get(...(address === "" ? [] : [`X-Forwarded-For: ${address}`])));
      const environ = JSON.parse((await client.answer()).text) as Environ;
      assert.equal(environ["REMOTE_ADDR"], address || "127.0.0.1");
      assert.equal(environ["REMOTE_PORT"] === "", address !== "");
    }
    client.destroy();
  });
});

test("what contradicts itself gets 400, the connection ends, and no application sees it", async () => {
  await withServer([...APP, "--log-level", "debug", "--access-logfile", "-"], async (server) => {
    for (const lines of [
      ["X-Forwarded-Proto: https, http"],
      ["X-Forwarded-For: nonsense"],
      // It is told before a body is waited for.
      ["X-Forwarded-Proto: ftp", "Content-Length: 5", "Expect: 100-continue"],
    ]) {
      const client = await RawClient.open(server.port);
      client.send(get(...lines) + (lines.length === 1 ? get() : ""));
      const answer = await client.answer();
      assert.deepEqual([answer.status, answer.interim], [400, []]);
      assert.equal(await client.ended(), "");
    }
    const { stderr, stdout } = await server.stop();
    assert.match(stderr, /127\.0\.0\.1 request=\S+: 400 contradicting-forwarding-fields/);
    assert.match(stderr, /127\.0\.0\.1 request=\S+: 400 bad-forwarding-field/);
    assert.equal(stdout.match(/" 400 /g)?.length, 3);
  });
});

test("a peer that isn't named is a client: its fields are removed and the log says once why", async () => {
  await withServer([...APP, "--forwarded-allow-ips", "10.0.0.0/8"], async (server) => {
    for (let i = 0; i < 2; i++) {
      const environ = await environOf(
        server.port,
        "X-Forwarded-For: 192.0.2.1",
        "x-real-ip: 192.0.2.1",
        "Forwarded: for=",
        "X-Forwarded-Proto: https",
      );
      assert.deepEqual([environ["REMOTE_ADDR"], environ["wsgi.url_scheme"]], ["127.0.0.1", "http"]);
      const left = Object.keys(environ).filter((name) => /FORWARDED|REAL_IP/.test(name));
      assert.deepEqual(left, []);
    }
    const { stderr } = await server.stop();
    const told =
      /The request field "X-Forwarded-For" is not passed on: 127\.0\.0\.1 is not in --forwarded-allow-ips/g;
    assert.equal(stderr.match(told)?.length, 1);
  });
});

test("* believes whoever connects, but not the addresses that a client has made up", async () => {
  await withServer([...APP, "--forwarded-allow-ips", "*"], async (server) => {
    const environ = await environOf(server.port, "X-Forwarded-For: 127.0.0.1, 10.0.0.1, 192.0.2.1");
    assert.equal(environ["REMOTE_ADDR"], "192.0.2.1");
  });
});

for (const [list, address] of [
  ["10.0.0.0/8", "192.0.2.1"],
  ["none", ""],
] as const) {
  test(`who connects to a Unix socket, with --forwarded-allow-ips ${list}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "proxies-"));
    try {
      const path = join(folder, "s");
      const args = ["--bind", `unix:${path}`, "--forwarded-allow-ips", list];
      await withServer([...APP, ...args], async () => {
        const environ = await environOf(path, "X-Forwarded-For: 192.0.2.1");
        assert.equal(environ["REMOTE_ADDR"], address);
        assert.equal("HTTP_X_FORWARDED_FOR" in environ, address !== "");
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}

test("--header-map refuse: a field with an underscore gets 400; drop leaves it out", async () => {
  await withServer([...APP, "--header-map", "refuse"], async (server) => {
    assert.equal((await ask(server.port, get("X_A: b"))).status, 400);
    assert.equal((await ask(server.port, get("X-A: b"))).status, 200);
  });
  await withServer(APP, async (server) => {
    assert.equal("HTTP_X_A" in (await environOf(server.port, "X_A: b")), false);
  });
});
