/**
 * One contract for all frameworks: the same pages, written in each one's own words in
 * test/apps/frameworks/, and the same tests. What a framework doesn't offer is left out by name.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";

import type { Page } from "./browser.ts";
import { exercises } from "./record.ts";
import { serve } from "./served.ts";

/** Features that not every framework has on its own. */
export type Feature = "ranges" | "validators";

export interface Framework {
  readonly name: string;
  readonly packageName: string;
  /** File in test/apps/frameworks/. */
  readonly file: string;
  readonly lacks?: readonly Feature[];
  /** Where the file is that is answered with ranges and validators. Default: `/download`. */
  readonly filePath?: string;
}

/** Every byte value, line ends and what looks like a boundary; no multiple of a block size. */
const content: Buffer = Buffer.alloc(
  1_000_003,
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
);
const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const echoFields = { note: "café", taste: "sweet" };

/** Declares the contract's tests for one framework. */
export function keepsTheContract(framework: Framework): void {
  void describe(framework.name, () => {
    const offers = (feature: Feature): boolean => framework.lacks?.includes(feature) !== true;
    const filePath = framework.filePath ?? "/download";
    const exercise = exercises({ kind: "framework", ...framework });
    const served = serve({
      // The gate of doings.py needs a second thread beside the one that waits.
      args: [`test/apps/frameworks/${framework.file}`, "--threads", "2"],
      prepare: (folder) => writeFileSync(join(folder, "download.bin"), content),
    });

    exercise("path, query and header outside ASCII", async () => {
      const headers = { "X-Note": "café", Cookie: "other=1; taste=sweet" };
      const page = await served().browser().get("/echo/nö/日本?q=é%20%26+x", headers);
      assert.equal(page.status, 200, page.text);
      assert.deepEqual(JSON.parse(page.text), {
        ...echoFields,
        method: "GET",
        rest: "nö/日本",
        query: "é & x",
        body: "",
      });
    });

    exercise("PUT, PATCH, POST and DELETE with a body", async () => {
      const browser = served().browser();
      for (const method of ["PUT", "PATCH", "POST", "DELETE"]) {
        const headers = { "Content-Type": "text/plain; charset=utf-8" };
        const page = await browser.send(method, "/echo/x?q=1", { headers, body: "Grüße" });
        assert.equal(page.status, 200, page.text);
        const told = JSON.parse(page.text) as { method: string; body: string };
        assert.deepEqual([told.method, told.body], [method, "Grüße"]);
      }
    });

    exercise("a redirect to a path outside ASCII", async () => {
      const browser = served().browser();
      const page = await browser.get("/old");
      assert.ok(page.status === 302 || page.status === 303, `status ${page.status}`);
      assert.match(page.headers.get("location") ?? "", /\/echo\/n%C3%B6\?q=%C3%A9$/);
      const target = JSON.parse((await browser.follow(page)).text) as {
        rest: string;
        query: string;
      };
      assert.deepEqual([target.rest, target.query], ["nö", "é"]);
    });

    exercise("several Set-Cookie in one answer", async () => {
      const page = await served().browser().get("/cookies");
      const lines = page.headers.getSetCookie();
      // Some add the cookie of their session, so no count.
      const line = (name: string): string =>
        lines.find((text) => text.startsWith(`${name}=`)) ?? "none";
      assert.match(line("gone"), /^gone="?"?;.*(max-age=0|expires=)/i);
      assert.match(line("taste"), /^taste="?sweet"?;.*httponly/i);
      assert.match(line("late"), /expires=\w{3}, \d\d[ -]\w{3}[ -]20\d\d \d\d:\d\d:\d\d GMT/i);
    });

    exercise("a session of one browser beside another's", async () => {
      const [one, other] = [served().browser(), served().browser()];
      assert.equal((await one.get("/session")).text, "1");
      assert.equal((await one.get("/session")).text, "2");
      assert.equal((await other.get("/session")).text, "1");
      assert.equal((await one.get("/session")).text, "3");
    });

    exercise("a multipart upload with a file name outside ASCII", async () => {
      checkUpload(await served().browser().post("/upload", uploadForm()));
    });

    exercise("the same upload chunked", async () => {
      const encoded = new Response(uploadForm());
      checkUpload(
        await served()
          .browser()
          .send("POST", "/upload", {
            headers: { "Content-Type": encoded.headers.get("content-type") ?? "" },
            body: encoded.body,
            duplex: "half",
          }),
      );
    });

    exercise("a download of 1 MB, byte for byte", async () => {
      const page = await served().browser().get("/download");
      assert.equal(page.status, 200);
      assert.equal(page.headers.get("content-length"), String(content.length));
      assert.equal(digest(page.bytes), digest(content));
    });

    if (offers("ranges")) {
      exercise("a range of a file", async () => {
        const headers = { Range: "bytes=300000-300009" };
        const page = await served().browser().get(filePath, headers);
        assert.equal(page.status, 206);
        assert.equal(page.headers.get("content-range"), `bytes 300000-300009/${content.length}`);
        assert.deepEqual(page.bytes, content.subarray(300_000, 300_010));
      });
    }

    if (offers("validators")) {
      exercise("304 for a file that hasn't changed", async () => {
        const browser = served().browser();
        const first = await browser.get(filePath);
        const headers = { "If-Modified-Since": first.headers.get("last-modified") ?? "" };
        const again = await browser.get(filePath, headers);
        assert.deepEqual([again.status, again.bytes.length], [304, 0]);
      });
    }

    exercise("a stream whose first block is here before the second one is made", async () => {
      const browser = served().browser();
      const response = await browser.open("GET", "/stream");
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      assert.ok(reader);
      assert.deepEqual(await reader.read(), { done: false, value: "first\n" });
      assert.equal((await browser.get("/open")).text, "open");
      assert.deepEqual(await reader.read(), { done: false, value: "second\n" });
      assert.equal((await reader.read()).done, true);
    });

    exercise("404 and 405 are its own pages", async () => {
      const browser = served().browser();
      const missing = await browser.get("/no/such/page");
      assert.equal(missing.status, 404);
      assert.notEqual(missing.text, "");
      const refused = await browser.post("/cookies", { a: "b" });
      assert.ok(refused.status === 405 || refused.status === 404, `status ${refused.status}`);
    });

    exercise(
      "an exception is a 500 without its text, a traceback in the log, and the end of nothing",
      async () => {
        const browser = served().browser();
        const page = await browser.get("/raise");
        assert.equal(page.status, 500);
        assert.doesNotMatch(page.text, /Traceback|on purpose/);
        await served().server.waitForLog(/Traceback[^]*RuntimeError: raised on purpose/);
        assert.equal((await browser.get("/open")).text, "open");
      },
    );

    exercise("an exception in the middle of a stream breaks the answer off", async () => {
      const browser = served().browser();
      const response = await browser.open("GET", "/raise-late");
      assert.equal(response.status, 200);
      await assert.rejects(response.text(), /terminated/);
      await served().server.waitForLog(/Traceback[^]*RuntimeError: raised late, on purpose/);
      assert.equal((await browser.get("/open")).text, "open");
    });
  });
}

function uploadForm(): FormData {
  const form = new FormData();
  form.append("note", "Grüße\r\n--");
  form.append("file", new Blob([content], { type: "application/octet-stream" }), "datei-ü.bin");
  return form;
}

function checkUpload(page: Page): void {
  assert.equal(page.status, 200, page.text.slice(0, 2000));
  assert.deepEqual(JSON.parse(page.text), {
    note: "Grüße\r\n--",
    name: "datei-ü.bin",
    size: content.length,
    sha256: digest(content),
  });
}
