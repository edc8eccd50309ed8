/**
 * How the other servers are started for a plan: null where they can't be configured so. Flags
 * are the closest to ours that they document; what they do with them is what is tried.
 */
import { join } from "node:path";

/** What a command line is made from. */
export interface ForeignLaunch {
  readonly app: string;
  readonly port: number;
  readonly threads: number;
  readonly workers: number;
  readonly unixPath?: string;
  /** Folder of the virtual environment. */
  readonly environment: string;
  /** An empty folder for this run of the server. */
  readonly scratch: string;
  /** The project's root folder, with "/" at its end. */
  readonly root: string;
}

type Commands = (launch: ForeignLaunch) => readonly string[] | null;

const binary = (launch: ForeignLaunch, name: string): string =>
  join(launch.environment, "bin", name);

const host = ({ port, unixPath }: ForeignLaunch): string =>
  unixPath === undefined ? `127.0.0.1:${port}` : `unix:${unixPath}`;

/** How a server is started for most of the rules, as docs/conformance.md shows it. */
export function shownCommand(name: string): string | null {
  const places = { environment: "", scratch: "FOLDER", root: "" };
  const launch = { app: "module:callable", port: 8000, threads: 1, workers: 1, ...places };
  const words = foreignServers[name]?.(launch) ?? null;
  return words === null ? null : words.map((word) => word.replace(/^bin\//, "")).join(" ");
}

/** By the name that `--target` takes. */
export const foreignServers: Readonly<Record<string, Commands>> = {
  gunicorn: (launch) => [
    ...[binary(launch, "python"), "-m", "gunicorn", "--bind", host(launch)],
    ...["--workers", String(launch.workers), "--worker-class", "gthread"],
    ...["--threads", String(launch.threads), "--no-control-socket"],
    // The test is a client, and no proxy.
    ...["--forwarded-allow-ips", "192.0.2.1", launch.app],
  ],
  uwsgi: (launch) => [
    ...[binary(launch, "uwsgi"), launch.unixPath === undefined ? "--http" : "--http-socket"],
    ...[
      launch.unixPath ?? host(launch),
      "--http-keepalive",
      "--http-auto-chunked",
      "--http-manage-expect",
    ],
    ...["--master", "--processes", String(launch.workers), "--die-on-term", "--need-app"],
    ...(launch.threads > 1 ? ["--threads", String(launch.threads)] : ["--enable-threads"]),
    ...["--single-interpreter", "--wsgi-strict", "--wsgi-env-behaviour", "holy"],
    ...["--virtualenv", launch.environment, "--module", launch.app],
  ],
  waitress: (launch) => {
    if (launch.workers > 1) return null;
    const place =
      launch.unixPath === undefined
        ? ["--listen", host(launch)]
        : ["--unix-socket", launch.unixPath];
    const threads = ["--threads", String(launch.threads)];
    return [binary(launch, "python"), "-m", "waitress", ...place, ...threads, launch.app];
  },
  cheroot: (launch) => {
    if (launch.workers > 1) return null;
    const place = launch.unixPath ?? host(launch);
    const threads = ["--threads", String(launch.threads)];
    return [binary(launch, "python"), "-m", "cheroot", "--bind", place, ...threads, launch.app];
  },
  granian: (launch) => {
    const { unixPath } = launch;
    const place = unixPath === undefined ? ["--port", String(launch.port)] : ["--uds", unixPath];
    return [
      ...[binary(launch, "python"), "-m", "granian", "--interface", "wsgi", ...place],
      ...["--workers", String(launch.workers), "--blocking-threads", String(launch.threads)],
      ...["--runtime-threads", "1", "--http", "1", "--no-ws", launch.app],
    ];
  },
  mod_wsgi: (launch) => {
    if (launch.unixPath !== undefined) return null;
    const [module = "", callable = "application"] = launch.app.split(":");
    return [
      ...[binary(launch, "mod_wsgi-express"), "start-server", "--application-type", "module"],
      ...[module, "--callable-object", callable, "--host", "127.0.0.1"],
      // One process is the default; said aloud it would make wsgi.multiprocess true.
      ...(launch.workers > 1 ? ["--processes", String(launch.workers)] : []),
      ...["--port", String(launch.port), "--threads", String(launch.threads)],
      ...["--chunked-request", "--server-root", launch.scratch, "--log-to-terminal"],
    ];
  },
  fastpysgi: (launch) => {
    if (launch.threads > 1 || launch.unixPath !== undefined) return null;
    const script = join(launch.root, "bench", "launch", "fastpysgi_server.py");
    const { app, port, workers } = launch;
    return [binary(launch, "python"), script, app, String(port), String(workers)];
  },
  bjoern: (launch) => {
    if (launch.threads > 1 || launch.unixPath !== undefined) return null;
    const script = join(launch.root, "bench", "launch", "bjoern_server.py");
    const { app, port, workers } = launch;
    return [binary(launch, "python"), script, app, String(port), String(workers)];
  },
};
