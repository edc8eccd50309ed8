/**
 * What systemd is told about the server (sd_notify(3)), and any other service manager that sets
 * NOTIFY_SOCKET. Node has no Unix datagram sockets, so a small Python process sends the texts; hence
 * the unit needs NotifyAccess=all. Without NOTIFY_SOCKET nothing of this exists.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

import type { Log } from "../base/log.ts";

const SENDER = fileURLToPath(new URL("../../../python/wizgy_worker/notify.py", import.meta.url));
/** What the sender gets to send the last text. */
const END_MS = 2_000;
/** sd_watchdog_enabled(3): at half of the time. */
const WATCHDOG_SHARE = 2;
const US_PER_MS = 1_000;

export class ServiceManager {
  readonly #socket: string;
  readonly #watchdogUsec: number;
  readonly #log: Log;
  /** Null: texts are dropped. */
  #python: string | null = null;
  #sender: ChildProcess | null = null;
  #watchdog: NodeJS.Timeout | null = null;
  #reloads = 0;
  #isServing = false;
  #isWell = true;

  /** Null: there is no service manager that wants to know. The variables are gone then, for the application's sake. */
  static find(environment: NodeJS.ProcessEnv, pid: number, log: Log): ServiceManager | null {
    const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec = "", WATCHDOG_PID: watched } = environment;
    for (const name of ["NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"]) delete environment[name];
    if (socket === undefined || socket === "") return null;
    if (!/^[/@]/.test(socket)) {
      log.write(
        "warning",
        `NOTIFY_SOCKET ${socket} is neither a path nor a name with @: the service manager is told nothing.`,
      );
      return null;
    }
    const isOurs = watched === undefined || watched === String(pid);
    return new ServiceManager(socket, isOurs && /^\d{1,15}$/.test(usec) ? Number(usec) : 0, log);
  }

  private constructor(socket: string, watchdogUsec: number, log: Log) {
    this.#socket = socket;
    this.#watchdogUsec = watchdogUsec;
    this.#log = log;
  }

  /** What another server needs to tell it in our place. */
  get environment(): NodeJS.ProcessEnv {
    const usec = this.#watchdogUsec;
    return {
      NOTIFY_SOCKET: this.#socket,
      ...(usec > 0 ? { WATCHDOG_USEC: String(usec) } : {}),
    };
  }

  /**
   * The server serves: from now on the watchdog hears of it.
   * @param python - that sends the texts.
   * @param isWell - whether requests can be answered at this moment.
   */
  ready(python: string, status: string, isWell: () => boolean): void {
    this.#python = python;
    this.#isServing = true;
    this.#tell("READY=1", `MAINPID=${process.pid}`, `STATUS=${status}`);
    if (this.#watchdogUsec === 0) return;
    const everyMs = Math.max(1, this.#watchdogUsec / US_PER_MS / WATCHDOG_SHARE);
    this.#watchdog = setInterval(() => this.#reportHealth(isWell()), everyMs).unref();
  }

  #reportHealth(isWell: boolean): void {
    if (isWell) this.#tell("WATCHDOG=1");
    else if (this.#isWell) {
      this.#log.write(
        "warning",
        "No worker can take requests: the watchdog of the service manager is not told that all is well.",
      );
    }
    this.#isWell = isWell;
  }

  /** A reload begins. Each one is told: systemd waits for one that began after its signal. */
  reloading(): void {
    this.#reloads++;
    const nowUsec = process.hrtime.bigint() / 1_000n;
    this.#tell("RELOADING=1", `MONOTONIC_USEC=${nowUsec}`, "STATUS=Reloading");
  }

  /** It has ended, well or not. */
  reloaded(status: string): void {
    if (--this.#reloads === 0 && this.#isServing)
      this.#tell("READY=1", `STATUS=${status.replaceAll("\n", "; ")}`);
  }

  stopping(): void {
    this.#leave();
    this.#tell("STOPPING=1", "STATUS=Finishing requests");
  }

  /** Another server tells it from now on. */
  handOver(): void {
    this.#leave();
    this.#python = null;
  }

  #leave(): void {
    this.#isServing = false;
    if (this.#watchdog !== null) clearInterval(this.#watchdog);
  }

  /** Resolves when the last text is sent. */
  async end(): Promise<void> {
    const sender = this.#sender;
    if (sender === null) return;
    const ended = new Promise((resolve) => sender.once("exit", resolve));
    sender.stdin?.end();
    const timer = setTimeout(() => sender.kill("SIGKILL"), END_MS);
    await ended;
    clearTimeout(timer);
  }

  /** @param assignments - `NAME=value`, none with a line end. */
  #tell(...assignments: readonly string[]): void {
    if (this.#python === null) return;
    this.#sender ??= this.#startSender(this.#python);
    this.#sender.stdin?.write(`${assignments.join("\n")}\0`);
  }

  #startSender(python: string): ChildProcess {
    // Neither the environment nor the application's packages are its concern.
    const sender = spawn(python, ["-I", "-S", SENDER, this.#socket], {
      stdio: ["pipe", "ignore", "inherit"],
    });
    let isGone = false;
    const gone = (why: string): void => {
      if (isGone) return;
      isGone = true;
      if (this.#sender === sender) this.#sender = null; // The next text starts another one.
      if (this.#isServing) this.#log.write("warning", `The service manager can't be told: ${why}.`);
    };
    sender.on("error", (error) => gone(error.message));
    sender.on("exit", (code, signal) =>
      gone(`its sender ended with ${signal ?? `exit code ${code}`}`),
    );
    sender.stdin.on("error", () => {}); // "exit" follows.
    sender.unref();
    return sender;
  }
}
