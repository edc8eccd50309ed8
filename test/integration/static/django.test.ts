/** The static files of a real Django project, found by its settings: nothing is configured here. */
import assert from "node:assert/strict";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { type RunningServer, withServer } from "../../support/server.ts";

const folder: string = realpathSync(mkdtempSync(join(tmpdir(), "wizgy-django-")));
after(() => rmSync(folder, { recursive: true, force: true }));

const EXAMPLE = "examples/django/app.py";

/** The example with other settings: a module beside it, and its own folder of collected files. */
function project(name: string, lines: readonly string[]): string[] {
  writeFileSync(
    join(folder, `${name}_settings.py`),
    ["from settings import *", ...lines].join("\n"),
  );
  const python = ["examples/django", folder].join();
  return ["--pythonpath", python, "--env", `DJANGO_SETTINGS_MODULE=${name}_settings`, EXAMPLE];
}

/** What the page names as its style sheets, and how they come. */
async function styles(server: RunningServer, page: string): Promise<Response[]> {
  const text = await (await fetch(server.origin + page)).text();
  const links = [...text.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)];
  assert.notEqual(links.length, 0, text);
  return Promise.all(links.map(([, href = ""]) => fetch(server.origin + href)));
}

test("with DEBUG the admin and the pages have their styles, and the log says where from and how to switch it off", async () => {
  await withServer([EXAMPLE], async (server) => {
    for (const page of ["/admin/", "/"]) {
      for (const style of await styles(server, page)) {
        assert.equal(style.status, 200, style.url);
        assert.equal(style.headers.get("content-type"), "text/css; charset=utf-8");
        // Django's own would have none.
        assert.match(style.headers.get("etag") ?? "", /^(?:W\/)?"[0-9a-f]+-[0-9a-f]+"$/);
        assert.match(await style.text(), /\{/);
      }
    }
    const missing = await fetch(`${server.origin}/static/admin/css/none.css`);
    assert.deepEqual([missing.status, await missing.text()], [404, "404 Not Found\n"]);
    const said = await server.waitForLog(/Django's static files: .*/);
    assert.match(said, /: \/static\/ from 2 folders \(DEBUG is on\)\. --no-django-static leaves/);
  });
});

test("--no-django-static: the paths are the application's, and the log is silent", async () => {
  await withServer([EXAMPLE, "--no-django-static"], async (server) => {
    const style = await fetch(`${server.origin}/static/admin/css/base.css`);
    assert.equal(style.status, 404);
    assert.doesNotMatch(await style.text(), /^404 Not Found\n$/);
    assert.doesNotMatch(server.stderr(), /static files/);
  });
});

test("--static with Django's prefix counts instead of what its settings say", async () => {
  writeFileSync(join(folder, "own.css"), "own");
  await withServer([EXAMPLE, "--static", `/static=${folder}`], async (server) => {
    assert.equal(await (await fetch(`${server.origin}/static/own.css`)).text(), "own");
    assert.equal((await fetch(`${server.origin}/static/admin/css/base.css`)).status, 404);
    await server.waitForLog(/--static has the same prefix and is what counts/);
  });
});

test("without DEBUG files come from STATIC_ROOT, and collected names with a hash are kept for ever", async () => {
  const root = join(folder, "collected");
  const lines = [
    "DEBUG = False",
    `STATIC_ROOT = ${JSON.stringify(root)}`,
    "STORAGES = {'default': {'BACKEND': 'django.core.files.storage.FileSystemStorage'}, 'staticfiles': " +
      "{'BACKEND': 'django.contrib.staticfiles.storage.ManifestStaticFilesStorage'}}",
  ];
  const args = project("collected", lines);
  writeFileSync(
    join(folder, "collecting.py"),
    [
      "from django.core.wsgi import get_wsgi_application",
      "application = get_wsgi_application()",
      "from django.core.management import call_command",
      "call_command('collectstatic', interactive=False, verbosity=0)",
    ].join("\n"),
  );
  await withServer([...args.slice(0, -1), "collecting:application"], async (server) => {
    await server.waitForLog(/Django's static files: \/static\/ from .*collected \(STATIC_ROOT\)/);
    for (const page of ["/admin/", "/"]) {
      for (const style of await styles(server, page)) {
        assert.equal(style.status, 200, style.url);
        assert.match(style.url, /\.[0-9a-f]{12}\.css$/);
        assert.match(style.headers.get("cache-control") ?? "", /immutable/);
      }
    }
  });
});

test("without DEBUG and without collected files the log says what to do", async () => {
  const lines = ["DEBUG = False", `STATIC_ROOT = ${JSON.stringify(join(folder, "none"))}`];
  await withServer(project("uncollected", lines), async (server) => {
    await server.waitForLog(/are not sent: there is no STATIC_ROOT .*none; run collectstatic\./);
    assert.equal((await fetch(`${server.origin}/static/site.css`)).status, 404);
  });
});

test("a STATIC_ROOT in which the settings lie is not sent", async () => {
  const lines = ["DEBUG = False", `STATIC_ROOT = ${JSON.stringify(folder)}`];
  await withServer(project("careless", lines), async (server) => {
    await server.waitForLog(/are not sent: the settings themselves lie in/);
    assert.equal((await fetch(`${server.origin}/static/careless_settings.py`)).status, 404);
  });
});

test("a reload asks the settings anew", async () => {
  writeFileSync(join(folder, "where.txt"), "/static/");
  const lines = [`STATIC_URL = open(${JSON.stringify(join(folder, "where.txt"))}).read()`];
  await withServer(project("moving", lines), async (server) => {
    const status = async (path: string): Promise<number> =>
      (await fetch(server.origin + path)).status;
    assert.equal(await status("/static/site.css"), 200);
    writeFileSync(join(folder, "where.txt"), "/assets/");
    process.kill(server.pid, "SIGHUP");
    await server.waitForLog(/Django's static files: \/assets\/ from/);
    await server.waitForLog(/Reloaded in/);
    assert.equal(await status("/assets/site.css"), 200);
    assert.equal(await status("/static/site.css"), 404);
    assert.match(await (await fetch(`${server.origin}/`)).text(), /href="\/assets\/site\.css"/);
  });
});

test("what is no Django project hears nothing of all this", async () => {
  await withServer(["examples/callable/app.py"], async (server) => {
    assert.doesNotMatch(server.stderr(), /static files/);
  });
});
