/** Werkzeug's debugger: the interactive page, its resources, the PIN, and code run in a frame. */
import assert from "node:assert/strict";
import { describe } from "node:test";

import type { Browser } from "./browser.ts";
import { type Subject, exercises } from "./record.ts";
import { serve } from "./served.ts";

const application: Subject = {
  kind: "application",
  name: "Werkzeug's debugger",
  packageName: "werkzeug",
};

/** Set for the application by WERKZEUG_DEBUG_PIN. */
const pin = "123-456-789";

describe(application.name, () => {
  const exercise = exercises(application);
  const served = serve({
    args: ["test/apps/frameworks/debugger_app.py"],
    env: { WERKZEUG_DEBUG_PIN: pin },
  });

  exercise("the page of an exception is interactive and asks for the PIN", async () => {
    const page = await served().browser().get("/?name=nö");
    assert.equal(page.status, 500);
    assert.match(page.text, /ZeroDivisionError[^]*name = .nö/);
    assert.match(page.text, /EVALEX = true,\s+EVALEX_TRUSTED = false/);
  });

  exercise("its script, style and picture load", async () => {
    const browser = served().browser();
    const types = { "debugger.js": "javascript", "style.css": "css", "console.png": "image/png" };
    for (const [name, type] of Object.entries(types)) {
      const file = await browser.get(`/?__debugger__=yes&cmd=resource&f=${name}`);
      assert.equal(file.status, 200);
      assert.match(file.headers.get("content-type") ?? "", new RegExp(type));
      assert.ok(file.bytes.length > 100, name);
    }
  });

  exercise(
    "the PIN is printed to the log, a right one sets the cookie, and then code runs in a frame",
    async () => {
      const browser = served().browser();
      const { secret, frame } = await trouble(browser);
      const command = (rest: string): string => `/?__debugger__=yes&s=${secret}&${rest}`;
      assert.equal((await browser.get(command("cmd=printpin"))).status, 200);
      await served().server.waitForLog(/Debugger pin code: 123-456-789/);

      const evaluated = command(`cmd=name.upper()&frm=${frame}`);
      assert.doesNotMatch((await browser.get(evaluated)).text, /Zoë|ZOË/);

      const wrong = await browser.get(command("cmd=pinauth&pin=000-000-000"));
      assert.deepEqual(JSON.parse(wrong.text), { auth: false, exhausted: false });
      const right = await browser.get(command(`cmd=pinauth&pin=${pin}`));
      assert.deepEqual(JSON.parse(right.text), { auth: true, exhausted: false });
      assert.match(
        right.headers.getSetCookie().join(),
        /^__wzd\w+=\d+\|\w+; HttpOnly.*SameSite=Strict/,
      );
      assert.match((await browser.get(evaluated)).text, /ZOË/);
    },
  );

  exercise("the console at /console", async () => {
    const page = await served().browser().get("/console");
    assert.equal(page.status, 200);
    assert.match(page.text, /CONSOLE_MODE = true/);
  });

  exercise("an exception after the head has gone out is told to the log", async () => {
    const response = await served().browser().open("GET", "/late");
    assert.match(await response.text(), /^first\n/);
    await served().server.waitForLog(/exception in streamed response[^]*ZeroDivisionError/);
  });
});

/** Makes the application fail and reads from the page what its script would. */
async function trouble(browser: Browser): Promise<{ secret: string; frame: string }> {
  const page = await browser.get("/?name=Zoë");
  const secret = /SECRET = "([^"]+)"/.exec(page.text)?.[1] ?? "";
  const frame = [...page.text.matchAll(/id="frame-(\d+)"/g)].at(-1)?.[1] ?? "";
  return { secret, frame };
}
