/**
 * Metrics for statsd by UDP, under the names that gunicorn gives them. What comes in a short time leaves in one datagram, a
 * line each. Nobody waits for it, and who receives none is not told of.
 */
import { type Socket, createSocket } from "node:dgram";
import { isIPv6 } from "node:net";

/** Metrics wait this long for others. */
const GATHER_MS = 100;
/** What fits into one packet of every network. */
const DATAGRAM_BYTES = 1400;

export interface StatsdOptions {
  readonly host: string;
  readonly port: number;
  /** Put before each name, with a dot behind. */
  readonly prefix: string;
  /** Of DogStatsD, with commas between; or empty. */
  readonly tags: string;
}

export class Statsd {
  readonly #socket: Socket;
  readonly #prefix: string;
  readonly #end: string;
  #gathered = "";
  #timer: NodeJS.Timeout | null = null;
  #isConnected = false;

  constructor({ host, port, prefix, tags }: StatsdOptions, onError: (error: Error) => void) {
    // As gunicorn writes it, dots at the end included.
    this.#prefix = prefix.replace(/^(.+[^.]+)\.*$/, "$1.");
    this.#end = tags === "" ? "\n" : `|#${tags}\n`;
    this.#socket = createSocket(isIPv6(host) ? "udp6" : "udp4");
    this.#socket.on("error", onError);
    this.#socket.connect(port, host, () => {
      this.#isConnected = true;
      this.#flush();
    });
    this.#socket.unref();
  }

  /** A request is over. */
  request(status: number, durationMs: number): void {
    this.#add(`gunicorn.request.duration:${Number(durationMs.toFixed(3))}|ms`);
    this.#add("gunicorn.requests:1|c|@1.0");
    this.#add(`gunicorn.request.status.${status}:1|c|@1.0`);
  }

  /** So many workers are wanted. */
  workers(count: number): void {
    this.#add(`gunicorn.workers:${count}|g`);
  }

  /** Something was told in the error log. */
  logged(level: string): void {
    if (level === "warning" || level === "error" || level === "critical") {
      this.#add(`gunicorn.log.${level}:1|c|@1.0`);
    }
  }

  /** Sends what is left. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      const last = this.#take();
      const close = (): void => void this.#socket.close(() => resolve());
      if (last === "" || !this.#isConnected) close();
      else this.#socket.send(last, close);
    });
  }

  #add(metric: string): void {
    const line = this.#prefix + metric + this.#end;
    if (this.#gathered.length + line.length > DATAGRAM_BYTES) this.#flush();
    this.#gathered += line;
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS).unref();
  }

  #flush(): void {
    const datagram = this.#take();
    // Until the host's address is known there is nowhere to send it.
    if (datagram !== "" && this.#isConnected) this.#socket.send(datagram, () => {});
  }

  #take(): string {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const gathered = this.#gathered.slice(0, -1);
    this.#gathered = "";
    return gathered;
  }
}
