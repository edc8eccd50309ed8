/** Several applications in one server: which request is for which, over each version of HTTP. */
import assert from "node:assert/strict";
import { connect } from "node:http2";
import { test } from "node:test";

import { RawClient } from "../../support/raw-client.ts";
import { type SiteServer, readReport, withSites } from "../../support/site-server.ts";

const DOMAINS = `
http2 = "all"
access-logfile = "access.log"

[env]
WHO = "everyone"

[[site]]
name = "front"
app = "report:app"
hosts = ["one.example", "www.one.example"]
threads = 2

[[site]]
name = "cart"
app = "report:app"
hosts = "one.example"
mount = "/cart"
workers = 2
chdir = "elsewhere"
pythonpath = [".."]
env = {WHO = "cart"}
static = ["/files=files"]
static-listing = true

[[site]]
name = "wild"
app = "report:app"
hosts = "*.wild.example"
mount = "/caf\u00e9"
env = {WHO = "wild"}
`;
const FILES = { "wizgy.toml": DOMAINS, "elsewhere/files/sub/a.txt": "a file" };

/** What a site is told by HTTP/2. */
async function overHttp2(port: number, authority: string, path: string): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => {});
  try {
    return await new Promise((resolve, reject) => {
      const stream = session.request({ ":authority": authority, ":path": path });
      let status = 0;
      let text = "";
      stream.setTimeout(30_000, () => stream.destroy(new Error("no answer")));
      stream.on("response", (fields) => (status = Number(fields[":status"])));
      stream.setEncoding("latin1").on("data", (piece: string) => (text += piece));
      stream.on("error", reject);
      stream.on("close", () => resolve(status === 200 ? text : String(status)));
    });
  } finally {
    session.destroy();
  }
}

test("RFC 9110 §7.4: one address, many domains: each request goes to the site of its host", async (t) => {
  await withSites(FILES, async (sites: SiteServer) => {
    const { report, get, server } = sites;

    await t.test("by an exact name, whatever its case, port and final dot", async () => {
      for (const host of ["one.example", "WWW.One.Example", "one.example:99", "one.example."]) {
        const told = await report(host, "/a?b=c");
        assert.equal(told.get("WHO"), "everyone");
        assert.equal(told.get("HTTP_HOST"), host);
        assert.equal(told.get("SCRIPT_NAME"), "");
        assert.equal(told.get("PATH_INFO"), "/a");
        assert.equal(told.get("QUERY_STRING"), "b=c");
        assert.equal(told.get("wsgi.multithread"), "True");
      }
    });

    await t.test(
      'PEP 3333 "environ Variables": a mount is SCRIPT_NAME, the rest PATH_INFO',
      async () => {
        for (const [target, pathInfo] of [
          ["/cart", ""],
          ["/cart/", "/"],
          ["/cart/x%20y", "/x y"],
          ["/%63art/x", "/x"],
          ["/cart/../x", "/../x"],
        ] as const) {
          const told = await report("one.example", target);
          assert.deepEqual([told.get("SCRIPT_NAME"), told.get("PATH_INFO")], ["/cart", pathInfo]);
          assert.equal(told.get("WHO"), "cart");
          assert.equal(told.get("cwd"), `${sites.folder.path}/elsewhere`);
          assert.equal(told.get("wsgi.multiprocess"), "True");
        }
        for (const target of ["/carton", "/car", "/Cart", "/x/cart"]) {
          assert.equal((await report("one.example", target)).get("WHO"), "everyone");
        }
        assert.equal((await report("www.one.example", "/cart")).get("WHO"), "everyone");
      },
    );

    await t.test("by a name behind a star; the mount is the bytes of its UTF-8", async () => {
      const told = await report("a.b.wild.example", "/caf%C3%A9/x");
      assert.deepEqual([told.get("WHO"), told.get("PATH_INFO")], ["wild", "/x"]);
      assert.equal(told.get("SCRIPT_NAME"), "/caf\u00c3\u00a9");
    });

    await t.test(
      "RFC 9110 §15.5.20: a host that no site has gets 421, a path that none has 404",
      async () => {
        assert.equal((await get("elsewhere.example", "/")).status, 421);
        assert.equal((await get("wild.example", "/")).status, 421);
        assert.equal((await get("a.wild.example", "/other")).status, 404);
        const client = await RawClient.open(server.port);
        client.send("GET / HTTP/1.0\r\n\r\n");
        assert.equal((await client.answer()).status, 421);
        client.destroy();
      },
    );

    await t.test(
      "RFC 9112 §3.2.2: the authority of an absolute-form target counts, not Host",
      async () => {
        assert.equal(
          (await report("elsewhere.example", "http://one.example/cart")).get("WHO"),
          "cart",
        );
        assert.equal((await get("one.example", "http://elsewhere.example/")).status, 421);
      },
    );

    await t.test(
      "RFC 9112 §9.3.2: each of several requests on one connection goes to its own site",
      async () => {
        const client = await RawClient.open(server.port);
        const targets = ["/cart/1", "/2", "/cart/3", "/4"];
        const hosts = ["one.example", "one.example", "one.example", "www.one.example"];
        client.send(
          targets
            .map((target, at) => `GET ${target} HTTP/1.1\r\nHost: ${hosts[at]}\r\n\r\n`)
            .join(""),
        );
        const seen: (string | undefined)[] = [];
        for (const _ of targets) {
          const told = readReport((await client.answer()).text);
          seen.push(`${told.get("WHO")} ${told.get("SCRIPT_NAME")} ${told.get("PATH_INFO")}`);
        }
        assert.deepEqual(seen, ["cart /cart /1", "everyone  /2", "cart /cart /3", "everyone  /4"]);
        client.destroy();
      },
    );

    await t.test("a body goes to the site that its request is for", async () => {
      const client = await RawClient.open(server.port);
      const body = "x".repeat(70_000);
      for (const [path, who] of [
        ["/cart", "cart"],
        ["/", "everyone"],
      ] as const) {
        client.send(
          `POST ${path} HTTP/1.1\r\nHost: one.example\r\nContent-Length: ${body.length}\r\n\r\n`,
        );
        client.send(body);
        const told = readReport((await client.answer()).text);
        assert.deepEqual([told.get("WHO"), told.get("body")], [who, String(body.length)]);
      }
      client.destroy();
    });

    await t.test("RFC 9113 §8.3.1: :authority chooses in the same way", async () => {
      const told = readReport(await overHttp2(server.port, "one.example", "/cart/x"));
      assert.deepEqual(
        [
          told.get("WHO"),
          told.get("SCRIPT_NAME"),
          told.get("PATH_INFO"),
          told.get("SERVER_PROTOCOL"),
        ],
        ["cart", "/cart", "/x", "HTTP/2.0"],
      );
      assert.equal(
        readReport(await overHttp2(server.port, "one.example", "/x")).get("WHO"),
        "everyone",
      );
      assert.equal(await overHttp2(server.port, "elsewhere.example", "/"), "421");
      assert.equal(await overHttp2(server.port, "a.wild.example", "/"), "404");
    });

    await t.test(
      "static files of a mounted site are below its mount, and its redirects know that",
      async () => {
        assert.equal((await get("one.example", "/cart/files/sub/a.txt")).text, "a file");
        const moved = await get("one.example", "/cart/files/sub");
        assert.equal(moved.status, 301);
        assert.match(moved.head, /\r\nLocation: \/cart\/files\/sub\/\r\n/);
        assert.equal((await report("one.example", "/files/sub/a.txt")).get("WHO"), "everyone");
      },
    );
  });
});

test("one address, many ports: a site may have addresses of its own, and share others", async () => {
  const settings = `
[[site]]
app = "report:app"
env = {WHO = "rest"}

[[site]]
app = "report:app"
bind = ["localhost:0", "unix:admin.sock"]
env = {WHO = "admin"}
`;
  await withSites({ "wizgy.toml": settings }, async ({ report, get, ports, folder }) => {
    const [shared, own] = ports;
    const who = async (port: number | string): Promise<unknown> =>
      (await report("any.example", "/", { port })).get("WHO");
    assert.equal(await who(shared!), "rest");
    assert.equal(await who(own!), "admin");
    assert.equal(await who(`${folder.path}/admin.sock`), "admin");
    const told = await report("any.example", "/", { port: own! });
    assert.equal(told.get("SERVER_PORT"), String(own));
    assert.equal((await get("any.example", "/", { port: shared! })).status, 200);
  });
});

test("RFC 7239 §5.3: behind a trusted proxy the host that the client asked for chooses; its prefix comes before the mount", async () => {
  const settings = `
forwarded-fields = ["for", "proto", "host", "prefix"]
[[site]]
name = "shop"
app = "report:app"
hosts = "shop.example"
mount = "/cart"
`;
  await withSites({ "wizgy.toml": settings }, async ({ report, get }) => {
    const fields = "X-Forwarded-Host: shop.example\r\nX-Forwarded-Prefix: /pre\r\n";
    const told = await report("inner", "/cart/x", {
      fields: `${fields}X-Forwarded-For: 192.0.2.1\r\n`,
    });
    assert.equal(told.get("SCRIPT_NAME"), "/pre/cart");
    assert.equal(told.get("PATH_INFO"), "/x");
    assert.equal(told.get("HTTP_HOST"), "shop.example");
    assert.equal(told.get("REMOTE_ADDR"), "192.0.2.1");
    const wrong = "X-Forwarded-Host: shop.example\r\nX-Forwarded-Host: other.example\r\n";
    assert.equal((await get("shop.example", "/cart", { fields: wrong })).status, 400);
    const other = "X-Forwarded-Host: other.example\r\n";
    assert.equal((await get("shop.example", "/cart", { fields: other })).status, 421);
  });
});
