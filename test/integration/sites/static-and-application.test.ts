/**
 * What the literature on WSGI shows as a configuration of nginx: a folder with a listing below /static, and everything
 * else to the application, which learns who its client is and what it asked for. Here nothing stands in front.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { withSites } from "../../support/site-server.ts";

const SETTINGS = `
app = "report:app"
static = ["/static=www"]
static-listing = true
`;
const FILES = {
  "wizgy.toml": SETTINGS,
  "www/style.css": "body {}",
  "www/img/logo.txt": "a logo",
};

test("/static is a folder with a listing, everything else the application's", async () => {
  await withSites(FILES, async ({ get, report }) => {
    const style = await get("www.example", "/static/style.css");
    assert.equal(style.text, "body {}");
    assert.match(style.head, /\r\nContent-Type: text\/css/);
    const listing = await get("www.example", "/static/");
    assert.equal(listing.status, 200);
    assert.match(listing.text, /href="style\.css"/);
    assert.match(listing.text, /href="img\/"/);
    assert.equal((await get("www.example", "/static")).status, 301);
    assert.equal((await get("www.example", "/static/absent")).status, 404);
    for (const target of ["/", "/statics", "/a/static/style.css"]) {
      const told = await report("www.example", target);
      assert.deepEqual([told.get("SCRIPT_NAME"), told.get("PATH_INFO")], ["", target]);
    }
  });
});

test('PEP 3333 "environ Variables": the application has the Host and the address of its client, without a field of a proxy', async () => {
  await withSites(FILES, async ({ report }) => {
    const told = await report("www.example:8080", "/");
    assert.equal(told.get("HTTP_HOST"), "www.example:8080");
    assert.equal(told.get("REMOTE_ADDR"), "127.0.0.1");
    assert.equal(told.get("wsgi.url_scheme"), "http");
  });
});

test("X-Forwarded-For counts when it comes from a proxy that is trusted, and from nobody else", async () => {
  const fields = "X-Forwarded-For: 203.0.113.9, 192.0.2.7\r\n";
  const address = async (trusted: string): Promise<string | undefined> => {
    let told: string | undefined = "";
    const args = ["--forwarded-allow-ips", trusted];
    await withSites(
      FILES,
      async ({ report }) => {
        const seen = await report("www.example", "/", { fields });
        assert.equal(seen.get("HTTP_HOST"), "www.example");
        told = seen.get("REMOTE_ADDR");
      },
      args,
    );
    return told;
  };
  assert.equal(await address("none"), "127.0.0.1");
  assert.equal(await address("127.0.0.1"), "192.0.2.7");
  assert.equal(await address("127.0.0.1,192.0.2.0/24"), "203.0.113.9");
});
