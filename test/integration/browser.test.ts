/**
 * What a person sees: the example page and Django's admin in a real browser, over HTTP/1.1, TLS and
 * HTTP/2. Screenshots are kept in `dist/artefacts/`. Skipped where there is no Chromium.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { certificateFolder, issue } from "../support/certificates.ts";
import { type Chromium, type Tab, startChromium } from "../support/chromium.ts";
import { projectRoot, startServer, testPython } from "../support/server.ts";

const started = await startChromium();
const skip = typeof started === "string" ? started : false;

const folder = certificateFolder();
const certificate = folder.pair("server", issue("localhost", { names: ["localhost"] }));
const waitFor = join(folder.path, "go");
after(async () => {
  if (typeof started !== "string") await started.close();
  folder.remove();
});

const TRANSPORTS = [
  { name: "http1", args: [], scheme: "http", protocol: "http/1.1" },
  { name: "tls", args: [...certificate, "--http2", "off"], scheme: "https", protocol: "http/1.1" },
  { name: "http2", args: certificate, scheme: "https", protocol: "h2" },
] as const;

/** Serves an application and shows it in a tab, which must have nothing to complain about. */
async function show(
  transport: (typeof TRANSPORTS)[number],
  args: readonly string[],
  use: (tab: Tab, origin: string) => Promise<void>,
): Promise<void> {
  const env = { WAIT_FOR: waitFor };
  const server = await startServer([...transport.args, ...args], { env });
  const tab = await (started as Chromium).tab();
  try {
    await use(tab, `${transport.scheme}://localhost:${server.port}`);
    const used = "performance.getEntriesByType('navigation')[0].nextHopProtocol";
    assert.equal(await tab.value(used), transport.protocol);
    // Django's pages name no icon, and so browsers look here.
    const complaints = tab.complaints.filter((text) => !text.includes("/favicon.ico"));
    assert.deepEqual(complaints, []);
  } finally {
    await tab.close();
    await server.stop();
  }
}

/** What a picture of an empty page has; a page with text has much more. */
const EMPTY_PICTURE_BYTES = 8_000;

/** The second half is made when the browser has shown the first one. */
async function followHalves(
  transport: (typeof TRANSPORTS)[number],
  args: readonly string[],
): Promise<void> {
  rmSync(waitFor, { force: true });
  const app = ["--chdir", "test/apps/process", "half_page"];
  await show(transport, [...args, ...app], async (tab, origin) => {
    await tab.begin(`${origin}/`);
    await tab.until("document.querySelector('#one') !== null");
    const state = "[document.readyState, document.querySelector('#two')].join()";
    assert.equal(await tab.value(state), "loading,");
    writeFileSync(waitFor, "");
    await tab.until("document.querySelector('#two') !== null");
    await tab.until("document.readyState === 'complete'");
    const sizes = "performance.getEntriesByType('navigation')[0]";
    const isCompressed = await tab.value(`${sizes}.encodedBodySize !== ${sizes}.decodedBodySize`);
    assert.equal(isCompressed, args.includes("--compress"));
  });
}

const SMALL = "äöü\n";
const LARGE: Buffer = Buffer.alloc(5 * 1024 * 1024, "0123456789abcdef\n");
const files = [folder.write("größe.txt", SMALL), join(folder.path, "large.bin")];
writeFileSync(files[1] ?? "", LARGE);

for (const transport of TRANSPORTS) {
  test(
    `Chromium shows the example page, posts its form and uploads files: ${transport.name}`,
    { skip },
    async () => {
      await show(transport, ["examples/welcome/app.py"], async (tab, origin) => {
        await tab.open(`${origin}/`);
        assert.equal(
          await tab.value("document.querySelector('h1').textContent"),
          "Wizgy is running",
        );
        const ink = await tab.value("getComputedStyle(document.querySelector('nav')).display");
        assert.equal(ink, "flex", "its style is used");
        const picture = await tab.picture(`welcome-${transport.name}`);
        assert.ok(picture.length > EMPTY_PICTURE_BYTES);

        await tab.click("nav a[href='/form']", "A form");
        await tab.picture(`welcome-form-${transport.name}`);
        await tab.click("button", "Posted");
        const posted = String(await tab.value("document.querySelector('table').innerText"));
        assert.match(posted, /Zoë/);
        assert.match(posted, /Crème brûlée & ☕/);
        await tab.picture(`welcome-posted-${transport.name}`);

        await tab.click("nav a[href='/upload']", "An upload");
        await tab.choose("input[type=file]", files);
        await tab.click("button", "Counted");
        const counted = String(await tab.value("document.querySelector('table').innerText"));
        assert.match(counted, /größe\.txt\s+7 bytes/);
        assert.match(counted, /large\.bin\s+5,242,880 bytes/);
        for (const content of [SMALL, LARGE]) {
          const sum = createHash("sha256").update(content).digest("hex");
          assert.ok(counted.includes(sum), counted);
        }
        await tab.picture(`welcome-upload-${transport.name}`);
      });
    },
  );

  test(
    `Chromium shows the first half of a page before the second is made: ${transport.name}`,
    { skip },
    async () => {
      await followHalves(transport, []);
    },
  );

  test(
    `Chromium shows the first half of a compressed page before the second is made: ${transport.name}`,
    { skip },
    async () => {
      await followHalves(transport, ["--compress"]);
    },
  );

  test(
    `Chromium logs in to Django's admin, which has its styles with nothing configured: ${transport.name}`,
    { skip },
    async () => {
      await show(transport, adminArgs(), async (tab, origin) => {
        await tab.open(`${origin}/admin/`);
        await assertStyled(tab);
        await tab.picture(`django-login-${transport.name}`);
        await tab.value("document.querySelector('#id_username').value = 'admin'");
        await tab.value(
          `document.querySelector('#id_password').value = ${JSON.stringify(PASSWORD)}`,
        );
        await tab.click("input[type=submit]", "Site administration");
        await assertStyled(tab);
        const picture = await tab.picture(`django-admin-${transport.name}`);
        assert.ok(picture.length > EMPTY_PICTURE_BYTES);
      });
    },
  );
}

test("Chromium follows the example's stream to its end", { skip }, async () => {
  await show(TRANSPORTS[2], ["examples/welcome/app.py"], async (tab, origin) => {
    await tab.open(`${origin}/stream`);
    assert.equal(await tab.value("document.querySelectorAll('li').length"), 12);
    await tab.picture("welcome-stream");
  });
});

test(
  "the example page is as wide as a phone, and dark where that is wanted",
  { skip },
  async () => {
    await show(TRANSPORTS[0], ["examples/welcome/app.py"], async (tab, origin) => {
      await tab.send("Emulation.setDeviceMetricsOverride", {
        ...{ width: 390, height: 844, deviceScaleFactor: 2, mobile: true },
      });
      const features = [{ name: "prefers-color-scheme", value: "dark" }];
      await tab.send("Emulation.setEmulatedMedia", { features });
      await tab.open(`${origin}/`);
      const width = "document.documentElement.scrollWidth";
      assert.equal(await tab.value(width), 390, "nothing is wider than the screen");
      const paper = "getComputedStyle(document.body).backgroundColor";
      assert.equal(await tab.value(paper), "rgb(17, 23, 29)");
      await tab.picture("welcome-phone-dark");
    });
  },
);

async function assertStyled(tab: Tab): Promise<void> {
  // --header-bg of Django's base.css (--secondary): #417690.
  const color = "getComputedStyle(document.querySelector('#header')).backgroundColor";
  assert.equal(await tab.value(color), "rgb(65, 118, 144)");
  const empty = "[...document.styleSheets].filter((sheet) => sheet.cssRules.length === 0).length";
  assert.equal(await tab.value(empty), 0);
}

const PASSWORD = "a pässword that nobody else has";
let project: string[] = [];

/** The example with a database of its own, made once. */
function adminArgs(): string[] {
  if (project.length > 0) return project;
  const database = JSON.stringify(join(folder.path, "db.sqlite3"));
  const lines = ["from settings import *", `DATABASES["default"]["NAME"] = ${database}`];
  folder.write("browser_settings.py", lines.join("\n"));
  const env = {
    ...process.env,
    PYTHONPATH: folder.path,
    DJANGO_SETTINGS_MODULE: "browser_settings",
    DJANGO_SUPERUSER_PASSWORD: PASSWORD,
  };
  for (const command of [
    ["migrate"],
    ["createsuperuser", "--noinput", "--username", "admin", "--email", "admin@example.com"],
  ]) {
    const done = spawnSync(testPython, ["manage.py", ...command], {
      cwd: join(projectRoot, "examples", "django"),
      env,
      encoding: "utf8",
    });
    assert.equal(done.status, 0, done.stdout + done.stderr);
  }
  const python = ["examples/django", folder.path].join();
  const settings = "DJANGO_SETTINGS_MODULE=browser_settings";
  project = ["--pythonpath", python, "--env", settings, "examples/django/app.py"];
  return project;
}
