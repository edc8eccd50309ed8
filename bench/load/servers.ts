// Who is measured: how each server is started for an application, in its own best documented
// configuration for a machine with two cores. A server may enter an item in several variants
// (Wizgy, Granian and FastPySGI with one and with two workers): which is faster depends on the item, and
// the ratios of the report are taken from the better one.
//
// Logging stands as each server has it by default, except request lines, which are off everywhere
// (off is the default of every server here but uWSGI).

import { join } from "node:path";

import { type Item, type WorkerPlan, threadsOf } from "./items.ts";

/** Where things are, for the commands below. */
export interface BenchPlaces {
  /** The root of the working tree that is measured. */
  readonly root: string;
  /** Folder of the bench's virtual environment. */
  readonly environment: string;
}

/** What a server has to be told to serve one application. */
export interface Launch {
  readonly port: number;
  readonly item: Item;
  readonly workers: number;
}

/** A server that the bench can run. */
export interface Server {
  /** Short name for `--servers`. */
  readonly id: string;
  readonly title: string;
  /** Name of the Python package that must be in the bench environment; null for our own. */
  readonly requires: string | null;
  /** Measured when `--servers` does not say otherwise. */
  readonly byDefault: boolean;
  /** Numbers of worker processes to try, each a row of its own. */
  readonly workers: Readonly<Record<WorkerPlan, readonly number[]>>;
  /** What ends it, sent to the process that the bench started. */
  readonly stopSignal: NodeJS.Signals;
  /** What its figures hide, printed below the table; null when there is nothing to say. */
  readonly caveat: string | null;
  /** The same for the items of the plans `slots` and `waiting`. */
  readonly slotsCaveat?: string;
  command(places: BenchPlaces, launch: Launch): readonly string[];
}

const oneOrTwo = { one: [1, 2], two: [2], slots: [2], waiting: [2] } as const;
const alwaysOne = { one: [1], two: [1], slots: [1], waiting: [1] } as const;
const alwaysTwo = { one: [2], two: [2], slots: [2], waiting: [2] } as const;
const asAsked = { one: [1], two: [2], slots: [2], waiting: [2] } as const;

/** What servers without threads make of the plans that ask for them. */
const processesForSlots = { slots: [8], waiting: [8] } as const;
const NO_THREADS = "it has no threads: eight processes where the item asks for slots";

function python(places: BenchPlaces): string {
  return join(places.environment, "bin", "python");
}

function gunicorn(places: BenchPlaces, { port, item, workers }: Launch): readonly string[] {
  return [
    ...[python(places), "-m", "gunicorn", "--bind", `127.0.0.1:${port}`],
    ...["--workers", String(workers), "--http-parser", "auto", "--no-control-socket", item.app],
  ];
}

/** Our own server from a working tree. `title` tells two revisions apart. */
export function wizgy(
  id: string,
  title: string,
  root: string | null,
  workers: Server["workers"] = asAsked,
): Server {
  return {
    id,
    title,
    requires: null,
    byDefault: true,
    workers,
    stopSignal: "SIGTERM",
    caveat: null,
    command: (places, { port, item, workers: count }) => [
      ...[process.execPath, join(root ?? places.root, "bin", "wizgy.js")],
      ...["--python", python(places), "--chdir", join(places.root, "bench", "apps")],
      ...["--bind", `127.0.0.1:${port}`, "--workers", String(count)],
      ...["--threads", String(threadsOf[item.plan]), item.app],
    ],
  };
}

/** The upper bound: a `node:net` server that answers a constant to whatever it reads, without parsing. */
export const ceiling: Server = {
  id: "ceiling",
  title: "node:net ceiling",
  requires: null,
  byDefault: true,
  workers: alwaysOne,
  stopSignal: "SIGTERM",
  caveat: null,
  command: (_places, { port, item }) => {
    const script = join(import.meta.dirname, "ceiling.js");
    return [process.execPath, script, String(port), item.expectedBody];
  },
};

/** Every server, in the order of the report. */
export const servers: readonly Server[] = [
  ceiling,
  wizgy("wizgy", "Wizgy", null, oneOrTwo),
  {
    id: "granian",
    title: "Granian",
    requires: "granian",
    byDefault: true,
    workers: oneOrTwo,
    stopSignal: "SIGTERM",
    caveat: null,
    command: (places, { port, item, workers }) => [
      ...[python(places), "-m", "granian", "--interface", "wsgi", "--port", String(port)],
      ...["--workers", String(workers), "--runtime-threads", "1"],
      ...["--blocking-threads", String(threadsOf[item.plan])],
      ...["--http", "1", "--no-ws", "--loop", "asyncio", item.app],
    ],
  },
  {
    id: "fastpysgi",
    title: "FastPySGI",
    requires: "fastpysgi",
    byDefault: true,
    workers: { ...oneOrTwo, ...processesForSlots },
    // Its parent ends the workers on SIGINT alone.
    stopSignal: "SIGINT",
    caveat: null,
    slotsCaveat: NO_THREADS,
    command: (places, { port, item, workers }) => {
      const script = join(places.root, "bench", "launch", "fastpysgi_server.py");
      return [python(places), script, item.app, String(port), String(workers)];
    },
  },
  {
    id: "bjoern",
    title: "bjoern",
    requires: "bjoern",
    byDefault: true,
    workers: { ...asAsked, ...processesForSlots },
    // On SIGTERM it ends without leaving Python the time to end its children.
    stopSignal: "SIGINT",
    caveat: null,
    slotsCaveat: NO_THREADS,
    command: (places, { port, item, workers }) => {
      const script = join(places.root, "bench", "launch", "bjoern_server.py");
      return [python(places), script, item.app, String(port), String(workers)];
    },
  },
  {
    id: "uwsgi",
    title: "uWSGI",
    requires: "uWSGI",
    byDefault: true,
    workers: alwaysTwo,
    stopSignal: "SIGTERM",
    caveat:
      "each process serves one kept connection at a time; the other connections wait, and their " +
      "waiting is in no latency figure",
    command: (places, { port, item, workers }) => [
      ...[join(places.environment, "bin", "uwsgi"), "--http11-socket", `127.0.0.1:${port}`],
      ...["--master", "--processes", String(workers), "--listen", "1024", "--die-on-term"],
      ...uwsgiThreads(item.plan),
      ...["--need-app", "--single-interpreter", "--disable-logging"],
      ...["--virtualenv", places.environment, "--module", item.app],
    ],
  },
  {
    id: "gunicorn",
    title: "gunicorn gthread",
    requires: "gunicorn",
    byDefault: true,
    workers: alwaysTwo,
    stopSignal: "SIGTERM",
    caveat: null,
    command: (places, launch) => [
      ...gunicorn(places, launch),
      ...["--worker-class", "gthread"],
      ...["--threads", String(Math.max(4, threadsOf[launch.item.plan]))],
    ],
  },
  {
    id: "wizgy-gevent",
    title: "Wizgy, gevent",
    requires: "gevent",
    byDefault: false,
    workers: alwaysTwo,
    stopSignal: "SIGTERM",
    caveat: null,
    command: (places, { port, item, workers }) => [
      ...[process.execPath, join(places.root, "bin", "wizgy.js")],
      ...["--python", python(places), "--chdir", join(places.root, "bench", "apps")],
      ...["--bind", `127.0.0.1:${port}`, "--workers", String(workers)],
      ...["--worker-class", "gevent", item.app],
    ],
  },
  {
    id: "gunicorn-gevent",
    title: "gunicorn gevent",
    requires: "gevent",
    byDefault: false,
    workers: alwaysTwo,
    stopSignal: "SIGTERM",
    caveat: null,
    command: (places, launch) => [...gunicorn(places, launch), "--worker-class", "gevent"],
  },
  {
    id: "mod-wsgi",
    title: "mod_wsgi-express",
    requires: "mod_wsgi",
    byDefault: false,
    workers: alwaysTwo,
    stopSignal: "SIGTERM",
    caveat:
      "it closes kept connections when it has no thread for another one; the load generator counts them as errors",
    command: (places, { port, item, workers }) => {
      const [module = "", callable = ""] = item.app.split(":");
      // Apache doesn't serve as root; who it becomes has to be able to read the environment.
      const user = process.getuid?.() === 0 ? ["--user", "nobody", "--group", "nogroup"] : [];
      return [
        ...[
          join(places.environment, "bin", "mod_wsgi-express"),
          "start-server",
          "--log-to-terminal",
        ],
        ...["--application-type", "module", module, "--callable-object", callable],
        ...["--working-directory", join(places.root, "bench", "apps")],
        ...["--host", "127.0.0.1", "--port", String(port), "--processes", String(workers)],
        ...["--threads", String(Math.max(4, threadsOf[item.plan])), ...user],
      ];
    },
  },
  {
    id: "waitress",
    title: "waitress",
    requires: "waitress",
    byDefault: false,
    workers: alwaysOne,
    stopSignal: "SIGTERM",
    caveat: null,
    command: (places, { port, item }) => [
      ...[python(places), "-m", "waitress", "--listen", `127.0.0.1:${port}`],
      ...["--threads", String(oneProcessThreads(item.plan, 4)), item.app],
    ],
  },
  {
    id: "cheroot",
    title: "cheroot",
    requires: "cheroot",
    byDefault: false,
    workers: alwaysOne,
    stopSignal: "SIGINT",
    caveat: null,
    command: (places, { port, item }) => [
      ...[python(places), "-m", "cheroot", "--bind", `127.0.0.1:${port}`],
      ...["--threads", String(oneProcessThreads(item.plan, 10)), item.app],
    ],
  },
];

/** uWSGI with threads is another, slower configuration than without: only where the item needs them. */
function uwsgiThreads(plan: WorkerPlan): readonly string[] {
  return threadsOf[plan] === 1 ? [] : ["--threads", String(threadsOf[plan])];
}

/** A server of one process has as many threads as others have in two. `otherwise`: its own default. */
function oneProcessThreads(plan: WorkerPlan, otherwise: number): number {
  return threadsOf[plan] === 1 ? otherwise : 2 * threadsOf[plan];
}
