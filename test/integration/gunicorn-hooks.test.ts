/** The hooks of a configuration file of gunicorn: which run, in which process, in which order, with what. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

import { until } from "../support/server-processes.ts";
import { runCommand, startServer } from "../support/server.ts";

const folder = mkdtempSync(join(tmpdir(), "wizgy-hooks-"));
after(() => rmSync(folder, { recursive: true }));

const record = join(folder, "record.txt");

const CONFIG = `
import os
wsgi_app = "served:app"
made_once = object()

def tell(name, *words):
    with open(${JSON.stringify(record)}, "a") as file:
        print(name, os.getpid(), *words, file=file)

def nworkers_changed(server, new, old): tell("nworkers_changed", new, old)
def on_starting(server): tell("on_starting", server.pid == os.getppid(), server.cfg.wsgi_app, server.address == [("127.0.0.1", 0)])
def when_ready(server): tell("when_ready")
def pre_fork(server, worker): tell("pre_fork", worker.age)
def post_fork(server, worker): tell("post_fork", worker.pid == os.getpid(), id(made_once))
def post_worker_init(worker):
    tell("post_worker_init", callable(worker.wsgi))
    worker.log.info("booted %s", worker.age)
def pre_request(worker, req): tell("pre_request", req.method, req.path, req.query, dict(req.headers)["X-A"])
def post_request(worker, req, environ, resp):
    tell("post_request", environ["REQUEST_METHOD"], resp.status, worker.nr)
    if req.path == "/failing": raise ValueError("in the hook")
def worker_exit(server, worker): tell("worker_exit")
def child_exit(server, worker): tell("child_exit", worker.pid)
def on_exit(server): tell("on_exit")
def worker_int(worker): tell("worker_int")
`;

const APP = `
import io
def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/raises":
        raise RuntimeError("no")
    start_response("200 OK", [("X-Var", "set" if "WIZGY_HOOKS" in __import__("os").environ else "unset")])
    if path == "/file":
        return environ["wsgi.file_wrapper"](io.BytesIO(b"from a file"))
    if path == "/generator":
        return (block for block in (b"a", b"b"))
    return [b"list"]
`;

test("each hook runs in its process, in the order of gunicorn, with what it needs", async () => {
  writeFileSync(join(folder, "served.py"), APP);
  writeFileSync(join(folder, "conf.py"), CONFIG);
  const server = await startServer(["-c", "conf.py"], { cwd: folder });
  const get = async (path: string): Promise<string> => {
    const response = await fetch(`${server.origin}${path}`, { headers: { "X-A": "1" } });
    assert.notEqual(response.headers.get("x-var"), "set");
    return `${response.status} ${await response.text()}`;
  };
  let ended;
  try {
    assert.equal(await get("/list?q=1"), "200 list");
    assert.equal(await get("/generator"), "200 ab");
    assert.equal(await get("/file"), "200 from a file");
    assert.match(await get("/raises"), /^500 /);
    assert.equal(await get("/failing"), "200 list");
  } finally {
    ended = await server.stop();
  }
  assert.match(ended.stderr, /conf\.py:\d+: worker_int is never called: /);
  assert.match(ended.stderr, /\[INFO\] booted 1\n/);
  assert.match(
    ended.stderr,
    /The hook post_request failed\.\nTraceback[^]*ValueError: in the hook/,
  );

  const lines = readFileSync(record, "utf8")
    .trim()
    .split("\n")
    .map((line) => line.split(" "));
  const nursery = lines[0]?.[1];
  const worker = lines.find(([name]) => name === "post_fork")?.[1];
  assert.notEqual(nursery, worker);
  const shown = lines.map(([name, pid, ...words]) => {
    const where = pid === nursery ? "nursery" : pid === worker ? "worker" : "?";
    return [name, where, ...words.map((word) => (word === worker ? "its pid" : word))].join(" ");
  });
  const post = shown.find((line) => line.startsWith("post_fork"));
  assert.deepEqual(shown, [
    "nworkers_changed nursery 1 None",
    "on_starting nursery True served:app True",
    "when_ready nursery",
    "pre_fork nursery 1",
    post,
    "post_worker_init worker True",
    "pre_request worker GET /list q=1 1",
    "post_request worker GET 200 OK 1",
    "pre_request worker GET /generator  1",
    "post_request worker GET 200 OK 2",
    "pre_request worker GET /file  1",
    "post_request worker GET 200 OK 3",
    "pre_request worker GET /raises  1",
    "post_request worker GET  4",
    "pre_request worker GET /failing  1",
    "post_request worker GET 200 OK 5",
    "worker_exit worker",
    "child_exit nursery its pid",
    "on_exit nursery",
  ]);
  assert.match(post ?? "", /^post_fork worker True \d+$/);
});

const LIFE = `
import os
wsgi_app = "living:app"
workers = "1"
timeout = 600

def tell(*words):
    with open(os.environ["RECORD"], "a") as file:
        print(os.getpid(), *words, file=file)

def on_starting(server): tell("on_starting")
def on_reload(server): tell("on_reload", server.cfg.timeout, server.num_workers)
def when_ready(server): tell("when_ready")
def on_exit(server): tell("on_exit")
def nworkers_changed(server, new, old): tell("nworkers_changed", new, old)
def worker_abort(worker): tell("worker_abort", worker.pid == os.getpid())
def post_request(worker, req, environ, resp):
    if req.path == "/leave": worker.alive = False
`;

const LIVING = `
import os, time
def app(environ, start_response):
    if environ["PATH_INFO"] == "/hang":
        time.sleep(30)
    start_response("200 OK", [])
    return [b"%d" % os.getpid()]
`;

/** A server with the hooks above; `told` resolves with what they told when it is as it should be. */
async function startLiving(flags: readonly string[]) {
  const cwd = mkdtempSync(join(folder, "living-"));
  const file = join(cwd, "record");
  writeFileSync(join(cwd, "living.py"), LIVING);
  writeFileSync(join(cwd, "conf.py"), LIFE);
  const server = await startServer(["-c", "conf.py", ...flags], { cwd, env: { RECORD: file } });
  const lines = (): string[] => readFileSync(file, "utf8").trim().split("\n");
  return {
    server,
    lines,
    told: (isEnough: (words: readonly string[]) => boolean) =>
      until(30_000, () => {
        const words = lines().map((line) => line.replace(/^\d+ /, ""));
        return isEnough(words) ? null : words.join(", ");
      }),
    ask: async (path: string) => (await fetch(`${server.origin}${path}`)).text(),
  };
}

test("a reload calls on_reload and, when the old processes have gone, when_ready; on_exit comes once, at the end", async () => {
  const { server, lines, told } = await startLiving(["--timeout", "90"]);
  process.kill(server.pid, "SIGHUP");
  await told((words) => words.filter((word) => word === "when_ready").length === 2);
  process.kill(server.pid, "SIGTTIN");
  await told((words) => words.includes("nworkers_changed 2 1"));
  await server.stop();
  const [first = ""] = lines()[0]!.split(" ");
  assert.deepEqual(
    lines().map((line) => line.replace(/^\d+/, (pid) => (pid === first ? "first" : "second"))),
    [
      "first nworkers_changed 1 None",
      "first on_starting",
      "first when_ready",
      "second nworkers_changed 1 None",
      "second on_reload 90 1",
      "second when_ready",
      "second nworkers_changed 2 1",
      "second on_exit",
    ],
  );
});

test("worker_abort is called in the worker of a request that takes too long", async () => {
  const { server, told, ask } = await startLiving(["--timeout", "1"]);
  try {
    const worker = await ask("/");
    assert.match(await ask("/hang"), /504/);
    await told((words) => words.includes("worker_abort True"));
    assert.equal(await ask("/"), worker);
  } finally {
    await server.stop();
  }
});

test("worker.alive = False has the worker leave, and another one takes its place", async () => {
  const { server, ask } = await startLiving([]);
  try {
    const worker = await ask("/");
    assert.equal(await ask("/leave"), worker);
    await until(30_000, async () => ((await ask("/")) === worker ? "the same worker" : null));
  } finally {
    await server.stop();
  }
});

test("a hook that raises before the server is ready ends the start with its traceback", async () => {
  writeFileSync(join(folder, "served.py"), APP);
  writeFileSync(
    join(folder, "raises.py"),
    'wsgi_app = "served:app"\ndef post_worker_init(worker):\n    raise ValueError("not today")\n',
  );
  const { code, stderr } = await runCommand(["-c", "raises.py", "-b", "127.0.0.1:0"], {
    cwd: folder,
  });
  assert.match(stderr, /raises\.py", line 3[^]*ValueError: not today/);
  assert.equal(code, 3);
});
