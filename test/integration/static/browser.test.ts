/** The page that lists a folder, in a real browser. Skipped where there is none. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { startChromium } from "../../support/chromium.ts";
import { type RunningServer, startServer } from "../../support/server.ts";
import { Www } from "./www.ts";

const started = await startChromium();
const skip = typeof started === "string" ? started : false;

const www = new Www();
let server: RunningServer;
before(async () => {
  server = await startServer([
    ...["--static", `/www=${www.files}`, "--static-listing"],
    "examples/django/app.py",
  ]);
});
after(async () => {
  if (typeof started !== "string") await started.close();
  await server.stop();
  www.remove();
});

test("Chromium reads a listing, whose style its own policy allows", { skip }, async () => {
  if (typeof started === "string") return;
  const tab = await started.tab();
  await tab.open(`${server.origin}/www/bare/`);
  const link = "document.querySelector('a[href=\"one.txt\"]').textContent";
  assert.equal(await tab.value(link), "one.txt");
  assert.equal(
    await tab.value("[...document.styleSheets].every((sheet) => sheet.cssRules.length > 0)"),
    true,
  );
  assert.deepEqual(
    tab.complaints.filter((text) => !text.includes("/favicon.ico")),
    [],
  );
  await tab.picture("listing");
});
