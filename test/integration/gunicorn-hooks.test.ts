/** The hooks of a configuration file of gunicorn: which run, in which process, in which order, with what. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

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

def on_starting(server): tell("on_starting", server.pid == os.getppid(), server.cfg.wsgi_app)
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
    "on_starting nursery True served:app",
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
