/**
 * Starts the real server for a test: `bin/wizgy.js` as a process of its own, on a port that the
 * system chooses. Ready when it says so; stopped by its process id.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const projectRoot: string = fileURLToPath(new URL("../../../", import.meta.url));

export const testPython: string = `${projectRoot}.venv/bin/python`;

/** Far more than any start takes on a busy machine. */
const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;

export interface Ended {
  /** Exit code; null after a signal. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  /** Default: the project's root. */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The most files that each of its processes may have open. */
  readonly openFiles?: number;
  /** The command itself. Default: `bin/wizgy.js`. */
  readonly program?: string;
  /** Start it as this user and group; only root can. */
  readonly uid?: number;
}

export interface RunningServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly port: number;
  /** Of the front. */
  readonly pid: number;
  stop(signal?: NodeJS.Signals): Promise<Ended>;
  /** Closes the reading ends of its standard output and error. */
  closeOutput(): void;
  stderr(): string;
  stdout(): string;
  /** Resolves with the first match in standard error, which may be there already. */
  waitForLog(pattern: RegExp): Promise<string>;
}

/** Runs the command to its end. */
export async function runCommand(
  args: readonly string[],
  options: StartOptions = {},
): Promise<Ended> {
  return new Command(args, options).ended;
}

/**
 * Starts a server with `--bind 127.0.0.1:0` and the test environment's Python unless `args` name
 * others, or PORT is set. Rejects with everything it printed when it ends before it is ready.
 */
export async function startServer(
  args: readonly string[],
  options: StartOptions = {},
): Promise<RunningServer> {
  const isBound =
    args.includes("--bind") || args.includes("-b") || options.env?.["PORT"] !== undefined;
  const bind = isBound ? [] : ["--bind", "127.0.0.1:0"];
  const command = new Command([...bind, ...args], options);
  const ready = await Promise.race([
    command.waitForLog(/Press Ctrl-C to stop/),
    command.ended.then((ended) => {
      throw new Error(`the server ended with code ${ended.code}:\n${ended.stderr}${ended.stdout}`);
    }),
  ]);
  if (ready === "") throw new Error("no start-up block");
  const port = Number(/ at {6}https?:\/\/\S*:(\d+)/.exec(command.stderr)?.[1] ?? 0);
  return {
    origin: `http://127.0.0.1:${port}`,
    port,
    pid: command.pid,
    stop: (signal = "SIGTERM") => command.stop(signal),
    closeOutput: () => command.closeOutput(),
    stderr: () => command.stderr,
    stdout: () => command.stdout,
    waitForLog: (pattern) => command.waitForLog(pattern),
  };
}

/** Starts a server as `startServer` does, uses it, and stops it however that ended. */
export async function withServer(
  args: readonly string[],
  use: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer(args);
  try {
    await use(server);
  } finally {
    await server.stop();
  }
}

class Command {
  stderr = "";
  stdout = "";
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #watchers: Set<() => void> = new Set();

  constructor(args: readonly string[], options: StartOptions) {
    const python =
      args.includes("--python") || args[0] === "dev-cert" || !existsSync(testPython)
        ? []
        : ["--python", testPython];
    const limited = options.openFiles === undefined ? [] : limitedTo(options.openFiles);
    const program = options.program ?? `${projectRoot}bin/wizgy.js`;
    const command = [...limited, process.execPath, program, ...python];
    this.#child = spawn(command[0]!, [...command.slice(1), ...args], {
      cwd: options.cwd ?? projectRoot,
      ...(options.uid === undefined ? {} : { uid: options.uid, gid: options.uid }),
      env: cleanEnvironment(options.env ?? {}),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.stderr += text;
      for (const watcher of this.#watchers) watcher();
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.stdout += text;
    });
    this.ended = new Promise((resolve) => {
      this.#child.on("close", (code) =>
        resolve({ code, stdout: this.stdout, stderr: this.stderr }),
      );
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  closeOutput(): void {
    this.#child.stdout?.destroy();
    this.#child.stderr?.destroy();
  }

  waitForLog(pattern: RegExp): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const match = pattern.exec(this.stderr);
        if (match === null) return;
        clearTimeout(timer);
        this.#watchers.delete(look);
        resolve(match[0]);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(look);
        reject(new Error(`${String(pattern)} is not in the log:\n${this.stderr}`));
      }, START_TIMEOUT_MS);
      this.#watchers.add(look);
      look();
      void this.ended.then(() => {
        clearTimeout(timer);
        this.#watchers.delete(look);
        reject(new Error(`ended without ${String(pattern)} in the log:\n${this.stderr}`));
      });
    });
  }

  async stop(signal: NodeJS.Signals): Promise<Ended> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(signal);
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const ended = await this.ended;
    clearTimeout(timer);
    return ended;
  }
}

function limitedTo(openFiles: number): string[] {
  return ["/bin/sh", "-c", `ulimit -n ${openFiles}; exec "$0" "$@"`];
}

/** The environment without what could change a server's settings. */
function cleanEnvironment(added: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env)) {
    const meddles =
      name.startsWith("WIZGY_") ||
      ["FORWARDED_ALLOW_IPS", "PORT", "WEB_CONCURRENCY", "VIRTUAL_ENV"].includes(name);
    if (!meddles) env[name] = value;
  }
  return { ...env, ...added };
}
