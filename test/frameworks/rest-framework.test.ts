/** An API made with Django REST framework: JSON and its browsable pages, faults and permissions. */
import assert from "node:assert/strict";
import { describe } from "node:test";

import type { Browser, Page } from "./browser.ts";
import { library, user } from "./library.ts";
import { type Subject, exercises } from "./record.ts";
import { serve } from "./served.ts";

const application: Subject = {
  kind: "application",
  name: "Django REST framework",
  packageName: "djangorestframework",
};
const login = Buffer.from(`${user.username}:${user.password}`).toString("base64");

interface Book {
  readonly id: number;
  readonly title: string;
  readonly pages: number;
}

describe(application.name, () => {
  const exercise = exercises(application);
  const served = serve(library());

  exercise("who hasn't logged in may read and not write", async () => {
    const browser = served().browser();
    assert.equal((await browser.get("/api/books/")).status, 200);
    const refused = await browser.post("/api/books/", { title: "no" });
    assert.equal(refused.status, 401);
    assert.equal(refused.headers.get("www-authenticate"), 'Basic realm="api"');
  });

  exercise("create, read, replace, change and delete with JSON", async () => {
    const browser = served().browser();
    const made = await send(browser, "POST", "/api/books/", { title: "Ärger 日本", pages: 3 });
    assert.equal(made.status, 201);
    const book = JSON.parse(made.text) as Book;
    assert.equal(book.title, "Ärger 日本");
    const path = `/api/books/${book.id}/`;
    assert.deepEqual(JSON.parse((await browser.get(path)).text), book);
    assert.equal((await send(browser, "PUT", path, { title: "Zorn", pages: 4 })).status, 200);
    const changed = await send(browser, "PATCH", path, { pages: 5 });
    assert.deepEqual(JSON.parse(changed.text), { id: book.id, title: "Zorn", pages: 5 });
    const gone = await send(browser, "DELETE", path);
    assert.deepEqual([gone.status, gone.bytes.length], [204, 0]);
    assert.equal((await browser.get(path)).status, 404);
  });

  exercise("pages of a list lead to each other by absolute addresses", async () => {
    const browser = served().browser();
    for (const title of ["one", "two", "three"]) {
      assert.equal((await send(browser, "POST", "/api/books/", { title })).status, 201);
    }
    const first = JSON.parse((await browser.get("/api/books/")).text) as { next: string };
    assert.equal(first.next, `${served().server.origin}/api/books/?page=2`);
    const second = await browser.get(new URL(first.next).pathname + new URL(first.next).search);
    assert.match(second.text, /"title":"three"/);
  });

  exercise(
    "faults: what isn't JSON, what isn't valid, a type and a method that it doesn't know",
    async () => {
      const browser = served().browser();
      const headers = { Authorization: `Basic ${login}`, "Content-Type": "application/json" };
      const broken = await browser.send("POST", "/api/books/", { headers, body: "{" });
      assert.equal(broken.status, 400);
      const invalid = await send(browser, "POST", "/api/books/", { pages: "many" });
      assert.equal(invalid.status, 400);
      assert.deepEqual(Object.keys(JSON.parse(invalid.text) as object), ["title", "pages"]);
      const type = { ...headers, "Content-Type": "application/x-unknown" };
      const unknown = await browser.send("POST", "/api/books/", { headers: type, body: "?" });
      assert.equal(unknown.status, 415);
      const method = await send(browser, "DELETE", "/api/books/");
      assert.equal(method.status, 405);
      assert.match(method.headers.get("allow") ?? "", /GET, POST/);
    },
  );

  exercise("OPTIONS describes, HEAD has the fields of GET", async () => {
    const browser = served().browser();
    const options = await send(browser, "OPTIONS", "/api/books/");
    assert.match(options.text, /"max_length":100/);
    const [get, head] = [
      await browser.get("/api/books/"),
      await browser.send("HEAD", "/api/books/"),
    ];
    assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    assert.equal(head.headers.get("content-type"), get.headers.get("content-type"));
  });

  exercise("the browsable page for a browser", async () => {
    const page = await served().browser().get("/api/books/", { Accept: "text/html" });
    assert.match(page.headers.get("content-type") ?? "", /^text\/html/);
    assert.match(page.text, /<title>Book List/);
    const sheet = /href="(\/static\/rest_framework\/[^"]+\.css)"/.exec(page.text)?.[1] ?? "";
    assert.equal((await served().browser().get(sheet)).status, 200);
  });
});

function send(browser: Browser, method: string, path: string, value?: object): Promise<Page> {
  return browser.send(method, path, {
    headers: { Authorization: `Basic ${login}`, "Content-Type": "application/json" },
    ...(value === undefined ? {} : { body: JSON.stringify(value) }),
  });
}
