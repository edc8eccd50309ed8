/** Sites with users of their own. What needs root is skipped without it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { RawClient } from "../../support/raw-client.ts";
import { until } from "../../support/server-processes.ts";
import { type SiteServer, readReport, withSites } from "../../support/site-server.ts";
import { projectRoot } from "../../support/server.ts";

const BOUND_MS = 60_000;
/** Numbers that every system has, each with a name. */
const SERVER = 65534;
const ONE = 1;
const TWO = 2;

/** A Python that anybody may run; the test environment's may lie in a home. */
const openPython = [`${projectRoot}.venv/bin/python`, "/usr/bin/python3"].find(
  (path) =>
    spawnSync(path, ["-c", "import sys; sys.exit(sys.version_info < (3, 9))"], {
      cwd: "/",
      ...(process.getuid?.() === 0 ? { uid: ONE, gid: ONE } : {}),
    }).status === 0,
);

function whyNot(): string | false {
  if (process.getuid?.() !== 0) return "needs root";
  if (process.platform !== "linux") return "needs /proc";
  if (openPython === undefined) return "needs a Python that everybody may run";
  const source = `${projectRoot}python/wizgy_worker/worker.py`;
  const { status } = spawnSync("/bin/cat", [source], { cwd: "/", uid: ONE, gid: ONE });
  return status === 0 ? false : "needs a source tree that everybody may read";
}

const asRoot = { skip: whyNot() };
const python = ["--python", openPython ?? "python3"];

const SETTINGS = `
user = "${SERVER}"
group = "${SERVER}"
request-buffer = "4k"

[[site]]
name = "one"
app = "report:app"
hosts = "one.example"
chdir = "one"
pythonpath = [".."]
user = "${ONE}"
group = "${ONE}"

[[site]]
name = "two"
app = "report:app"
hosts = "two.example"
chdir = "two"
pythonpath = [".."]
user = "${TWO}"
group = "${TWO}"

[[site]]
name = "rest"
app = "report:app"
chdir = "rest"
pythonpath = [".."]
`;
const FILES = {
  "wizgy.toml": SETTINGS,
  "one/secret": "",
  "two/secret": "",
  "rest/secret": "",
};

/** Everybody may enter the folder of all, and only its user that of a site. */
function prepare(folder: string): void {
  chmodSync(folder, 0o1777);
  chmodSync(join(folder, "report.py"), 0o644);
  for (const [name, owner] of [
    ["one", ONE],
    ["two", TWO],
    ["rest", SERVER],
  ] as const) {
    chownSync(join(folder, name), owner, owner);
    chmodSync(join(folder, name), 0o700);
  }
}

/** The ids of a process: real, effective, saved, of the file system; and its further groups. */
function idsOf(pid: number): string {
  const status = readFileSync(`/proc/${pid}/status`, "latin1");
  return [...status.matchAll(/^(?:Uid|Gid):\s*(.*?)\s*$/gm)].map(([, ids]) => ids).join("; ");
}

function idsOfUser(id: number): string {
  const four = Array.from({ length: 4 }, () => id).join("\t");
  return `${four}; ${four}`;
}

function withUsers(use: (sites: SiteServer) => Promise<void>): Promise<void> {
  return withSites(FILES, use, python, { prepare });
}

test(
  "each site's processes are its own user's, the front is the server's, and nothing is left that is root",
  asRoot,
  async () => {
    await withUsers(async ({ report, server, folder }) => {
      assert.equal(idsOf(server.pid), idsOfUser(SERVER));
      for (const [host, id] of [
        ["one.example", ONE],
        ["two.example", TWO],
        ["else.example", SERVER],
      ] as const) {
        const told = await report(host, "/");
        assert.equal(told.get("uid"), `${id},${id},${id}`);
        assert.equal(idsOf(Number(told.get("pid"))), idsOfUser(id));
      }
      const stewards = readdirSync("/proc").filter((name) => {
        if (!/^\d+$/.test(name)) return false;
        try {
          return new RegExp(`^PPid:\\s*${server.pid}$`, "m").test(
            readFileSync(`/proc/${name}/status`, "latin1"),
          );
        } catch {
          return false; // It has just ended.
        }
      });
      const all = [...stewards.map(Number), ...folder.processes().map(({ pid }) => pid)];
      // Two stewards, three nurseries, three workers; the third nursery is a child of the front.
      assert.equal(new Set(all).size, 8);
      for (const pid of all) {
        const ids = idsOf(pid);
        assert.ok(
          [ONE, TWO, SERVER].some((id) => ids === idsOfUser(id)),
          `${pid}: ${ids}`,
        );
      }
    });
  },
);

test(
  "a body that is too large for memory reaches a worker that can't read the front's files, in both framings",
  asRoot,
  async () => {
    await withUsers(async ({ server }) => {
      const client = await RawClient.open(server.port);
      const body = Buffer.alloc(700_000, "x");
      const head = "POST / HTTP/1.1\r\nHost: one.example\r\n";
      client.send(`${head}Content-Length: ${body.length}\r\n\r\n`);
      await client.sendAll(body);
      assert.equal(readReport((await client.answer()).text).get("body"), "700000");
      client.send(`${head}Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n`);
      await client.sendAll(body);
      client.send("\r\n0\r\n\r\n");
      assert.equal(readReport((await client.answer()).text).get("body"), "700000");
      client.destroy();
    });
  },
);

test("a reload and the death of a worker bring others with the same rights", asRoot, async () => {
  await withUsers(async ({ report, wizgy }) => {
    const before = await report("one.example", "/");
    const reload = await wizgy(["reload"]);
    assert.equal(reload.code, 0, reload.stderr);
    const renewed = await report("one.example", "/");
    assert.notEqual(renewed.get("pid"), before.get("pid"));
    assert.equal(renewed.get("uid"), `${ONE},${ONE},${ONE}`);
    process.kill(Number(renewed.get("pid")), "SIGKILL");
    await until(BOUND_MS, async () => {
      const now = await report("one.example", "/").catch(() => null);
      const isOther = now !== null && now.get("pid") !== renewed.get("pid");
      return isOther && now.get("uid") === `${ONE},${ONE},${ONE}` ? null : "no other worker";
    });
  });
});

test(
  "when a site's steward is killed, the site is down and says so, and the others are served",
  asRoot,
  async () => {
    await withUsers(async ({ get, report, server }) => {
      await report("one.example", "/");
      const steward = readdirSync("/proc").find((name) => {
        try {
          return (
            readFileSync(`/proc/${name}/cmdline`, "latin1").includes("steward of one") &&
            new RegExp(`^PPid:\\s*${server.pid}$`, "m").test(
              readFileSync(`/proc/${name}/status`, "latin1"),
            )
          );
        } catch {
          return false; // No process, or one that has just ended.
        }
      });
      process.kill(Number(steward), "SIGKILL");
      await server.waitForLog(
        /\[CRITICAL\] site one: The process with the rights of its user has ended/,
      );
      await until(BOUND_MS, async () => {
        const { status } = await get("one.example", "/");
        return status === 503 ? null : `status ${status}`;
      });
      assert.equal((await report("two.example", "/")).get("uid"), `${TWO},${TWO},${TWO}`);
    });
  },
);

test("when the front is killed, nothing of the other users is left", asRoot, async () => {
  let folder: SiteServer["folder"] | null = null;
  await withUsers(async (sites) => {
    folder = sites.folder;
    await sites.report("one.example", "/");
    process.kill(sites.server.pid, "SIGKILL");
    await until(BOUND_MS, () => {
      const left = sites.folder.processes();
      if (left.length > 0) return `${left.length} processes are left`;
      const folders = readdirSync(sites.folder.path).filter((name) => name.startsWith("wizgy-"));
      return folders.length === 0 ? null : `${folders.join()} are left`;
    });
  }).catch((error: unknown) => {
    // The server ended otherwise than the end of the test expects.
    assert.ok(folder !== null, String(error));
  });
});

test("a site's user needs root, a user of the server, and is not root", async () => {
  const isRoot = process.getuid?.() === 0;
  const refused = async (settings: string): Promise<string> => {
    const files = { "wizgy.toml": `${settings}[[site]]\napp = "report:app"\nuser = "root"\n` };
    let message = "";
    await withSites(files, async () => {}, python).catch((error: unknown) => {
      message = String(error);
    });
    return message;
  };
  const other = isRoot ? `user = "${SERVER}"\ngroup = "${SERVER}"\n` : "";
  assert.match(
    await refused(other),
    isRoot
      ? /w?.*:\d+: site report:app: a site's user can't be root\./
      : /only root can become another user/,
  );
  if (!isRoot) return;
  const files = {
    "wizgy.toml": `[[site]]\napp = "report:app"\nuser = "${ONE}"\ngroup = "${ONE}"\n`,
  };
  await assert.rejects(
    withSites(files, async () => {}, python),
    /wizgy\.toml:1: site report:app: .* the server needs one, too, so that it does not stay root/,
  );
});
