/** Django's admin as a person uses it: log in, add, search, change, delete; its style sheets arrive. */
import assert from "node:assert/strict";
import { describe } from "node:test";

import { type Browser, hiddenField } from "./browser.ts";
import { library, user } from "./library.ts";
import { type Subject, exercises } from "./record.ts";
import { type Served, serve } from "./served.ts";

const application: Subject = { kind: "application", name: "Django's admin", packageName: "django" };

describe(application.name, () => {
  const exercise = exercises(application);
  const served = serve(library());

  exercise("a visitor is sent to the login page, and a wrong password is refused", async () => {
    const browser = served().browser();
    const sent = await browser.get("/admin/");
    assert.deepEqual(
      [sent.status, sent.headers.get("location")],
      [302, "/admin/login/?next=/admin/"],
    );
    const page = await browser.follow(sent);
    const refused = await browser.post("/admin/login/?next=/admin/", {
      csrfmiddlewaretoken: hiddenField(page, "csrfmiddlewaretoken"),
      ...user,
      password: "wrong",
    });
    assert.equal(refused.status, 200);
    assert.match(refused.text, /Please enter the correct username and password/);
  });

  exercise("a form without its CSRF token is refused", async () => {
    const refused = await served().browser().post("/admin/login/", user);
    assert.equal(refused.status, 403);
    assert.match(refused.text, /CSRF/);
  });

  exercise(
    "log in, add an object with a file, find it, change it, delete it, log out",
    async () => {
      const browser = await loggedIn(served());
      const scan = Buffer.alloc(3_000_000, "scan\r\n");
      const form = await formOf(browser, "/admin/library/book/add/", {
        title: "Ärger <1>",
        pages: "7",
      });
      form.append("scan", new Blob([scan], { type: "application/pdf" }), "größe 1.pdf");
      const added = await browser.post("/admin/library/book/add/", form);
      assert.deepEqual(
        [added.status, added.headers.get("location")],
        [302, "/admin/library/book/"],
      );
      assert.match((await browser.follow(added)).text, /was added successfully[^]*Ärger &lt;1&gt;/);

      const found = await browser.get("/admin/library/book/?q=%C3%84rger");
      const change = /href="(\/admin\/library\/book\/\d+\/change\/)/.exec(found.text)?.[1] ?? "";
      const detail = await browser.get(change);
      const media = /href="(\/media\/scans\/[^"]+)"/.exec(detail.text)?.[1] ?? "";
      assert.match(decodeURI(media), /größe_1\.pdf$/);
      assert.deepEqual((await browser.get(media)).bytes, scan);

      const changed = await formOf(browser, change, { title: "Zorn", pages: "8" });
      assert.match(
        (await browser.follow(await browser.post(change, changed))).text,
        /Zorn[^]*changed/,
      );
      const removal = change.replace("change", "delete");
      const removed = await browser.post(removal, await formOf(browser, removal, { post: "yes" }));
      assert.match((await browser.follow(removed)).text, /was deleted successfully/);

      const out = await browser.post("/admin/logout/", {
        csrfmiddlewaretoken: hiddenField(await browser.get("/admin/"), "csrfmiddlewaretoken"),
      });
      assert.equal(out.status, 200);
      assert.equal((await browser.get("/admin/")).status, 302);
    },
  );

  exercise("a form that isn't valid comes back with its faults", async () => {
    const browser = await loggedIn(served());
    const form = await formOf(browser, "/admin/library/book/add/", { title: "", pages: "-1" });
    const page = await browser.post("/admin/library/book/add/", form);
    assert.equal(page.status, 200);
    assert.match(page.text, /This field is required[^]*greater than or equal to 0/);
  });

  exercise("its pages come compressed to those who ask", async () => {
    const browser = await loggedIn(served());
    const page = await browser.get("/admin/", { "Accept-Encoding": "gzip" });
    assert.equal(page.headers.get("content-encoding"), "gzip");
    assert.match(page.text, /Site administration/);
    assert.match(page.headers.get("vary") ?? "", /Accept-Encoding/);
  });

  exercise("every style sheet and script of a page arrives", async () => {
    await everyAssetArrives(served());
  });
});

describe("Django's admin in development", () => {
  const exercise = exercises(application);
  const served = serve(library(true));

  exercise("with DEBUG, its static files come from staticfiles' own handler", async () => {
    await everyAssetArrives(served());
    const missing = await served().browser().get("/static/admin/no-such.css");
    assert.equal(missing.status, 404);
  });

  exercise(
    "with DEBUG, a path that isn't there gets the page that lists the patterns",
    async () => {
      const page = await served().browser().get("/nö");
      assert.equal(page.status, 404);
      assert.match(page.text, /Using the URLconf[^]*admin\//);
    },
  );
});

async function loggedIn(served: Served): Promise<Browser> {
  const browser = served.browser();
  const page = await browser.get("/admin/login/?next=/admin/");
  const entered = await browser.post("/admin/login/?next=/admin/", {
    csrfmiddlewaretoken: hiddenField(page, "csrfmiddlewaretoken"),
    ...user,
  });
  assert.deepEqual([entered.status, entered.headers.get("location")], [302, "/admin/"]);
  assert.match((await browser.follow(entered)).text, /zoë[^]*Books/);
  return browser;
}

/** The fields for a page's form, with the page's own token: multipart, as the admin's forms are. */
async function formOf(
  browser: Browser,
  path: string,
  fields: Readonly<Record<string, string>>,
): Promise<FormData> {
  const form = new FormData();
  form.append("csrfmiddlewaretoken", hiddenField(await browser.get(path), "csrfmiddlewaretoken"));
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  return form;
}

async function everyAssetArrives(served: Served): Promise<void> {
  const browser = await loggedIn(served);
  const page = await browser.get("/admin/library/book/add/");
  const assets = [...page.text.matchAll(/(?:href|src)="(\/static\/[^"]+\.(?:css|js))"/g)];
  assert.ok(assets.length > 10, `${assets.length} assets`);
  await Promise.all(
    assets.map(async ([, path = ""]) => {
      const asset = await browser.get(path);
      assert.equal(asset.status, 200, path);
      assert.match(asset.headers.get("content-type") ?? "", /^text\/(css|javascript)/);
      assert.equal(Number(asset.headers.get("content-length") ?? asset.bytes.length) > 0, true);
    }),
  );
}
