/**
 * How well-known projects start gunicorn: written anew from what their start scripts and configuration
 * files set, without their text. Paths are those of a test's folder.
 */

export interface GunicornProject {
  readonly name: string;
  /** The words of the command line; `-c` names a file below. */
  readonly argv: readonly string[];
  /** Text by path: configuration files. */
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Its workers need gevent. */
  readonly isGevent?: true;
  /** The module that is served, and the name in it; with `()` a factory. */
  readonly app: readonly [module: string, name: string];
  /** What has to be on standard error when it serves. */
  readonly says?: RegExp;
  /** What refuses the start. */
  readonly refused?: RegExp;
}

const LIFE = ["when_ready(server)", "pre_fork(server, worker)", "post_fork(server, worker)"];

export const gunicornProjects: readonly GunicornProject[] = [
  {
    name: "Apache Superset",
    argv: [
      ...["--bind", "127.0.0.1:0", "--access-logfile", "-", "--error-logfile", "-"],
      ...["--workers", "1", "--worker-class", "gthread", "--threads", "20", "--log-level", "info"],
      ...["--timeout", "60", "--keep-alive", "2", "--max-requests", "0"],
      ...["--max-requests-jitter", "0", "--limit-request-line", "0"],
      ...["--limit-request-field_size", "0", "--statsd-host=127.0.0.1:8125"],
      ...["--statsd-prefix=superset", "superset.app:create_app()"],
    ],
    app: ["superset.app", "create_app()"],
  },
  {
    name: "Redash",
    argv: [
      ...["-b", "127.0.0.1:0", "--name", "redash", "-w4", "redash.wsgi:app"],
      ...["--max-requests", "1000", "--max-requests-jitter", "100", "--timeout", "60"],
      ...["--limit-request-line", "0"],
    ],
    app: ["redash.wsgi", "app"],
  },
  {
    name: "cookiecutter-django",
    argv: ["config.wsgi", "--bind", "127.0.0.1:0", "--chdir=."],
    app: ["config.wsgi", "application"],
  },
  {
    name: "Taiga",
    argv: [
      ...["taiga.wsgi:application", "--name", "taiga_api", "--bind", "127.0.0.1:0"],
      ...["--workers", "3", "--worker-tmp-dir", "/dev/shm", "--log-level=info"],
      ...["--access-logfile", "-"],
    ],
    app: ["taiga.wsgi", "application"],
  },
  {
    name: "Tandoor",
    argv: [
      ...["-b", "127.0.0.1:0", "--access-logfile", "-", "--error-logfile", "-"],
      ...["--log-level", "INFO", "recipes.wsgi"],
    ],
    app: ["recipes.wsgi", "application"],
  },
  {
    name: "CTFd",
    isGevent: true,
    argv: [
      ...["CTFd:create_app()", "--bind", "127.0.0.1:0", "--workers", "1"],
      ...["--worker-tmp-dir", "/dev/shm", "--worker-class", "gevent"],
      ...["--access-logfile", "-", "--error-logfile", "-"],
    ],
    app: ["CTFd", "create_app()"],
  },
  {
    name: "NetBox",
    argv: [
      ...["--pid", "netbox.pid", "--pythonpath", "netbox", "--config", "gunicorn.py"],
      "netbox.wsgi",
    ],
    files: {
      "gunicorn.py":
        "bind = '127.0.0.1:0'\nworkers = 5\nthreads = 3\ntimeout = 120\nmax_requests = 5000\nmax_requests_jitter = 500\n",
    },
    app: ["netbox.wsgi", "application"],
  },
  {
    name: "InvenTree",
    argv: ["-c", "gunicorn.conf.py", "InvenTree.wsgi", "-b", "127.0.0.1:0"],
    files: {
      "gunicorn.conf.py": `import logging, multiprocessing, os
log = logging.getLogger("inventree")
workers = os.environ.get("INVENTREE_GUNICORN_WORKERS")
workers = multiprocessing.cpu_count() * 2 + 1 if workers is None else int(workers)
accesslog = errorlog = "-"
loglevel = os.environ.get("INVENTREE_LOG_LEVEL", "warning").lower()
timeout = os.environ.get("INVENTREE_GUNICORN_TIMEOUT", 90)
capture_output = preload_app = True
worker_tmp_dir = "/dev/shm"
threads, max_requests, max_requests_jitter = 4, 1000, 50
`,
    },
    env: { INVENTREE_GUNICORN_TIMEOUT: "75", INVENTREE_LOG_LEVEL: "INFO" },
    app: ["InvenTree.wsgi", "application"],
  },
  {
    name: "Warehouse (PyPI)",
    argv: ["-c", "gunicorn-prod.conf.py", "warehouse.wsgi:application", "-b", "127.0.0.1:0"],
    files: {
      "gunicorn-prod.conf.py": `bind = "unix:run/warehouse.sock"
backlog, timeout, keepalive, worker_connections = 2048, 60, 2, 1000
preload_app = control_socket_disable = True
max_requests, max_requests_jitter = 2048, 128
errorlog = accesslog = "-"
loglevel = "info"
access_log_format = '%({Warehouse-Hashed-IP}i)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"'
statsd_host = "127.0.0.1:8125"
`,
    },
    app: ["warehouse.wsgi", "application"],
  },
  {
    name: "Weasyl",
    argv: ["-b", "127.0.0.1:0"],
    files: {
      "gunicorn.conf.py": `proc_name = "weasyl"
wsgi_app = "weasyl.wsgi:make_wsgi_app()"
preload_app = False
forwarded_allow_ips = "*"
secure_scheme_headers = {"X-FORWARDED-PROTO": "https"}
`,
    },
    app: ["weasyl.wsgi", "make_wsgi_app()"],
  },
  {
    name: "PostHog",
    isGevent: true,
    argv: ["posthog.wsgi", "-c", "gunicorn.config.py", "-b", "127.0.0.1:0"],
    files: {
      "gunicorn.config.py": `loglevel, timeout, worker_class = "error", 90, "gevent"
bind = "unix://run/nginx.socket"
def on_starting(server):
    host, port = server.address[0]
    print("on http://%s:%d" % (host, port), flush=True)
def when_ready(server):
    open("initialized", "w").close()
    import sys
    print("it is initialized", file=sys.stderr)
`,
    },
    app: ["posthog.wsgi", "application"],
    says: /it is initialized/,
  },
  {
    name: "Kitsune",
    isGevent: true,
    argv: ["--config", "wsgi/config.py", "wsgi.app:application"],
    files: {
      "wsgi/config.py": `from os import getenv
bind = "127.0.0.1:%s" % getenv("PORT", 8000)
workers, threads = int(getenv("WSGI_NUM_WORKERS", 2)), int(getenv("WSGI_NUM_THREADS", 2))
worker_tmp_dir = getenv("WSGI_WORKER_TMP_DIR", "/dev/shm")
accesslog = errorlog = "-"
loglevel = getenv("WSGI_LOG_LEVEL", "info")
keepalive = int(getenv("WSGI_KEEP_ALIVE", 2))
worker_class = getenv("GUNICORN_WORKER_CLASS", "gevent")
reload = getenv("DEV", False)
timeout = graceful_timeout = int(getenv("WSGI_TIMEOUT", 30))
worker_connections = int(getenv("WSGI_WORKER_CONNECTIONS", 10))
`,
    },
    env: { PORT: "0" },
    app: ["wsgi.app", "application"],
  },
  {
    name: "gunicorn's example file",
    argv: ["-c", "example_config.py", "-b", "127.0.0.1:0", "example:application"],
    files: {
      "example_config.py": `bind = "127.0.0.1:8000"
backlog, workers, worker_class, worker_connections = 2048, 1, "sync", 1000
timeout, keepalive = 30, 2
spew = daemon = False
raw_env = ["DJANGO_SECRET_KEY=something", "SPAM=eggs"]
pidfile = user = group = tmp_upload_dir = proc_name = None
umask = 0
errorlog = accesslog = "-"
loglevel = "info"
${[...LIFE, "pre_exec(server)", "worker_int(worker)", "worker_abort(worker)"]
  .map((hook) => `def ${hook}:\n    (${hook.replace(/.*\((\w+).*/, "$1")}).log.info("hook")\n`)
  .join("")}`,
    },
    app: ["example", "application"],
    says: /\[INFO\] hook\n/,
  },
  {
    name: "Prometheus in several processes",
    argv: ["-c", "metrics.py", "-b", "127.0.0.1:0", "shop:app"],
    files: {
      "metrics.py": `import os, shutil
FOLDER = os.environ.get("PROMETHEUS_MULTIPROC_DIR", "metrics")
def on_starting(server):
    shutil.rmtree(FOLDER, ignore_errors=True)
    os.makedirs(FOLDER)
def child_exit(server, worker):
    server.log.warning("%s is marked as dead", worker.pid)
    os.path.join(FOLDER, "counter_%d.db" % worker.pid)
`,
    },
    app: ["shop", "app"],
  },
  {
    name: "Paperless-ngx",
    argv: ["-c", "gunicorn.conf.py", "paperless.asgi:application"],
    files: {
      "gunicorn.conf.py": `import os
bind = f"127.0.0.1:{os.getenv('PAPERLESS_PORT', 8000)}"
workers = int(os.getenv("PAPERLESS_WEBSERVER_WORKERS", 2))
worker_class = "paperless.workers.ConfigurableWorker"
timeout = 120
def pre_exec(server): pass
`,
    },
    app: ["paperless.asgi", "application"],
    refused: /gunicorn\.conf\.py:4: worker_class: .*\.\n/,
  },
  {
    name: "Bedrock",
    argv: ["-c", "wsgi/config.py", "wsgi.app:application"],
    files: {
      "wsgi/config.py":
        'workers = "2"\nworker_class = "meinheld.gmeinheld.MeinheldWorker"\nworker_tmp_dir = "/dev/shm"\n',
    },
    app: ["wsgi.app", "application"],
    refused: /config\.py:2: worker_class: .*\.\n/,
  },
];
