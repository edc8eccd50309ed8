/** WhiteNoise on files of its own, in front of a WSGI callable: the static files of most Django sites. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { gzipSync } from "node:zlib";

import { type Subject, exercises } from "./record.ts";
import { serve } from "./served.ts";

const style = Buffer.from("body { color: teal }\n".repeat(20_000));

const application: Subject = { kind: "application", name: "WhiteNoise", packageName: "whitenoise" };

describe(application.name, () => {
  const exercise = exercises(application);
  const served = serve({
    args: ["test/apps/frameworks/whitenoise_app.py"],
    prepare: (folder) => {
      mkdirSync(join(folder, "site", "größe"), { recursive: true });
      writeFileSync(join(folder, "site", "style.css"), style);
      writeFileSync(join(folder, "site", "style.css.gz"), gzipSync(style));
      writeFileSync(join(folder, "site", "größe", "index.html"), "<h1>Größe</h1>");
    },
  });

  exercise("a file, and what the application answers beside it", async () => {
    const browser = served().browser();
    const file = await browser.get("/style.css", { "Accept-Encoding": "identity" });
    assert.deepEqual(file.bytes, style);
    assert.match(file.headers.get("content-type") ?? "", /^text\/css/);
    assert.equal(file.headers.get("content-length"), String(style.length));
    assert.equal((await browser.get("/other")).text, "from the application: /other");
  });

  exercise("the compressed file for those who accept it", async () => {
    const file = await served().browser().get("/style.css", { "Accept-Encoding": "gzip" });
    assert.equal(file.headers.get("content-encoding"), "gzip");
    assert.equal(file.headers.get("content-length"), String(gzipSync(style).length));
    assert.deepEqual(file.bytes, style);
  });

  exercise("304 by date and by entity tag", async () => {
    const browser = served().browser();
    const file = await browser.get("/style.css");
    const date = { "If-Modified-Since": file.headers.get("last-modified") ?? "" };
    const tag = { "If-None-Match": file.headers.get("etag") ?? "" };
    for (const headers of [date, tag]) {
      const again = await browser.get("/style.css", headers);
      assert.deepEqual([again.status, again.bytes.length], [304, 0]);
    }
  });

  exercise("ranges: a piece, the end, and one beyond the end", async () => {
    const browser = served().browser();
    const range = (value: string) =>
      browser.get("/style.css", { Range: value, "Accept-Encoding": "identity" });
    const piece = await range("bytes=21-41");
    assert.deepEqual([piece.status, piece.text], [206, "body { color: teal }\n"]);
    const end = await range("bytes=-3");
    assert.deepEqual([end.status, end.text], [206, " }\n"]);
    assert.equal((await range(`bytes=${style.length}-`)).status, 416);
  });

  exercise("a folder outside ASCII, by its index file and by redirect", async () => {
    const browser = served().browser();
    assert.equal((await browser.get("/größe/")).text, "<h1>Größe</h1>");
    assert.equal(
      (await browser.follow(await browser.get("/größe/index.html"))).text,
      "<h1>Größe</h1>",
    );
  });

  exercise("HEAD, and 405 for a method that files don't have", async () => {
    const browser = served().browser();
    const head = await browser.send("HEAD", "/style.css", {
      headers: { "Accept-Encoding": "identity" },
    });
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    assert.equal(head.headers.get("content-length"), String(style.length));
    assert.equal((await browser.send("DELETE", "/style.css")).status, 405);
  });
});
