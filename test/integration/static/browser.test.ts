/**
 * Static files in a real browser: a headless Chromium of the system. Skipped where there is none.
 * The screenshot of the admin is kept in `dist/artefacts/`.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { type RunningServer, projectRoot, startServer } from "../../support/server.ts";
import { Www } from "./www.ts";

const browser = ["chromium", "chromium-browser", "google-chrome"].find(
  (name) => spawnSync(name, ["--version"]).status === 0,
);
const skip = browser === undefined ? "there is no Chromium" : false;

/** Far more than a page takes. */
const BOUND_MS = 50_000;

const www = new Www();
let server: RunningServer;

/** Looks at another page, and writes what it sees into its own. */
const PROBE = `<!doctype html><iframe src="/admin/" width="800" height="600"></iframe><output></output><script>
addEventListener("load", () => {
  const view = document.querySelector("iframe").contentWindow;
  const header = view.document.querySelector("#header");
  const sheets = [...view.document.styleSheets].map((sheet) => sheet.cssRules.length);
  document.querySelector("output").textContent =
    "seen " + view.getComputedStyle(header).backgroundColor + " sheets " + sheets.join();
});
</script>`;

before(async () => {
  if (skip !== false) return;
  www.write("probe.html", PROBE);
  server = await startServer([
    ...["--access-logfile", "-", "--static", `/www=${www.files}`, "--static-listing"],
    "examples/django/app.py",
  ]);
});
after(async () => {
  await server?.stop();
  www.remove();
});

/** @returns what it writes to its standard output. */
function browse(...args: string[]): Promise<string> {
  const common = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
  const quiet = ["--disable-breakpad", "--no-first-run", "--virtual-time-budget=10000"];
  const folder = `--user-data-dir=${join(www.root, "profile")}`;
  return new Promise((resolve, reject) => {
    const child = spawn(browser ?? "", [...common, ...quiet, folder, ...args], {
      stdio: ["ignore", "pipe", "ignore"],
      timeout: BOUND_MS,
      killSignal: "SIGKILL",
    });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
    child.on("error", reject);
    child.on("close", () => resolve(output));
  });
}

test("Chromium shows the Django admin with its styles", { skip }, async () => {
  const html = await browse("--dump-dom", `${server.origin}/www/probe.html`);
  const [, color, sheets = ""] = /<output>seen (.+?) sheets ([\d,]+)<\/output>/.exec(html) ?? [];
  // --header-bg of Django's base.css (--secondary): #417690.
  assert.equal(color, "rgb(65, 118, 144)", html);
  assert.ok(sheets.split(",").length >= 3, sheets);
  for (const rules of sheets.split(",")) assert.notEqual(rules, "0");

  mkdirSync(join(projectRoot, "dist", "artefacts"), { recursive: true });
  const picture = join(projectRoot, "dist", "artefacts", "django-admin.png");
  await browse(`--screenshot=${picture}`, "--window-size=900,700", `${server.origin}/admin/`);
  assert.ok(statSync(picture).size > 5_000);
});

test("Chromium reads a listing, whose style its own policy allows", { skip }, async () => {
  const html = await browse("--dump-dom", `${server.origin}/www/bare/`);
  assert.match(html, /<a href="one\.txt">one\.txt<\/a>/);
});
