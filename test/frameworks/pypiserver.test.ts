/** pypiserver, a package index: filled by an upload, and used by pip itself. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "node:test";
import { promisify } from "node:util";

import { projectRoot } from "../support/server.ts";
import { testPython } from "./python.ts";
import { type Subject, exercises } from "./record.ts";
import { type Served, serve } from "./served.ts";

const application: Subject = { kind: "application", name: "pypiserver", packageName: "pypiserver" };
const fileName = "greeting_from_wizgy-1.0-py3-none-any.whl";

describe(application.name, () => {
  const exercise = exercises(application);
  const served = serve({
    args: ["test/apps/frameworks/pypiserver_app.py", "--workers", "2"],
    prepare: (folder) => {
      const script = `${projectRoot}test/apps/frameworks/make_wheel.py`;
      execFileSync(testPython, [script, join(folder, "wheel.tmp")]);
    },
  });

  exercise("an upload without the password is asked for it", async () => {
    const refused = await upload(served(), "zoe:wrong");
    assert.equal(refused.status, 403);
    const asked = await upload(served(), null);
    assert.equal(asked.status, 401);
    assert.match(asked.headers.get("www-authenticate") ?? "", /^Basic realm=/);
  });

  exercise("an upload, once; a second one of the same file is a conflict", async () => {
    assert.equal((await upload(served(), "zoe:secret")).status, 200);
    assert.equal((await upload(served(), "zoe:secret")).status, 409);
    assert.deepEqual(readFileSync(join(served().folder, fileName)), wheel(served()));
  });

  exercise("the index: redirects to its canonical addresses, lists and hashes", async () => {
    const browser = served().browser();
    const list = await browser.follow(await browser.get("/simple"));
    assert.match(list.text, /<a href="greeting-from-wizgy\/">/);
    const project = await browser.follow(await browser.get("/simple/Greeting_from.Wizgy/"));
    assert.match(project.text, new RegExp(`href="/packages/${fileName}#\\w+=[0-9a-f]{32,}"`));
    assert.equal((await browser.get("/simple/no-such-project/")).status, 404);
    const about = JSON.parse((await browser.get("/greeting-from-wizgy/json")).text) as object;
    assert.ok("releases" in about);
  });

  exercise("the file, whole and a range of it", async () => {
    const browser = served().browser();
    const file = await browser.get(`/packages/${fileName}`);
    assert.deepEqual(file.bytes, wheel(served()));
    const part = await browser.get(`/packages/${fileName}`, { Range: "bytes=10-19" });
    assert.deepEqual([part.status, part.bytes], [206, wheel(served()).subarray(10, 20)]);
  });

  exercise("pip installs from it", async () => {
    const { server, folder } = served();
    const target = join(folder, "installed");
    await promisify(execFile)(testPython, [
      ...["-m", "pip", "--isolated", "--disable-pip-version-check", "--no-cache-dir", "install"],
      ...["--index-url", `${server.origin}/simple/`, "--no-deps", "--target", target],
      "greeting-from-wizgy==1.0",
    ]);
    const code = "import greeting_from_wizgy as it; print(it.word)";
    const env = { ...process.env, PYTHONPATH: target };
    const said = await promisify(execFile)(testPython, ["-c", code], { env });
    assert.equal(said.stdout.trim(), "hello");
  });

  exercise("a search by XML-RPC", async () => {
    const body =
      "<?xml version='1.0'?><methodCall><methodName>search</methodName>" +
      "<params><param><value><struct><member><name>name</name><value><string>greeting" +
      "</string></value></member></struct></value></param></params></methodCall>";
    const headers = { "Content-Type": "text/xml" };
    const found = await served().browser().send("POST", "/RPC2", { headers, body });
    assert.equal(found.status, 200);
    assert.match(found.text, /greeting[^]*1\.0/);
  });
});

function wheel(served: Served): Buffer {
  return readFileSync(join(served.folder, "wheel.tmp"));
}

/** Uploads as twine does. */
function upload(served: Served, login: string | null) {
  const form = new FormData();
  form.append(":action", "file_upload");
  form.append("content", new Blob([wheel(served)]), fileName);
  const headers: Record<string, string> =
    login === null ? {} : { Authorization: `Basic ${Buffer.from(login).toString("base64")}` };
  return served.browser().send("POST", "/", { headers, body: form });
}
