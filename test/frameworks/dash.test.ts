/** A Dash application, spoken to as its script in the browser does. */
import assert from "node:assert/strict";
import { describe } from "node:test";

import type { Page } from "./browser.ts";
import { type Subject, exercises } from "./record.ts";
import { type Served, serve } from "./served.ts";

const application: Subject = { kind: "application", name: "Dash", packageName: "dash" };

describe(application.name, () => {
  const exercise = exercises(application);
  // One thread in each: Dash completes its list of scripts during a process's first request, and a
  // second thread that asks for one meanwhile is told that there is no such script.
  const served = serve({ args: ["test/apps/frameworks/dash_app.py:server", "--workers", "2"] });

  exercise("the page, and each of its scripts whole", async () => {
    const browser = served().browser();
    const page = await browser.get("/");
    assert.match(page.text, /<title>Größen<\/title>/);
    const scripts = [...page.text.matchAll(/<script src="([^"]+)"/g)].map(([, path = ""]) => path);
    assert.ok(scripts.length > 5, `${scripts.length} scripts`);
    await Promise.all(
      scripts.map(async (path) => {
        const script = await browser.get(path);
        assert.equal(script.status, 200, path);
        assert.match(script.headers.get("content-type") ?? "", /javascript/);
        assert.equal(script.headers.get("cache-control"), "max-age=31536000");
        assert.ok(script.bytes.length > 500, path);
      }),
    );
  });

  exercise("its layout and what depends on what", async () => {
    const browser = served().browser();
    assert.match((await browser.get("/_dash-layout")).text, /"id":"greeting"/);
    const dependencies = JSON.parse((await browser.get("/_dash-dependencies")).text) as object[];
    assert.equal(dependencies.length, 2);
  });

  exercise("many callbacks at once, each with its own answer", async () => {
    const names = Array.from({ length: 40 }, (_, number) => `Zoë ${number}`);
    const pages = await Promise.all(names.map((name) => greet(served(), name)));
    for (const [at, page] of pages.entries()) {
      assert.equal(page.status, 200);
      const { response } = JSON.parse(page.text) as {
        response: { greeting: { children: string } };
      };
      assert.equal(response.greeting.children, `Hello, Zoë ${at}`);
    }
  });

  exercise("a callback that hands out a file", async () => {
    const page = await callback(served(), "file.data", {
      id: "save",
      property: "n_clicks",
      value: 1,
    });
    const { response } = JSON.parse(page.text) as {
      response: { file: { data: { content: string; filename: string } } };
    };
    assert.equal(response.file.data.filename, "größe.bin");
    assert.equal(Buffer.from(response.file.data.content, "base64").length, 256_000);
  });

  exercise("a callback that fails is a 500, and its traceback is in the log", async () => {
    assert.equal((await greet(served(), "")).status, 500);
    await served().server.waitForLog(/Traceback[^]*ValueError: no name, on purpose/);
    assert.equal((await greet(served(), "again")).status, 200);
  });
});

function greet(served: Served, value: string): Promise<Page> {
  return callback(served, "greeting.children", { id: "name", property: "value", value });
}

interface Input {
  readonly id: string;
  readonly property: string;
  readonly value: unknown;
}

function callback(served: Served, output: string, input: Input): Promise<Page> {
  const [id, property] = output.split(".");
  return served.browser().send("POST", "/_dash-update-component", {
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      output,
      outputs: { id, property },
      inputs: [input],
      changedPropIds: [`${input.id}.${input.property}`],
    }),
  });
}
