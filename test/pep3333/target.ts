/**
 * The server that the rules are tried on: ours, or with WIZGY_CONFORMANCE_TARGET another one from
 * the bench environment, started with the flags that come closest to the plan.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { accepts, freePort } from "../support/ports.ts";
import { projectRoot, startServer } from "../support/server.ts";
import { foreignServers } from "./foreign-servers.ts";
import { NotOffered, NotStarted, targetName, workerClass } from "./rules.ts";

/** Where the applications of the rules are. */
export const appsFolder: string = `${projectRoot}test/apps/pep3333`;

/** What a server is asked to be. */
export interface Plan {
  /** `module:callable` in test/apps/pep3333. */
  readonly app: string;
  readonly threads: number;
  readonly workers: number;
  /** Variables for the environment of the application. */
  readonly env?: Readonly<Record<string, string>>;
  /** A Unix socket to listen on instead of a port. */
  readonly unixPath?: string;
  /**
   * Whether request bodies shall reach the application while they come. Ours collects them unless
   * it is told not to; other servers do what they do.
   */
  readonly streaming?: boolean;
  /** More flags, for our own server only; any other one doesn't offer the plan then. */
  readonly flags?: readonly string[];
}

export interface Target {
  /** What a client connects to. */
  readonly address: number | string;
  /** Of the process that was started; the others descend from it. */
  readonly pid: number;
  /** Everything the server wrote to its log so far. */
  readonly log: () => string;
  readonly waitForLog: (pattern: RegExp) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export const isOurs: boolean = targetName === "wizgy";

const BOUND_MS = 10_000;

/** @throws NotOffered when the server can't be configured so. */
export async function startTarget(plan: Plan): Promise<Target> {
  return isOurs ? startOurs(plan) : startForeign(plan);
}

async function startOurs(plan: Plan): Promise<Target> {
  const env = Object.entries(plan.env ?? {}).flatMap(([name, value]) => [
    "--env",
    `${name}=${value}`,
  ]);
  const flags = [...(plan.streaming ? ["--no-request-buffering"] : []), ...(plan.flags ?? [])];
  const bind = plan.unixPath === undefined ? [] : ["--bind", `unix:${plan.unixPath}`];
  // The test is a client, and no proxy that is believed about its own client.
  const trust = ["--forwarded-allow-ips", "192.0.2.1"];
  const server = await startServer([
    ...["--chdir", appsFolder, "--threads", String(plan.threads)],
    ...["--worker-class", workerClass],
    ...["--workers", String(plan.workers), ...env, ...bind, ...trust, ...flags, plan.app],
  ]);
  return {
    address: plan.unixPath ?? server.port,
    pid: server.pid,
    log: () => server.stderr(),
    waitForLog: (pattern) => server.waitForLog(pattern),
    stop: async () => void (await server.stop()),
  };
}

async function startForeign(plan: Plan): Promise<Target> {
  const server = foreignServers[targetName];
  if (server === undefined) throw new NotStarted(`no server is called ${targetName}`);
  const environment = `${projectRoot}.venv-bench`;
  if (!existsSync(`${environment}/bin/python`)) {
    throw new NotStarted("there is no bench environment");
  }
  if (plan.flags !== undefined) throw new NotOffered("flags of our own");
  const port = plan.unixPath === undefined ? await freePort() : 0;
  const scratch = mkdtempSync(join(tmpdir(), "wizgy-conformance-"));
  process.on("exit", () => rmSync(scratch, { recursive: true, force: true }));
  const command = server({ ...plan, port, environment, scratch, root: projectRoot });
  if (command === null) throw new NotOffered(`${targetName} can't be configured so`);
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    cwd: appsFolder,
    env: { ...process.env, PYTHONPATH: appsFolder, PYTHONUNBUFFERED: "1", ...plan.env },
    stdio: ["ignore", "pipe", "pipe"],
    // A group of its own, so that it can be ended with all that it has started.
    detached: true,
  });
  const target = new ForeignTarget(child, plan.unixPath ?? port);
  await target.ready();
  return {
    address: target.address,
    pid: child.pid ?? 0,
    log: () => target.log(),
    waitForLog: (pattern) => target.waitForLog(pattern),
    stop: () => target.stop(),
  };
}

class ForeignTarget {
  readonly address: number | string;
  #log = "";
  #ended = false;
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;

  constructor(child: ChildProcess, address: number | string) {
    this.#child = child;
    this.address = address;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#log += text;
      });
    }
    this.#gone = new Promise((resolve) => {
      child.on("exit", () => resolve());
      child.on("error", (error) => {
        this.#log += error.message;
        resolve();
      });
    });
    void this.#gone.then(() => {
      this.#ended = true;
    });
    // A test that is ended in the middle leaves no server behind.
    process.on("exit", () => this.#kill("SIGKILL"));
    process.once("SIGTERM", () => process.exit(1));
  }

  log(): string {
    return this.#log;
  }

  /** Another server says nothing when it is ready: it is asked until it accepts. */
  async ready(): Promise<void> {
    let reached = false;
    await this.#poll(async () => {
      reached = await accepts(this.address);
      return reached || this.#ended;
    });
    if (reached) return;
    await this.stop();
    throw new NotStarted(`${targetName} did not start: ${this.#log.trim()}`);
  }

  async waitForLog(pattern: RegExp): Promise<string> {
    let found = "";
    const seen = await this.#poll(async () => {
      found = pattern.exec(this.#log)?.[0] ?? "";
      return found !== "";
    });
    if (!seen) throw new Error(`${String(pattern)} is not in the log:\n${this.#log.slice(-2000)}`);
    return found;
  }

  async stop(): Promise<void> {
    const { pid } = this.#child;
    if (pid === undefined) return;
    this.#kill("SIGINT");
    const hurry = setTimeout(() => this.#kill("SIGKILL"), 2_000);
    await this.#gone;
    clearTimeout(hurry);
    this.#kill("SIGKILL"); // What it may have left.
  }

  #kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid ?? 0), signal);
    } catch {
      // The group has gone.
    }
  }

  async #poll(check: () => Promise<boolean>): Promise<boolean> {
    const until = performance.now() + BOUND_MS;
    while (performance.now() < until) {
      if (await check()) return true;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return false;
  }
}
