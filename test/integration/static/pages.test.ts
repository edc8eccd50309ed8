/** Listings, a page for what is not found, several folders under one prefix, a maximum age. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { type RunningServer } from "../../support/server.ts";
import { Www } from "./www.ts";

const www = new Www();
let server: RunningServer;

before(async () => {
  www.write("404.html", "<h1>Nothing here</h1>");
  www.write("../second/hello.txt", "of the second folder");
  www.write("../second/more.txt", "more");
  server = await www.serve(
    ...["--static-listing", "--static-max-age", "3600"],
    ...["--static", `/static=${www.root}/second`, "--static", `/static/deep=${www.root}/second`],
  );
});
after(async () => {
  await server.stop();
  www.remove();
});

async function get(path: string): Promise<{ response: Response; text: string }> {
  const response = await fetch(server.origin + path, { redirect: "manual" });
  return { response, text: await response.text() };
}

test("--static-listing: a folder without an index is listed, hidden names and links out of it are not", async () => {
  const { response, text } = await get("/static/bare/");
  assert.equal(response.status, 200);
  assert.equal(response.headers.get("content-type"), "text/html; charset=utf-8");
  assert.match(response.headers.get("content-security-policy") ?? "", /default-src 'none'/);
  assert.match(text, /href="one\.txt"/);
  assert.match(text, /href="\.\.\/"/);
  const top = (await get("/static/")).text;
  assert.match(top, /href="docs\/"/);
  assert.match(top, /href="%C3%BC%20b\.html">ü b\.html/);
  assert.doesNotMatch(top, /hidden|\.git|out\.txt|absolute\.txt|broken|"up\/"|"\.\.\/"/);
  assert.equal((await get("/static/bare")).response.headers.get("location"), "/static/bare/");
  assert.match((await get("/static/docs/")).text, /<h1>Docs<\/h1>/);
});

test("--static: of folders with one prefix the first that has the file sends it", async () => {
  assert.equal((await get("/static/hello.txt")).text, "Hello, world\n");
  assert.equal((await get("/static/more.txt")).text, "more");
  assert.equal((await get("/static/deep/hello.txt")).text, "of the second folder");
  const names = (await get("/static/")).text.match(/href="(?:hello|more)\.txt"/g);
  assert.deepEqual(names, ['href="hello.txt"', 'href="more.txt"']);
});

test("RFC 9110 §15.5.5: a mount's 404.html is the page for what it has not got", async () => {
  for (const path of ["/static/none", "/static//x", "/static/.hidden"]) {
    const { response, text } = await get(path);
    assert.deepEqual([response.status, text], [404, "<h1>Nothing here</h1>"], path);
    assert.equal(response.headers.get("etag"), null);
  }
  assert.equal((await get("/static/deep/none")).text, "404 Not Found\n");
});

test("--static-max-age: browsers may keep a file so long", async () => {
  const age = async (path: string): Promise<string | null> =>
    (await get(path)).response.headers.get("cache-control");
  assert.equal(await age("/static/hello.txt"), "public, max-age=3600");
  assert.equal(await age("/static/base.5af66c1b1797.css"), "public, max-age=31536000, immutable");
  assert.equal(await age("/static/bare/"), "no-cache");
});
