/** Where a server listens, and what else the command line gives to the application and the logs. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { createServer, connect } from "node:net";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { LIFE_APP, lifeRequest, withLifeServer } from "../support/life-server.ts";
import { RawClient } from "../support/raw-client.ts";
import { ServerFolder } from "../support/server-processes.ts";
import { projectRoot, runCommand } from "../support/server.ts";

/** Asks the application for something about itself. */
async function ask(address: number | string, query: string): Promise<string> {
  const client = await RawClient.open(address);
  try {
    client.send(lifeRequest(`/environ?${query}`));
    const { status, text } = await client.answer();
    assert.equal(status, 200, text);
    return text;
  } finally {
    client.destroy();
  }
}

async function withFolder(use: (folder: ServerFolder) => Promise<void>): Promise<void> {
  const folder = new ServerFolder();
  try {
    await use(folder);
  } finally {
    folder.remove();
  }
}

/** The ports of the start-up block, in order. */
function portsOf(stderr: string): number[] {
  return [...stderr.matchAll(/^ {2}at {6}http:\/\/\S+:(\d+)$/gm)].map(([, port]) => Number(port));
}

test("a Unix socket: requests are served, the peer has no address, the file goes at the end", async () => {
  await withFolder(async (folder) => {
    const path = join(folder.path, "s.sock");
    await withLifeServer(["--bind", `unix:${path}`], async ({ server }) => {
      assert.match(server.stderr(), new RegExp(`^ {2}at {6}unix:${path}$`, "m"));
      assert.equal(await ask(path, "key=REMOTE_ADDR"), "");
      assert.notEqual(await ask(path, "key=SERVER_NAME"), "");
      assert.match(await ask(path, "key=SERVER_PORT"), /^\d+$/);
    });
    assert.ok(!existsSync(path));
  });
});

test("a Unix socket that a dead server left is replaced, one in use is refused", async () => {
  await withFolder(async (folder) => {
    const path = join(folder.path, "s.sock");
    await withLifeServer(["--bind", `unix:${path}`], async (life) => {
      life.killFront();
      await life.folder.allGone(8_000);
    });
    assert.ok(existsSync(path));
    await withLifeServer(["--bind", `unix:${path}`], async () => {
      assert.equal(await ask(path, "key=REQUEST_METHOD"), "GET");
      const { code, stderr } = await runCommand(["--bind", `unix:${path}`, ...LIFE_APP]);
      assert.equal(code, 1);
      assert.equal(
        stderr,
        `wizgy: unix:${path} is in use by another program. Stop that one, or choose another address with --bind.\n`,
      );
      assert.equal(await ask(path, "key=REQUEST_METHOD"), "GET", "the first one goes on");
    });
  });
});

test("a file that is no socket is never removed to listen in its place", async () => {
  await withFolder(async (folder) => {
    const path = join(folder.path, "folder");
    mkdirSync(path);
    const { code, stderr } = await runCommand(["--bind", `unix:${path}`, ...LIFE_APP]);
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^wizgy: unix:\S+folder: there is something of that name which is no socket\. /,
    );
    assert.ok(statSync(path).isDirectory());
  });
});

const hasIpv6 = Object.values(networkInterfaces())
  .flat()
  .some((address) => address?.address === "::1");

test("an IPv6 address in brackets", { skip: !hasIpv6 && "no ::1 here" }, async () => {
  await withLifeServer(["--bind", "[::1]:0"], async ({ server }) => {
    const port = Number(/^ {2}at {6}http:\/\/\[::1\]:(\d+)$/m.exec(server.stderr())?.[1]);
    const socket = connect(port, "::1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const client = new RawClient(socket);
    client.send(lifeRequest("/environ?key=REMOTE_ADDR"));
    assert.equal((await client.answer()).text, "::1");
    client.destroy();
  });
});

test("several addresses at once, each with its own SERVER_PORT", async () => {
  await withFolder(async (folder) => {
    const path = join(folder.path, "s.sock");
    const binds = ["-b", "127.0.0.1:0", "-b", "127.0.0.1:0", "-b", `unix:${path}`];
    await withLifeServer(binds, async ({ server }) => {
      const ports = portsOf(server.stderr());
      assert.equal(new Set(ports).size, 2);
      for (const port of ports) assert.equal(await ask(port, "key=SERVER_PORT"), String(port));
      assert.equal(await ask(path, "key=REQUEST_METHOD"), "GET");
    });
  });
});

test("one address in use: none of the others stays taken", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const address = other.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  try {
    await withFolder(async (folder) => {
      const path = join(folder.path, "s.sock");
      const { code } = await runCommand([
        ...["-b", `unix:${path}`, "-b", `127.0.0.1:${port}`],
        ...LIFE_APP,
      ]);
      assert.equal(code, 1);
      assert.ok(!existsSync(path));
    });
  } finally {
    other.close();
  }
});

test("PORT in the environment: every IPv4 interface, on that port", async () => {
  // A port that was free a moment ago; the system doesn't give it to others at once.
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const address = probe.address();
  const port = address !== null && typeof address === "object" ? address.port : 0;
  await new Promise((resolve) => probe.close(resolve));
  await withLifeServer(
    [],
    async ({ server }) => {
      assert.match(server.stderr(), new RegExp(`^ {2}at {6}http://0\\.0\\.0\\.0:${port}$`, "m"));
      assert.equal(await ask(port, "key=SERVER_PORT"), String(port));
    },
    { env: { PORT: String(port) } },
  );
});

test("WEB_CONCURRENCY is the number of workers, and --workers wins over it", async () => {
  const env = { WEB_CONCURRENCY: "3" };
  await withLifeServer(
    [],
    async ({ server, folder }) => {
      assert.match(server.stderr(), /^ {2}with {4}3 workers$/m);
      assert.equal(folder.processes().length, 4);
      assert.equal(await ask(server.port, "key=wsgi.multiprocess"), "True");
    },
    { env },
  );
  await withLifeServer(
    ["--workers", "1"],
    async ({ server }) => {
      assert.equal(await ask(server.port, "key=wsgi.multiprocess"), "False");
    },
    { env },
  );
});

test("--env, --chdir and --pythonpath reach the application", async () => {
  await withFolder(async (folder) => {
    const apps = `${projectRoot}test/apps/process`;
    await withLifeServer(
      [
        ...["--env", "GREETING=good day=1", "--chdir", folder.path],
        ...["--pythonpath", `${apps},/nosuch`, "--pythonpath", "relative"],
      ],
      async ({ server }) => {
        assert.equal(await ask(server.port, "variable=GREETING"), "good day=1");
        assert.equal(await ask(server.port, "variable=FROM_OUTSIDE"), "kept");
        assert.equal(await ask(server.port, "cwd=1"), realpathSync(folder.path));
        const paths = (await ask(server.port, "path=1")).split("\n");
        const wanted = [apps, "/nosuch", join(realpathSync(folder.path), "relative")];
        const at = paths.indexOf(apps);
        assert.ok(at >= 0 && at <= 1, paths.join());
        assert.deepEqual(
          paths.slice(at, at + 3).map((path) => path.replace(/^\/private/, "")),
          wanted.map((path) => path.replace(/^\/private/, "")),
        );
      },
      { app: ["life"], env: { FROM_OUTSIDE: "kept" } },
    );
  });
});

test("--access-logfile -: a line on standard output for each request, in the combined format", async () => {
  await withLifeServer(["--access-logfile", "-"], async ({ server, client }) => {
    const asking = await client();
    asking.send(lifeRequest("/work?id=a"));
    const { body } = await asking.answer();
    asking.send(
      "HEAD /work?id=b HTTP/1.1\r\nHost: a\r\nReferer: http://a/\r\nUser-Agent: test/1\r\n\r\n",
    );
    await asking.answer("HEAD");
    asking.send("GET /work?id=c HTTP/1.0\r\n\r\n");
    await asking.answer();
    const { stdout } = await server.stop();
    const lines = stdout.trimEnd().split("\n");
    const time = String.raw`\[\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\]`;
    assert.match(
      lines[0]!,
      new RegExp(
        String.raw`^127\.0\.0\.1 - - ${time} "GET /work\?id=a HTTP/1\.1" 200 ${body.length} "-" "-"$`,
      ),
    );
    assert.match(lines[1]!, /"HEAD \/work\?id=b HTTP\/1\.1" 200 0 "http:\/\/a\/" "test\/1"$/);
    assert.match(lines[2]!, /"GET \/work\?id=c HTTP\/1\.0" 200 \d+ "-" "-"$/);
    assert.equal(lines.length, 3);
  });
});

test("--access-logfile FILE: lines are added, and nothing of a client can fake or break one", async () => {
  await withFolder(async (folder) => {
    const path = join(folder.path, "access.log");
    for (let run = 0; run < 2; run++) {
      await withLifeServer(["--access-logfile", path], async ({ client }) => {
        const asking = await client();
        asking.send(
          'GET /work?id="a"\\x HTTP/1.1\r\nHost: a\r\nReferer: "b" 200 1 "c\r\nUser-Agent: \\n\tx\x9b2J\r\n\r\n',
        );
        assert.equal((await asking.answer()).status, 200);
      });
    }
    const lines = readFileSync(path, "latin1").trimEnd().split("\n");
    assert.equal(lines.length, 2);
    for (const line of lines) {
      assert.match(
        line,
        /"GET \/work\?id=\\"a\\"\\\\x HTTP\/1\.1" 200 \d+ "\\"b\\" 200 1 \\"c" "\\\\n\\x09x\\x9b2J"$/,
      );
      assert.match(line, /^[\x20-\x7e]*$/);
    }
  });
});

test("access log: what the server answers by itself has its line too", async () => {
  await withLifeServer(["--access-logfile", "-"], async ({ server, client }) => {
    const asking = await client();
    asking.send(lifeRequest("/exit?id=a"));
    assert.equal((await asking.answer()).status, 502);
    const { stdout } = await server.stop();
    assert.match(stdout, /"GET \/exit\?id=a HTTP\/1\.1" 502 /);
  });
});

test("an error log line names the request, and a client's bytes can't start another line", async () => {
  await withLifeServer([], async ({ server, client }) => {
    const asking = await client();
    asking.send("GET /exit?id=%0a[fake]%1b HTTP/1.1\r\nHost: a\r\n\r\n");
    const answer = await asking.answer();
    assert.equal(answer.status, 502);
    const line = await server.waitForLog(/.*GET \/exit\?id=%0a\[fake\]%1b: worker \d+ ended.*/);
    assert.match(line, /^\[.*\] \[\d+\] \[ERROR\] request=\S+ GET /);
  });
});
