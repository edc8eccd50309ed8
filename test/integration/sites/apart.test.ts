/** What happens to one site is no concern of the others: faults, reloads, queues, logs. */
import assert from "node:assert/strict";
import { readFileSync, unlinkSync } from "node:fs";
import { test } from "node:test";

import { RawClient } from "../../support/raw-client.ts";
import { until } from "../../support/server-processes.ts";
import { type SiteServer, withSites } from "../../support/site-server.ts";

const BOUND_MS = 60_000;

/** `report` under two names, and `other` beside them. */
const SITES = `
access-logfile = "access.log"

[[site]]
name = "good"
app = "report:app"
hosts = "good.example"

[[site]]
name = "other"
app = "other:app"
hosts = "other.example"
queue-size = 1
request-queue-timeout = 30
`;

const VERSION_1 =
  'from report import app as report\nimport os\nos.environ["WHO"] = "1"\napp = report\n';
const VERSION_2 = VERSION_1.replace('"1"', '"2"');
const BROKEN = 'raise RuntimeError("no database")\n';

async function pidOf({ report }: SiteServer, host: string): Promise<number> {
  return Number((await report(host, "/")).get("pid"));
}

test("a site that can't be loaded gets 503, the others are served, and it comes up by itself when it can", async () => {
  await withSites({ "wizgy.toml": SITES, "other.py": BROKEN }, async (sites) => {
    const { server, get, report, write } = sites;
    assert.match(
      server.stderr(),
      /\[ERROR\] site other: Not served, and tried again: other:app can't be served/,
    );
    assert.match(server.stderr(), /RuntimeError: no database/);
    assert.match(server.stderr(), /^ {2}site {4}other: other:app \(not loaded/m);
    const down = await get("other.example", "/");
    assert.equal(down.status, 503);
    assert.match(down.head, /\r\nRetry-After: \d+\r\n/);
    assert.doesNotMatch(down.text, /database/, "a client does not see why");
    const pid = await pidOf(sites, "good.example");
    await server.waitForLog(/site other: The reload failed/);
    write("other.py", VERSION_1);
    await until(BOUND_MS, async () => {
      const { status } = await get("other.example", "/");
      return status === 200 ? null : `status ${status}`;
    });
    assert.equal((await report("other.example", "/")).get("WHO"), "1");
    assert.equal(await pidOf(sites, "good.example"), pid, "nothing happened to the other one");
  });
});

/** Is loaded when the file is there. */
const SLOW = `
import os, time

while not os.path.exists("ready"):
    time.sleep(0.02)
from report import app
`;

test("a site that takes long to load has its requests wait, and keeps nobody else from being served", async () => {
  await withSites({ "wizgy.toml": SITES, "other.py": SLOW }, async (sites) => {
    const { server, get, report, write } = sites;
    assert.match(server.stderr(), /^ {2}site {4}other: other:app \(still booting/m);
    assert.equal((await report("good.example", "/")).get("PATH_INFO"), "/");
    const waiting = get("other.example", "/x");
    await report("good.example", "/");
    write("ready", "");
    assert.equal((await waiting).status, 200);
    await server.waitForLog(/\[INFO\] site other: Its workers are ready now\./);
    assert.equal((await report("other.example", "/y")).get("PATH_INFO"), "/y");
  });
});

test("a site that turns out to be broken late gets 503 from then on", async () => {
  const late = SLOW.replace("from report import app", 'raise RuntimeError("too late")');
  await withSites({ "wizgy.toml": SITES, "other.py": late }, async ({ server, get, write }) => {
    write("ready", "");
    await server.waitForLog(/site other: Not served, and tried again: [^]*RuntimeError: too late/);
    assert.equal((await get("other.example", "/")).status, 503);
    assert.equal((await get("good.example", "/")).status, 200);
  });
});

test("when no site can be loaded the server ends, and says why", async () => {
  const broken = SITES.replace("report:app", "other:app");
  await assert.rejects(
    withSites({ "wizgy.toml": broken, "other.py": BROKEN }, async () => {}),
    /RuntimeError: no database[^]*wizgy: other:app can't be served/,
  );
});

test("a reload renews each site whose code is good, and a broken one keeps its old workers", async () => {
  await withSites({ "wizgy.toml": SITES, "other.py": VERSION_1 }, async (sites) => {
    const { wizgy, report, write } = sites;
    const [good, other] = [await pidOf(sites, "good.example"), await pidOf(sites, "other.example")];

    write("other.py", BROKEN);
    const failed = await wizgy(["reload"]);
    assert.equal(failed.code, 1, failed.stdout);
    assert.match(
      failed.stderr,
      /^good: Reloaded in |\ngood: Reloaded in |wizgy: good: Reloaded in /,
    );
    assert.match(failed.stderr, /other: The reload failed, and the workers that are there go on:/);
    assert.match(failed.stderr, /RuntimeError: no database/);
    assert.notEqual(await pidOf(sites, "good.example"), good);
    assert.equal(await pidOf(sites, "other.example"), other);

    write("other.py", VERSION_2);
    const renewed = await pidOf(sites, "good.example");
    const one = await wizgy(["reload", "other"]);
    assert.equal(one.code, 0, one.stderr);
    assert.match(one.stdout, /^Reloaded in [\d.]+ s: 1 new worker serves\.\n$/);
    assert.equal((await report("other.example", "/")).get("WHO"), "2");
    assert.equal(await pidOf(sites, "good.example"), renewed);

    const unknown = await wizgy(["reload", "nobody"]);
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /There is no site nobody\. There are good, other\./);

    process.kill(sites.server.pid, "SIGHUP");
    await until(BOUND_MS, async () => {
      const now = [await pidOf(sites, "good.example"), await pidOf(sites, "other.example")];
      return now[0] === renewed ? "the old workers of good are there" : null;
    });
  });
});

test("a reload takes new settings of a site, and says which ones need a restart", async () => {
  await withSites({ "wizgy.toml": SITES, "other.py": VERSION_1 }, async (sites) => {
    const { wizgy, report, write, server, get } = sites;
    const changed = SITES.replace('app = "report:app"', 'app = "report:app"\nthreads = 3');
    write("wizgy.toml", changed);
    const done = await wizgy(["reload"]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal((await report("good.example", "/")).get("wsgi.multithread"), "True");

    const moved = changed
      .replace("other.example", "moved.example")
      .replace("[[site]]", "backlog = 7\n[[site]]")
      .concat('[[site]]\napp = "report:app"\nname = "third"\nhosts = "third.example"\n');
    write("wizgy.toml", moved);
    const refused = await wizgy(["reload"]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /other: The reload failed[^]*its hosts or its mount have changed, which needs a restart/,
    );
    await server.waitForLog(/The site third is new: that needs a restart of the server/);
    await server.waitForLog(/The setting backlog has changed: that needs a restart/);
    assert.equal((await get("other.example", "/")).status, 200);

    write("wizgy.toml", "[[site]\n");
    const malformed = await wizgy(["reload", "--config", "off"]);
    assert.equal(malformed.code, 1);
    assert.match(malformed.stderr, /The reload failed/);
    assert.equal((await get("good.example", "/")).status, 200);
  });
});

/** Answers when the file is there. */
const WAITING = `
import os, time

def app(environ, start_response):
    while not os.path.exists("go"):
        time.sleep(0.02)
    start_response("200 OK", [])
    return [b"done"]
`;

test("the queue of one site is full for its own requests only", async () => {
  await withSites({ "wizgy.toml": SITES, "other.py": WAITING }, async ({ server, get, write }) => {
    const clients: RawClient[] = [];
    const ask = async (): Promise<RawClient> => {
      const client = await RawClient.open(server.port);
      clients.push(client);
      client.send("GET / HTTP/1.1\r\nHost: other.example\r\n\r\n");
      return client;
    };
    try {
      // What the worker has, what it was given ahead, what waits: one of so many finds no room.
      const statuses = Array.from(
        { length: 12 },
        async () => (await (await ask()).answer()).status,
      );
      const refused = await Promise.any(
        statuses.map(async (status) => {
          assert.equal(await status, 503);
        }),
      );
      assert.equal(refused, undefined);
      assert.equal((await get("good.example", "/")).status, 200);
      write("go", "");
      const all = await Promise.all(statuses);
      assert.ok(all.includes(200) && all.includes(503), all.join());
    } finally {
      for (const client of clients) client.destroy();
    }
  });
});

/** A worker that serves until it is told to die, and so does each one that follows, at once. */
const DYING = `
import os, threading, time

def watch():
    while not os.path.exists("die"):
        time.sleep(0.02)
    os._exit(9)

threading.Thread(target=watch, daemon=True).start()

def app(environ, start_response):
    start_response("200 OK", [])
    return [b"alive"]
`;

test("workers that die again and again are those of their own site; it is served again when they stay", async () => {
  const files = { "wizgy.toml": SITES, "other.py": DYING };
  await withSites(files, async (sites) => {
    const { server, get, write, folder } = sites;
    const pid = await pidOf(sites, "good.example");
    assert.equal((await get("other.example", "/")).text, "alive");
    write("die", "");
    await server.waitForLog(
      /site other: worker \d+ [^]*site other: worker \d+ [^]*site other: worker \d+ /,
    );
    for (let count = 0; count < 20; count++) {
      assert.equal(await pidOf(sites, "good.example"), pid);
    }
    // Its own requests wait in its own queue until a worker stays.
    unlinkSync(`${folder.path}/die`);
    await until(BOUND_MS, async () => {
      const { status } = await get("other.example", "/");
      return status === 200 ? null : `status ${status}`;
    });
  });
});

test("the access log names the host of each request, also of one that is for no site", async () => {
  let path = "";
  let text = "";
  const files = { "wizgy.toml": SITES, "other.py": VERSION_1 };
  await withSites(files, async ({ get, folder }) => {
    path = `${folder.path}/access.log`;
    for (const host of ["good.example", "OTHER.example:99", "nobody.example"])
      await get(host, "/x");
    await until(BOUND_MS, () => {
      text = readFileSync(path, "latin1");
      return text.split("\n").length > 3 ? null : "lines are missing";
    });
  });
  const heads = text
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/\[.*?\]/, "[]"));
  assert.deepEqual(
    heads.map((line) =>
      line
        .split('"')
        .slice(0, 3)
        .join('"')
        .replace(/ \d+ $/, ""),
    ),
    [
      'good.example 127.0.0.1 - - [] "GET /x HTTP/1.1" 200',
      'other.example 127.0.0.1 - - [] "GET /x HTTP/1.1" 200',
      'nobody.example 127.0.0.1 - - [] "GET /x HTTP/1.1" 421',
    ],
  );
});

test("--check-config loads every site, and says which one can't be", async () => {
  await withSites({ "wizgy.toml": SITES, "other.py": VERSION_1 }, async ({ wizgy, write }) => {
    const fine = await wizgy(["--check-config"]);
    assert.equal(fine.code, 0, fine.stderr);
    assert.equal(fine.stdout, "The settings are fine and report:app, other:app can be loaded.\n");
    write("other.py", BROKEN);
    const broken = await wizgy(["--check-config"]);
    assert.equal(broken.code, 4);
    assert.match(broken.stderr, /other:app can't be served/);
    write("wizgy.toml", SITES.replace('app = "other:app"', 'app = "other:app"\nchdir = "nowhere"'));
    const lost = await wizgy(["--check-config"]);
    assert.equal(lost.code, 1);
    assert.match(
      lost.stderr,
      /wizgy\.toml:9: site other: --chdir nowhere: there is no such folder\./,
    );
  });
});
